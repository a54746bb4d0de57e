using System.Net;
using System.Net.Sockets;
using Coffer.Crypto.Keys;
using Coffer.Crypto.Noise;
using Coffer.Protocol.Frames;
using Coffer.Protocol.Messages;

namespace Coffer.Load;

/// <summary>How a conversation ended.</summary>
internal enum LoadEnd
{
    /// <summary>The coffer that was expected, and the server closed after Bye.</summary>
    Good,

    /// <summary>No connection.</summary>
    NotConnected,

    /// <summary>The server was silent for longer than the limit.</summary>
    TimedOut,

    /// <summary>The server closed or reset the connection before its turn.</summary>
    ClosedEarly,

    /// <summary>The server does not know the client.</summary>
    KeyNotFound,

    /// <summary>The server said Error.</summary>
    Error,

    /// <summary>An answer that does not open, or one out of turn.</summary>
    Broken,

    /// <summary>Another coffer than expected.</summary>
    WrongCoffer,
}

/// <summary>Whole conversations, one after the other, each over a connection of its own: the blocking calls of one thread.</summary>
/// <remarks>Plainer than the client library on purpose: what the load side costs is taken from what it can drive.</remarks>
internal sealed class LoadConversation(PublicKey serverKey) : IDisposable
{
    private const int TimeoutMilliseconds = 10_000;

    private readonly HandshakeState[] _handshake = GC.AllocateArray<HandshakeState>(1, pinned: true);
    private readonly byte[] _frame = new byte[FrameCodec.HeaderSize + MessageSize.MaxBody];
    private readonly byte[] _received = new byte[FrameCodec.HeaderSize + MessageSize.MaxBody];
    private byte[] _coffer = [];
    private int _start;
    private int _end;

    /// <summary>Has one conversation. <paramref name="served"/> is called once the coffer has arrived and is the expected one.</summary>
    internal LoadEnd Have(EndPoint server, KeyPair key, ReadOnlySpan<byte> expected, Action served)
    {
        using var socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveTimeout = TimeoutMilliseconds, SendTimeout = TimeoutMilliseconds };
        try
        {
            socket.Connect(server);
        }
        catch (SocketException)
        {
            return LoadEnd.NotConnected;
        }

        _start = _end = 0;
        using var transport = new Transport();
        try
        {
            var end = Link(socket, transport, key);
            if (end == LoadEnd.Good) end = Get(socket, transport, expected);
            if (end != LoadEnd.Good) return end;

            served();
            return Bye(socket, transport, key.PublicKey);
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock ? LoadEnd.TimedOut : LoadEnd.ClosedEarly;
        }
        finally
        {
            _handshake[0].Dispose();
        }
    }

    public void Dispose() => _handshake[0].Dispose();

    private LoadEnd Link(Socket socket, Transport transport, KeyPair key)
    {
        _handshake[0] = HandshakeState.Initiator(HandshakePattern.IK, Handshake.Prologue, key, serverKey);
        Handshake.WriteHello(ref _handshake[0], _frame);
        Send(socket, Handshake.HelloFrameSize);
        if (!TryReceive(socket, out var type, out var body)) return LoadEnd.ClosedEarly;
        if (type == MessageType.Error) return LoadEnd.Error;

        switch (Handshake.ReadAnswer(ref _handshake[0], type, body, key.PublicKey))
        {
            case HelloAnswer.Link:
                _handshake[0].Split(transport);
                return LoadEnd.Good;
            case HelloAnswer.KeyNotFound:
                return LoadEnd.KeyNotFound;
            default:
                return LoadEnd.Broken;
        }
    }

    private LoadEnd Get(Socket socket, Transport transport, ReadOnlySpan<byte> expected)
    {
        if (_coffer.Length < expected.Length) _coffer = new byte[expected.Length];
        SealedMessage.WriteGet(transport, _frame);
        Send(socket, SealedMessage.GetFrameSize);
        for (var length = 0; ;)
        {
            if (!TryReceive(socket, out var type, out var body)) return LoadEnd.ClosedEarly;
            if (type == MessageType.Error) return LoadEnd.Error;
            if (type is not (MessageType.OkGet or MessageType.Part)) return LoadEnd.Broken;
            if (body.Length - Transport.TagSize - 1 > expected.Length - length) return LoadEnd.WrongCoffer;
            if (!SealedMessage.TryRead(transport, type, body, _coffer.AsSpan(length), out var read)) return LoadEnd.Broken;

            length += read;
            if (type == MessageType.OkGet) return _coffer.AsSpan(0, length).SequenceEqual(expected) ? LoadEnd.Good : LoadEnd.WrongCoffer;
        }
    }

    private LoadEnd Bye(Socket socket, Transport transport, PublicKey client)
    {
        SealedMessage.WriteBye(transport, client, _frame);
        Send(socket, SealedMessage.ByeFrameSize);
        return _start == _end && socket.Receive(_received) == 0 ? LoadEnd.Good : LoadEnd.Broken;
    }

    private void Send(Socket socket, int length)
    {
        for (var sent = 0; sent < length;) sent += socket.Send(_frame.AsSpan(sent, length - sent));
    }

    // A header that no server sends comes with an empty body. The body is valid until the next call.
    private bool TryReceive(Socket socket, out MessageType type, out ReadOnlySpan<byte> body)
    {
        type = default;
        body = default;
        if (!TryFill(socket, FrameCodec.HeaderSize)) return false;
        if (!FrameCodec.TryReadHeader(_received.AsSpan(_start), Sender.Server, out type, out var length)) return true;
        if (!TryFill(socket, FrameCodec.HeaderSize + length)) return false;

        body = _received.AsSpan(_start + FrameCodec.HeaderSize, length);
        _start += FrameCodec.HeaderSize + length;
        return true;
    }

    private bool TryFill(Socket socket, int length)
    {
        if (_received.Length - _start < length)
        {
            _received.AsSpan(_start, _end - _start).CopyTo(_received);
            _end -= _start;
            _start = 0;
        }
        while (_end - _start < length)
        {
            var read = socket.Receive(_received.AsSpan(_end));
            if (read == 0) return false;
            _end += read;
        }
        return true;
    }
}
