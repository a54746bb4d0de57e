using System.Buffers;
using System.Net.Sockets;
using Coffer.Protocol.Frames;

namespace Coffer.Client;

/// <summary>What came off the socket.</summary>
internal enum Received
{
    /// <summary>A whole frame.</summary>
    Frame,

    /// <summary>Bytes that begin no frame of a server.</summary>
    Malformed,

    /// <summary>The other side closed or reset the connection.</summary>
    Closed,
}

/// <summary>Reads a server's frames, one at a time, into one buffer that holds the longest.</summary>
/// <remarks>Everything in the buffer is as it travelled: sealed, or public.</remarks>
internal sealed class FrameReader(Wire wire) : IDisposable
{
    private readonly byte[] _buffer = ArrayPool<byte>.Shared.Rent(FrameCodec.HeaderSize + MessageSize.MaxBody);
    private int _start;
    private int _end;

    /// <summary>The bytes that are there and belong to no frame yet.</summary>
    internal ReadOnlySpan<byte> Pending => _buffer.AsSpan(_start, _end - _start);

    /// <summary>Waits for the next frame. Its body is valid until the next call.</summary>
    /// <exception cref="OperationCanceledException">The time was over.</exception>
    internal async ValueTask<(Received Received, MessageType Type, ReadOnlyMemory<byte> Body)> ReadAsync()
    {
        while (true)
        {
            var input = new ReadOnlySequence<byte>(_buffer, _start, _end - _start);
            switch (FrameCodec.Read(ref input, Sender.Server, out var frame))
            {
                case FrameRead.Complete:
                    _start = _end - (int)input.Length;
                    return (Received.Frame, frame.Type, frame.Body.First);
                case FrameRead.Malformed:
                    return (Received.Malformed, default, default);
            }
            if (!await FillAsync().ConfigureAwait(false)) return (Received.Closed, default, default);
        }
    }

    /// <summary>Gives the buffer back.</summary>
    public void Dispose() => ArrayPool<byte>.Shared.Return(_buffer);

    private async ValueTask<bool> FillAsync()
    {
        Pending.CopyTo(_buffer);
        _end -= _start;
        _start = 0;
        try
        {
            var read = await wire.ReceiveAsync(_buffer.AsMemory(_end)).ConfigureAwait(false);
            _end += read;
            return read > 0;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
