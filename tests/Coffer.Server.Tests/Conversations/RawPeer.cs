using System.Net;
using System.Net.Sockets;
using System.Text;
using Coffer.Crypto.Keys;
using Coffer.Crypto.Noise;
using Coffer.Protocol.Frames;
using Coffer.Protocol.Messages;

namespace Coffer.Server.Tests.Conversations;

/// <summary>A client's end of a real connection that can say anything, in turn or out of it.</summary>
public sealed class RawPeer : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Socket _socket;
    private readonly CancellationTokenSource _patience = new(Patience);
    private HandshakeState _handshake;

    private RawPeer(Socket socket) => _socket = socket;

    public Transport Transport { get; } = new();

    /// <summary>Where the server sees this end.</summary>
    public EndPoint Address => _socket.LocalEndPoint!;

    /// <summary>How many bytes have arrived that were not read.</summary>
    public int Available => _socket.Available;

    public byte[] LastHello { get; private set; } = [];

    public static async Task<RawPeer> ConnectAsync(IPEndPoint server)
    {
        var socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        var peer = new RawPeer(socket);
        await socket.ConnectAsync(server, peer._patience.Token);
        return peer;
    }

    public byte[] Hello(KeyPair client, PublicKey server)
    {
        LastHello = new byte[Handshake.HelloFrameSize];
        _handshake = HandshakeState.Initiator(HandshakePattern.IK, Handshake.Prologue, client, server);
        Handshake.WriteHello(ref _handshake, LastHello);
        return LastHello;
    }

    /// <summary>A Hello whose payload is not the byte that repeats its type.</summary>
    public byte[] HelloWithPayload(KeyPair client, PublicKey server, byte payload)
    {
        var frame = RawPeer.Plain((byte)MessageType.Hello, MessageSize.Hello);
        _handshake = HandshakeState.Initiator(HandshakePattern.IK, Handshake.Prologue, client, server);
        _handshake.WriteMessage([payload], frame.AsSpan(FrameCodec.HeaderSize), out _);
        return frame;
    }

    /// <summary>Sends Hello and reads the Link that answers it.</summary>
    public async Task LinkAsync(KeyPair client, PublicKey server)
    {
        await SendAsync(Hello(client, server));
        var (type, body) = await ReadFrameAsync();
        Assert.Equal(MessageType.Link, type);
        Assert.Equal(HelloAnswer.Link, ReadAnswer(type, body, client.PublicKey));
        _handshake.Split(Transport);
    }

    public HelloAnswer ReadAnswer(MessageType type, byte[] body, PublicKey client) => Handshake.ReadAnswer(ref _handshake, type, body, client);

    public void Split() => _handshake.Split(Transport);

    public byte[] Get()
    {
        var frame = new byte[SealedMessage.GetFrameSize];
        SealedMessage.WriteGet(Transport, frame);
        return frame;
    }

    public byte[] Bye(PublicKey client)
    {
        var frame = new byte[SealedMessage.ByeFrameSize];
        SealedMessage.WriteBye(Transport, client, frame);
        return frame;
    }

    /// <summary>A frame whose sealed plaintext is <paramref name="plaintext"/> under any header type.</summary>
    public byte[] Sealed(MessageType header, params byte[] plaintext)
    {
        var frame = new byte[FrameCodec.HeaderSize + plaintext.Length + Transport.TagSize];
        FrameCodec.WriteHeader(frame, header, frame.Length - FrameCodec.HeaderSize);
        Transport.Write(plaintext, frame.AsSpan(FrameCodec.HeaderSize));
        return frame;
    }

    public static byte[] Plain(byte type, int length)
    {
        var frame = new byte[FrameCodec.HeaderSize + length];
        FrameCodec.WriteHeader(frame, (MessageType)type, length);
        return frame;
    }

    public async Task SendAsync(params byte[][] frames) => await _socket.SendAsync(frames.SelectMany(f => f).ToArray(), SocketFlags.None, _patience.Token);

    public void EndSending() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>Closes so that the server sees a reset, not an end.</summary>
    public void Reset()
    {
        _socket.LingerState = new LingerOption(true, 0);
        _socket.Dispose();
    }

    /// <summary>The next frame of the server, however it was cut.</summary>
    public async Task<(MessageType Type, byte[] Body)> ReadFrameAsync()
    {
        var header = await ReadExactlyAsync(FrameCodec.HeaderSize);
        Assert.True(FrameCodec.TryReadHeader(header, Coffer.Protocol.Frames.Sender.Server, out var type, out var length), $"no frame of a server: {Convert.ToHexString(header)}");
        return (type, await ReadExactlyAsync(length));
    }

    /// <summary>Reads the Error that ends the conversation, sealed once there was a Link, and then the end itself.</summary>
    public async Task<ErrorWord> ReadErrorAsync(bool isSealed)
    {
        var (type, body) = await ReadFrameAsync();
        Assert.Equal(MessageType.Error, type);
        var text = new byte[body.Length];
        var length = body.Length;
        if (isSealed) Assert.True(SealedMessage.TryRead(Transport, type, body, text, out length), "the Error is not sealed as it should be");
        else body.CopyTo(text, 0);
        await ReadEndAsync();

        var (word, explanation) = ErrorMessage.Parse(text.AsSpan(0, length));
        Assert.NotEqual("", explanation);
        Assert.StartsWith(word.ToString().ToLowerInvariant() + ": ", Encoding.UTF8.GetString(text, 0, length), StringComparison.Ordinal);
        return word;
    }

    /// <summary>The server closes without another byte.</summary>
    public async Task ReadEndAsync()
    {
        var one = new byte[1];
        try
        {
            Assert.Equal(0, await _socket.ReceiveAsync(one, SocketFlags.None, _patience.Token));
        }
        // A server that aborts has ended the conversation, too.
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
        {
        }
    }

    public void Dispose()
    {
        _socket.Dispose();
        _patience.Dispose();
        _handshake.Dispose();
        Transport.Dispose();
    }

    private async Task<byte[]> ReadExactlyAsync(int count)
    {
        var bytes = new byte[count];
        for (var read = 0; read < count;)
        {
            var received = await _socket.ReceiveAsync(bytes.AsMemory(read), SocketFlags.None, _patience.Token);
            Assert.True(received > 0, "the server closed before its answer was whole");
            read += received;
        }
        return bytes;
    }
}
