using System.Net;
using System.Net.Sockets;

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
internal sealed class BlockingWire(IPEndPoint address, TimeSpan limit) : Wire(address)
{
    private readonly IPEndPoint _address = address;
    private readonly Deadline _deadline = new(limit);

    internal override ValueTask ConnectAsync()
    {
        Socket.SendTimeout = Left();
        try
        {
            Socket.Connect(_address);
        }
        catch (SocketException e) when (IsOurLimit(e))
        {
            throw new OperationCanceledException();
        }
        return ValueTask.CompletedTask;
    }

    internal override ValueTask<int> ReceiveAsync(Memory<byte> buffer)
    {
        Socket.ReceiveTimeout = Left();
        try
        {
            return ValueTask.FromResult(Socket.Receive(buffer.Span));
        }
        catch (SocketException e) when (IsOurLimit(e))
        {
            throw new OperationCanceledException();
        }
    }

    internal override ValueTask<int> SendAsync(ReadOnlyMemory<byte> bytes)
    {
        Socket.SendTimeout = Left();
        try
        {
            return ValueTask.FromResult(Socket.Send(bytes.Span));
        }
        catch (SocketException e) when (IsOurLimit(e))
        {
            throw new OperationCanceledException();
        }
    }

    // The kernel ends a wait that outlasts SO_RCVTIMEO or SO_SNDTIMEO in EAGAIN or EINPROGRESS (socket(7)); .NET makes TimedOut of some of them.
    private static bool IsOurLimit(SocketException e) => e.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock or SocketError.InProgress;

    // In milliseconds, of which 0 would mean no limit.
    private int Left()
    {
        var left = _deadline.Left;
        return left > TimeSpan.Zero ? (int)Math.Ceiling(left.TotalMilliseconds) : throw new OperationCanceledException();
    }
}
