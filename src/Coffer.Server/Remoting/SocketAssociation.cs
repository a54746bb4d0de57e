using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Threading.Channels;
using Akka.Actor;
using Akka.Remote.Transport;
using Coffer.Protocol.Frames;
using Google.Protobuf;

namespace Coffer.Server.Remoting;

/// <summary>One connection with another node, its handshake done: frames go out and come in, in their order, until either side ends it.</summary>
/// <remarks>
/// Whatever is queued goes out together. What was written before <see cref="Disassociate"/> goes out before the connection closes, where the other side takes it
/// within <see cref="FlushAtMost"/>. The listener hears once that the association has ended, whoever ended it.
/// </remarks>
internal sealed class SocketAssociation : AssociationHandle, IDisposable
{
    /// <summary>Bytes that wait to be sent before <see cref="Write"/> refuses more, so that Akka holds them back.</summary>
    internal const int MaxQueued = 4 << 20;

    private const int BufferSize = 64 << 10;

    private static readonly TimeSpan FlushAtMost = TimeSpan.FromSeconds(2);

    private readonly Socket _socket;
    private readonly Stream _stream;
    private readonly int _longestFrame;
    private readonly PipeReader _input;
    private readonly PipeWriter _output;
    private readonly Channel<ByteString> _queue = Channel.CreateUnbounded<ByteString>(new UnboundedChannelOptions { SingleReader = true });
    private readonly CancellationTokenSource _cut = new();
    private long _queued;

    /// <param name="socket">The connection.</param>
    /// <param name="stream">What frames are written to and read from; owns <paramref name="socket"/> and is this one's to dispose.</param>
    /// <param name="local">This side, as Akka names it.</param>
    /// <param name="remote">The other side, as Akka names it.</param>
    /// <param name="longestFrame">In bytes without the header; refused beyond, in both directions.</param>
    internal SocketAssociation(Socket socket, Stream stream, Address local, Address remote, int longestFrame) : base(local, remote)
    {
        _socket = socket;
        _stream = stream;
        _longestFrame = longestFrame;
        _input = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: BufferSize, minimumReadSize: BufferSize / 8, leaveOpen: true));
        _output = PipeWriter.Create(stream, new StreamPipeWriterOptions(minimumBufferSize: BufferSize, leaveOpen: true));
        // Reading is nothing for the actor that says who listens.
        ReadHandlerSource = new TaskCompletionSource<IHandleEventListener>(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>Whether a frame has come in.</summary>
    internal bool HasHeard { get; private set; }

    /// <summary>Queues <paramref name="payload"/>.</summary>
    /// <returns>False where it was not taken: the queue is full, or the association has ended.</returns>
    /// <exception cref="ArgumentOutOfRangeException">It is longer than a frame may be. Akka drops that message, and says so.</exception>
    public override bool Write(ByteString payload)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(payload.Length, _longestFrame);
        if (Interlocked.Read(ref _queued) >= MaxQueued) return false;
        Interlocked.Add(ref _queued, payload.Length + RemotingFrame.HeaderSize);
        return _queue.Writer.TryWrite(payload);
    }

    /// <inheritdoc/>
    [Obsolete("As in the base class: the one that takes a reason calls it.")]
    public override void Disassociate() => Close();

    /// <summary>Waits for the first frame, which stays to be read.</summary>
    /// <exception cref="InvalidDataException">It is longer than a frame may be.</exception>
    /// <exception cref="IOException">The other side closed the connection, or the system did.</exception>
    internal async Task AwaitFrameAsync(CancellationToken cancellation)
    {
        while (true)
        {
            var read = await _input.ReadAsync(cancellation).ConfigureAwait(false);
            var input = read.Buffer;
            if (TryCut(ref input, out _))
            {
                // Nothing counts as looked at, or the next reading would wait for more.
                _input.AdvanceTo(read.Buffer.Start);
                return;
            }
            _input.AdvanceTo(input.Start, input.End);
            if (read.IsCompleted) throw new EndOfStreamException("the connection was closed before the first frame");
        }
    }

    /// <summary>Sends and receives until the connection ends, which is closed then; waits for its listener for <paramref name="patience"/>.</summary>
    /// <returns>Why it ended; null where this side closed it.</returns>
    internal async Task<Exception?> RunAsync(TimeSpan patience, CancellationToken stopping)
    {
        using var _ = stopping.Register(() => Close());
        var sending = SendAsync();
        var why = await ReceiveAsync(patience).ConfigureAwait(false);
        var isOpen = Close();
        await sending.ConfigureAwait(false);
        return isOpen ? why : null;
    }

    public void Dispose()
    {
        _input.Complete();
        _stream.Dispose();
        _cut.Dispose();
    }

    // Whether it was open until now.
    private bool Close()
    {
        if (!_queue.Writer.TryComplete()) return false;
        _cut.CancelAfter(FlushAtMost);
        return true;
    }

    private async Task SendAsync()
    {
        try
        {
            while (await _queue.Reader.WaitToReadAsync(_cut.Token).ConfigureAwait(false))
            {
                while (_output.UnflushedBytes < BufferSize && _queue.Reader.TryRead(out var payload))
                {
                    RemotingFrame.Write(_output, payload.Span);
                    Interlocked.Add(ref _queued, -payload.Length - RemotingFrame.HeaderSize);
                }
                await _output.FlushAsync(_cut.Token).ConfigureAwait(false);
            }
            await _output.CompleteAsync().ConfigureAwait(false);
            // The other side closes in turn, once it has all of it.
            _socket.Shutdown(SocketShutdown.Send);
        }
        // The connection is of no use any more, whatever it was.
        catch (Exception e)
        {
            await _output.CompleteAsync(e).ConfigureAwait(false);
            await _cut.CancelAsync().ConfigureAwait(false);
        }
    }

    private async Task<Exception> ReceiveAsync(TimeSpan patience)
    {
        IHandleEventListener? listener = null;
        try
        {
            listener = await ReadHandlerSource.Task.WaitAsync(patience, _cut.Token).ConfigureAwait(false);
            while (await TryReceiveAsync(listener).ConfigureAwait(false))
            {
            }
            return new EndOfStreamException("the other side closed the connection");
        }
        // Whatever it was: it ends this association and no other.
        catch (Exception e)
        {
            return e;
        }
        finally
        {
            listener?.Notify(new Disassociated(DisassociateInfo.Unknown));
        }
    }

    private async ValueTask<bool> TryReceiveAsync(IHandleEventListener listener)
    {
        var read = await _input.ReadAsync(_cut.Token).ConfigureAwait(false);
        var input = read.Buffer;
        while (TryCut(ref input, out var body))
        {
            HasHeard = true;
            listener.Notify(new InboundPayload(UnsafeByteOperations.UnsafeWrap(body.ToArray())));
        }
        _input.AdvanceTo(input.Start, input.End);
        return !read.IsCompleted;
    }

    private bool TryCut(ref ReadOnlySequence<byte> input, out ReadOnlySequence<byte> body) => RemotingFrame.Read(ref input, _longestFrame, out body) switch
    {
        FrameRead.Complete => true,
        FrameRead.Incomplete => false,
        _ => throw new InvalidDataException($"a frame is longer than {_longestFrame} bytes"),
    };
}
