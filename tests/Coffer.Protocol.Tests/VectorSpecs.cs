using System.Security.Cryptography;
using System.Text;
using Coffer.Crypto.Keys;
using Coffer.Crypto.Noise;
using Coffer.Protocol.Cbor;
using Coffer.Protocol.Frames;
using Coffer.Protocol.Messages;
using Coffer.Protocol.Secrets;

namespace Coffer.Protocol.Tests;

/// <summary>Checks the vectors in the appendix of docs/protocol.md, which writers of other clients check theirs against.</summary>
public sealed class VectorSpecs : IDisposable
{
    private static readonly byte[] ClientSecret = Counting(0x00);
    private static readonly byte[] ServerSecret = Counting(0x20);
    private static readonly byte[] ClientEphemeral = Counting(0x40);
    private static readonly byte[] ServerEphemeral = Counting(0x60);

    private static readonly OpenCoffer Coffer = OpenCoffer.Of([
        new("BOOLEAN", SecretValue.OfBoolean(true)),
        new("FLOAT", SecretValue.OfFloat(1.0)),
        new("INTEGER", SecretValue.OfInteger(-5432)),
        new("LOCAL_DATE", SecretValue.OfDate(SecretKind.LocalDate, "2026-11-24")),
        new("LOCAL_DATE_TIME", SecretValue.OfDate(SecretKind.LocalDateTime, "2026-11-24T10:00:00.120")),
        new("LOCAL_TIME", SecretValue.OfDate(SecretKind.LocalTime, "10:00:00")),
        new("MOMENT", SecretValue.OfDate(SecretKind.OffsetDateTime, "2026-11-24T10:00:00-07:30")),
        new("TEXT", SecretValue.OfText("ü水😀")),
        new("～", SecretValue.OfInteger(1)),
        new("😀", SecretValue.OfInteger(2)),
    ]);

    private readonly KeyPair _client = new(ClientSecret);
    private readonly KeyPair _server = new(ServerSecret);
    private readonly Dictionary<string, string> _computed = [];

    public void Dispose()
    {
        _client.Dispose();
        _server.Dispose();
    }

    [Fact]
    public void The_appendix_says_what_this_implementation_does()
    {
        Keys();
        Conversation();
        KeyNotFound();
        ErrorAfterLink();
        Add("Error frame before Link", ErrorMessage.Write(null, ErrorWord.Busy, "try again later"));
        Parts();

        var expected = Text(_computed);
        if (Text(Documented()) != expected) Assert.Fail($"the vectors have to read\n{expected}");
    }

    private void Keys()
    {
        Add("client's secret key", ClientSecret);
        Add("client's public key", _client.PublicKey.Span.ToArray());
        Add("server's secret key", ServerSecret);
        Add("server's public key", _server.PublicKey.Span.ToArray());
        Add("client's ephemeral secret key", ClientEphemeral);
        Add("server's ephemeral secret key", ServerEphemeral);
    }

    private void Conversation()
    {
        using var clients = new Transport();
        using var servers = new Transport();
        var coffer = CofferCbor.Encode(Coffer);
        var okGet = new byte[CofferMessage.FramesSize(coffer.Length)];
        var get = new byte[SealedMessage.GetFrameSize];
        var bye = new byte[SealedMessage.ByeFrameSize];

        var (hello, link, hash) = LinkUp(clients, servers);
        Add("Hello frame", hello);
        Add("Link frame", link);
        Add("handshake hash", hash);
        Add("key of client's messages", clients.Key(Transport.Direction.Send).ToArray());
        Add("key of server's messages", clients.Key(Transport.Direction.Receive).ToArray());
        SealedMessage.WriteGet(clients, get);
        Add("Get frame", get);
        Add("coffer", coffer);
        CofferMessage.Write(servers, [0, .. coffer], okGet);
        Add("OkGet frame", okGet);
        SealedMessage.WriteBye(clients, _client.PublicKey, bye);
        Add("Bye frame", bye);

        var opened = new byte[coffer.Length];
        Assert.True(SealedMessage.TryReadGet(servers, get.AsSpan(3)));
        Assert.True(SealedMessage.TryRead(clients, MessageType.OkGet, okGet.AsSpan(3), opened, out _));
        Assert.Equal(coffer, opened);
        Assert.True(SealedMessage.TryReadBye(servers, bye.AsSpan(3), _client.PublicKey));
    }

    private void KeyNotFound()
    {
        var frame = new byte[Handshake.KeyNotFoundFrameSize];
        var (initiator, responder, _) = Greet();
        Handshake.WriteKeyNotFound(ref responder, frame);
        Add("KeyNotFound frame in the place of Link", frame);
        Assert.Equal(HelloAnswer.KeyNotFound, Handshake.ReadAnswer(ref initiator, MessageType.KeyNotFound, frame.AsSpan(3), _client.PublicKey));
    }

    private void ErrorAfterLink()
    {
        using var clients = new Transport();
        using var servers = new Transport();
        LinkUp(clients, servers);
        Add("Error frame in the place of OkGet", ErrorMessage.Write(servers, ErrorWord.Unavailable, "try another server"));
    }

    private void Parts()
    {
        using var clients = new Transport();
        using var servers = new Transport();
        LinkUp(clients, servers);
        var coffer = CofferCbor.Encode(OpenCoffer.Of([new("K", SecretValue.OfText(new string('x', 100_000)))]));
        var frames = new byte[CofferMessage.FramesSize(coffer.Length)];
        CofferMessage.Write(servers, [0, .. coffer], frames);
        Add("SHA-256 of the long coffer", SHA256.HashData(coffer));
        Add("SHA-256 of its Part frame", SHA256.HashData(frames.AsSpan(0, 65_538)));
        Add("SHA-256 of its OkGet frame", SHA256.HashData(frames.AsSpan(65_538)));
    }

    private (byte[] Hello, byte[] Link, byte[] Hash) LinkUp(Transport clients, Transport servers)
    {
        var (initiator, responder, hello) = Greet();
        var link = new byte[Handshake.LinkFrameSize];
        var hash = new byte[32];
        Handshake.WriteLink(ref responder, link);
        Assert.Equal(HelloAnswer.Link, Handshake.ReadAnswer(ref initiator, MessageType.Link, link.AsSpan(3), _client.PublicKey));
        initiator.CopyHandshakeHash(hash);
        initiator.Split(clients);
        responder.Split(servers);
        return (hello, link, hash);
    }

    private (HandshakeState Initiator, HandshakeState Responder, byte[] Hello) Greet()
    {
        var initiator = HandshakeState.WithEphemeralForTests(HandshakePattern.IK, Handshake.Prologue, _client, _server.PublicKey, ClientEphemeral);
        var responder = HandshakeState.WithEphemeralForTests(HandshakePattern.IK, Handshake.Prologue, _server, null, ServerEphemeral);
        var hello = new byte[Handshake.HelloFrameSize];
        Handshake.WriteHello(ref initiator, hello);
        Assert.True(Handshake.TryReadHello(ref responder, hello.AsSpan(3)));
        return (initiator, responder, hello);
    }

    private void Add(string name, byte[] bytes) => _computed.Add(name, Convert.ToHexStringLower(bytes));

    // Within a fence, a vector is a line with its name and a colon, then indented lines of hexadecimal digits.
    private static Dictionary<string, string> Documented()
    {
        var vectors = new Dictionary<string, string>();
        var (name, isFenced) = ("", false);
        foreach (var line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "protocol.md")).SkipWhile(line => !line.StartsWith("## Appendix", StringComparison.Ordinal)))
        {
            if (line.StartsWith("```", StringComparison.Ordinal)) isFenced = !isFenced;
            else if (isFenced && line.StartsWith("  ", StringComparison.Ordinal)) vectors[name] += line.Trim();
            else if (isFenced && line.EndsWith(':')) vectors.Add(name = line[..^1], "");
        }
        return vectors;
    }

    private static string Text(Dictionary<string, string> vectors)
    {
        var text = new StringBuilder();
        foreach (var (name, hex) in vectors)
        {
            text.Append(name).Append(":\n");
            for (var at = 0; at < hex.Length; at += 96) text.Append("  ").Append(hex.AsSpan(at, Math.Min(96, hex.Length - at))).Append('\n');
        }
        return text.ToString();
    }

    private static byte[] Counting(byte first) => [.. Enumerable.Range(first, 32).Select(i => (byte)i)];
}
