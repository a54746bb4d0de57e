using System.Net;
using System.Net.Sockets;
using Coffer.Shared;

namespace Coffer.Client;

/// <summary>One TCP connection. Every wait for it ends in <see cref="OperationCanceledException"/> once the time that the attempt has is over.</summary>
internal abstract class Wire(IPEndPoint address) : IDisposable
{
    /// <summary>The socket, which sends at once.</summary>
    protected Socket Socket { get; } = new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    /// <exception cref="SocketException">There is no connection.</exception>
    internal abstract ValueTask ConnectAsync();

    /// <summary>Reads what there is, at least a byte; 0 where the other side has closed.</summary>
    /// <exception cref="SocketException">The connection is broken.</exception>
    internal abstract ValueTask<int> ReceiveAsync(Memory<byte> buffer);

    /// <summary>Sends some of <paramref name="bytes"/>, and returns how many.</summary>
    /// <exception cref="SocketException">The connection is broken.</exception>
    internal abstract ValueTask<int> SendAsync(ReadOnlyMemory<byte> bytes);

    /// <summary>Closes it.</summary>
    public virtual void Dispose() => Socket.Dispose();
}

/// <summary>A connection that is awaited.</summary>
internal sealed class AwaitedWire : Wire
{
    private readonly IPEndPoint _address;
    private readonly CancellationTokenSource _limit;

    internal AwaitedWire(IPEndPoint address, TimeSpan limit, CancellationToken cancellation)
        : base(address)
    {
        _address = address;
        _limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        _limit.CancelAfter(limit);
    }

    internal override ValueTask ConnectAsync() => Socket.ConnectAsync(_address, _limit.Token);

    internal override ValueTask<int> ReceiveAsync(Memory<byte> buffer) => Socket.ReceiveAsync(buffer, _limit.Token);

    internal override ValueTask<int> SendAsync(ReadOnlyMemory<byte> bytes) => Socket.SendAsync(bytes, _limit.Token);

    public override void Dispose()
    {
        base.Dispose();
        _limit.Dispose();
    }
}

/// <summary>A connection that its thread waits for: every task is complete when it is returned. It starts no thread, which a program that fetches once and becomes another is spared so.</summary>
/// <remarks>
/// Its socket never blocks, and each wait is for the time that is left. With SO_RCVTIMEO and SO_SNDTIMEO the kernel ends a wait in EINTR when the process was
/// stopped and goes on (signal(7)), and .NET then makes the call again, with all of the time. What needs no wait is done when the time is over, too: an
/// answer that has come is read.
/// </remarks>
internal sealed class BlockingWire : Wire
{
    private readonly IPEndPoint _address;
    private readonly Deadline _deadline;

    internal BlockingWire(IPEndPoint address, TimeSpan limit)
        : base(address)
    {
        _address = address;
        _deadline = new(limit);
        Socket.Blocking = false;
    }

    internal override ValueTask ConnectAsync()
    {
        try
        {
            Socket.Connect(_address);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.WouldBlock)
        {
            Await(Readiness.Writable);
            Check((SocketError)(int)Socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error)!);
        }
        return ValueTask.CompletedTask;
    }

    internal override ValueTask<int> ReceiveAsync(Memory<byte> buffer)
    {
        while (true)
        {
            // First, because an answer takes longer than the way to here.
            Await(Readiness.Readable);
            var received = Socket.Receive(buffer.Span, SocketFlags.None, out var error);
            if (error == SocketError.WouldBlock) continue;
            Check(error);
            return ValueTask.FromResult(received);
        }
    }

    internal override ValueTask<int> SendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (true)
        {
            var sent = Socket.Send(bytes.Span, SocketFlags.None, out var error);
            if (error == SocketError.WouldBlock)
            {
                Await(Readiness.Writable);
                continue;
            }
            Check(error);
            return ValueTask.FromResult(sent);
        }
    }

    private void Await(short until)
    {
        while (!Readiness.Await((int)Socket.Handle, until, (int)Math.Clamp(Math.Ceiling(_deadline.Left.TotalMilliseconds), 0, int.MaxValue)))
            if (_deadline.IsOver) throw new OperationCanceledException();
    }

    private static void Check(SocketError error)
    {
        // The kernel has a patience of its own with a peer that does not answer; when that is over, it is so for us.
        if (error == SocketError.TimedOut) throw new OperationCanceledException();
        if (error != SocketError.Success) throw new SocketException((int)error);
    }
}
