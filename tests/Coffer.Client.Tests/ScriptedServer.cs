using System.Net;
using System.Net.Sockets;
using Coffer.Crypto.Keys;
using Coffer.Crypto.Noise;
using Coffer.Protocol.Cbor;
using Coffer.Protocol.Frames;
using Coffer.Protocol.Messages;
using Coffer.Protocol.Secrets;

namespace Coffer.Client.Tests;

/// <summary>A server on loopback that does to each connection, in the order they come, what its script says.</summary>
/// <remarks>The last act of the script is repeated. Disposing it ends every connection.</remarks>
public sealed class ScriptedServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly Action<ServerSide>[] _acts;
    private readonly List<Task> _connections = [];
    private readonly Task _accepting;

    public ScriptedServer(KeyPair key, params Action<ServerSide>[] acts)
    {
        Key = key;
        _acts = acts;
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting = AcceptAsync();
    }

    public KeyPair Key { get; }

    public int Port { get; }

    public string Address => $"127.0.0.1:{Port}";

    /// <summary>How many connections were accepted.</summary>
    public int Accepted { get; private set; }

    /// <summary>A server that hands out <paramref name="coffer"/> to whoever asks.</summary>
    public static ScriptedServer Serving(KeyPair key, OpenCoffer coffer) => new(key, side => side.Serve(coffer));

    /// <summary>Waits until every act is over; an act that failed fails here.</summary>
    public async Task Finished()
    {
        Task[] all;
        lock (_connections) all = [.. _connections];
        await Task.WhenAll(all);
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        try
        {
            await _accepting;
            await Finished();
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // A client that leaves early is part of many a script.
        }
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_end.IsCancellationRequested)
        {
            TcpClient client;
            try
            {
                client = await _listener.AcceptTcpClientAsync(_end.Token);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
            var act = _acts[Math.Min(Accepted++, _acts.Length - 1)];
            lock (_connections) _connections.Add(Task.Run(() => Play(client, act)));
        }
    }

    private void Play(TcpClient client, Action<ServerSide> act)
    {
        using (client)
        using (_end.Token.Register(client.Close))
            act(new ServerSide(client, Key));
    }
}

/// <summary>The server's end of one connection, with a method for each thing a server does.</summary>
public sealed class ServerSide(TcpClient client, KeyPair key)
{
    private readonly NetworkStream _stream = client.GetStream();

    /// <summary>Whom the Hello named.</summary>
    public PublicKey Client { get; private set; }

    /// <summary>The body of the Hello as it came, once it has.</summary>
    public byte[] Hello { get; private set; } = [];

    /// <summary>The whole conversation, Bye included.</summary>
    public void Serve(OpenCoffer coffer) => ServeBytes(CofferCbor.Encode(coffer));

    /// <summary>The whole conversation, with <paramref name="cbor"/> for a coffer.</summary>
    public void ServeBytes(byte[] cbor)
    {
        using var transport = Link();
        ReadGet(transport);
        Send(CofferFrames(transport, cbor));
        ReadBye(transport);
    }

    public void ReadBye(Transport transport)
    {
        var (type, body) = ReadFrame();
        if (type != MessageType.Bye || !SealedMessage.TryReadBye(transport, body, Client)) throw new InvalidOperationException($"{type} instead of Bye");
        if (_stream.ReadByte() != -1) throw new InvalidOperationException("bytes after Bye");
    }

    public static byte[] CofferFrames(Transport transport, byte[] cbor)
    {
        var frames = new byte[CofferMessage.FramesSize(cbor.Length)];
        CofferMessage.Write(transport, [0, .. cbor], frames);
        return frames;
    }

    public Transport Link()
    {
        var frame = new byte[Handshake.LinkFrameSize];
        var transport = new Transport();
        var handshake = Greet();
        Handshake.WriteLink(ref handshake, frame);
        handshake.Split(transport);
        handshake.Dispose();
        Send(frame);
        return transport;
    }

    public void KeyNotFound()
    {
        var frame = new byte[Handshake.KeyNotFoundFrameSize];
        var handshake = Greet();
        Handshake.WriteKeyNotFound(ref handshake, frame);
        handshake.Dispose();
        Send(frame);
    }

    /// <summary>Takes a Hello and answers a plain Error.</summary>
    public void Refuse(ErrorWord word, string explanation)
    {
        ReadFrame();
        Send(ErrorMessage.Write(null, word, explanation));
    }

    public void ReadGet(Transport transport)
    {
        var (type, body) = ReadFrame();
        if (type != MessageType.Get || !SealedMessage.TryReadGet(transport, body)) throw new InvalidOperationException($"{type} instead of Get");
    }

    public (MessageType Type, byte[] Body) ReadFrame()
    {
        var header = new byte[FrameCodec.HeaderSize];
        _stream.ReadExactly(header);
        if (!FrameCodec.TryReadHeader(header, Sender.Client, out var type, out var length)) throw new InvalidOperationException("no frame of a client");
        var body = new byte[length];
        _stream.ReadExactly(body);
        return (type, body);
    }

    public void Send(ReadOnlySpan<byte> bytes) => _stream.Write(bytes);

    /// <summary>Waits until the client has closed, reading whatever it sends.</summary>
    public void AwaitClose()
    {
        var buffer = new byte[1024];
        while (_stream.Read(buffer) > 0)
        {
        }
    }

    /// <summary>Closes with a reset instead of an end.</summary>
    public void Reset() => client.Client.Close(0);

    /// <summary>Reads the Hello; one that does not open is refused as a server must, with a plain violation.</summary>
    public HandshakeState Greet()
    {
        (_, Hello) = ReadFrame();
        var handshake = HandshakeState.Responder(HandshakePattern.IK, Handshake.Prologue, key);
        if (!Handshake.TryReadHello(ref handshake, Hello))
        {
            Send(ErrorMessage.Write(null, ErrorWord.Violation, "the hello does not open"));
            throw new IOException("a Hello that does not open");
        }
        Client = handshake.RemoteStatic;
        return handshake;
    }
}
