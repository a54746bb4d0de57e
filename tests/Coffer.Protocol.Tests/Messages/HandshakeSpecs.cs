using Coffer.Crypto.Keys;
using Coffer.Crypto.Noise;
using Coffer.Protocol.Frames;
using Coffer.Protocol.Messages;

namespace Coffer.Protocol.Tests.Messages;

public sealed class HandshakeSpecs : IDisposable
{
    private readonly KeyPair _client = KeyPair.Generate();
    private readonly KeyPair _server = KeyPair.Generate();

    public void Dispose()
    {
        _client.Dispose();
        _server.Dispose();
    }

    [Fact]
    public void Greets_and_links_in_frames_of_the_protocols_sizes()
    {
        var (initiator, hello) = Hello();
        var responder = Responder();
        var link = new byte[Handshake.LinkFrameSize];

        Assert.True(Handshake.TryReadHello(ref responder, hello.AsSpan(3)));
        Handshake.WriteLink(ref responder, link);

        Assert.Equal([0, 97, 0x00], hello[..3]);
        Assert.Equal([0, 49, 0x01], link[..3]);
        Assert.Equal((100, 52), (hello.Length, link.Length));
        Assert.Equal(_client.PublicKey, responder.RemoteStatic);
        Assert.Equal(HelloAnswer.Link, Handshake.ReadAnswer(ref initiator, MessageType.Link, link.AsSpan(3), _client.PublicKey));
    }

    [Fact]
    public void Names_the_key_that_is_not_known()
    {
        var (initiator, hello) = Hello();
        var frame = KeyNotFound(hello);

        Assert.Equal([0, 81, 0xaa], frame[..3]);
        Assert.Equal(84, frame.Length);
        Assert.Equal(HelloAnswer.KeyNotFound, Handshake.ReadAnswer(ref initiator, MessageType.KeyNotFound, frame.AsSpan(3), _client.PublicKey));
    }

    [Fact]
    public void Does_not_take_a_key_not_found_that_names_another()
    {
        var (initiator, hello) = Hello();
        var frame = KeyNotFound(hello);
        using var other = KeyPair.Generate();

        Assert.Equal(HelloAnswer.NotOurs, Handshake.ReadAnswer(ref initiator, MessageType.KeyNotFound, frame.AsSpan(3), other.PublicKey));
    }

    [Theory]
    [InlineData(0x00, true)]
    [InlineData(0x01, false)]
    [InlineData(0x02, false)]
    [InlineData(0x99, false)]
    [InlineData(0xff, false)]
    public void Takes_only_a_hello_that_repeats_its_type(byte repeated, bool taken)
    {
        var initiator = Initiator();
        var body = new byte[97];
        initiator.WriteMessage([repeated], body, out _);
        var responder = Responder();

        Assert.Equal(taken, Handshake.TryReadHello(ref responder, body));
    }

    [Theory]
    [InlineData(new byte[0])]
    [InlineData(new byte[] { 0, 0 })]
    public void Refuses_a_hello_with_another_payload(byte[] payload)
    {
        var initiator = Initiator();
        var body = new byte[96 + payload.Length];
        initiator.WriteMessage(payload, body, out _);
        var responder = Responder();

        Assert.False(Handshake.TryReadHello(ref responder, body));
    }

    [Theory]
    [InlineData(MessageType.Link, new byte[] { 0xaa })]
    [InlineData(MessageType.Link, new byte[] { 0x00 })]
    [InlineData(MessageType.Link, new byte[0])]
    [InlineData(MessageType.Link, new byte[] { 0x01, 0x00 })]
    [InlineData(MessageType.KeyNotFound, new byte[] { 0x01 })]
    [InlineData(MessageType.KeyNotFound, new byte[] { 0xaa })]
    [InlineData(MessageType.Error, new byte[] { 0xff })]
    [InlineData(MessageType.OkGet, new byte[] { 0x03 })]
    public void Refuses_an_answer_of_the_wrong_shape(MessageType type, byte[] payload)
    {
        var (initiator, hello) = Hello();
        var responder = Responder();
        Assert.True(Handshake.TryReadHello(ref responder, hello.AsSpan(3)));
        var body = new byte[48 + payload.Length];
        responder.WriteMessage(payload, body, out _);

        Assert.Equal(HelloAnswer.NotOurs, Handshake.ReadAnswer(ref initiator, type, body, _client.PublicKey));
    }

    [Fact]
    public void Refuses_a_link_that_came_as_key_not_found_and_the_reverse()
    {
        var (first, hello) = Hello();
        var responder = Responder();
        Assert.True(Handshake.TryReadHello(ref responder, hello.AsSpan(3)));
        var link = new byte[Handshake.LinkFrameSize];
        Handshake.WriteLink(ref responder, link);
        var (second, another) = Hello();
        var notFound = KeyNotFound(another);

        Assert.Equal(HelloAnswer.NotOurs, Handshake.ReadAnswer(ref first, MessageType.KeyNotFound, link.AsSpan(3), _client.PublicKey));
        Assert.Equal(HelloAnswer.NotOurs, Handshake.ReadAnswer(ref second, MessageType.Link, notFound.AsSpan(3), _client.PublicKey));
    }

    [Fact]
    public void Does_not_open_a_hello_for_another_server()
    {
        var (_, hello) = Hello();
        using var other = KeyPair.Generate();
        var responder = HandshakeState.Responder(HandshakePattern.IK, Handshake.Prologue, other);

        Assert.False(Handshake.TryReadHello(ref responder, hello.AsSpan(3)));
    }

    [Fact]
    public void Never_throws_on_an_answer_of_random_bytes_of_any_length()
    {
        var random = new Random(5);
        for (var length = 0; length < 300; length++)
        {
            var (initiator, _) = Hello();
            var body = new byte[length];
            random.NextBytes(body);

            Assert.Equal(HelloAnswer.NotOurs, Handshake.ReadAnswer(ref initiator, MessageType.Link, body, _client.PublicKey));
        }
    }

    private (HandshakeState, byte[]) Hello()
    {
        var initiator = Initiator();
        var hello = new byte[Handshake.HelloFrameSize];
        Handshake.WriteHello(ref initiator, hello);
        return (initiator, hello);
    }

    private byte[] KeyNotFound(byte[] hello)
    {
        var responder = Responder();
        Assert.True(Handshake.TryReadHello(ref responder, hello.AsSpan(3)));
        var frame = new byte[Handshake.KeyNotFoundFrameSize];
        Handshake.WriteKeyNotFound(ref responder, frame);
        return frame;
    }

    private HandshakeState Initiator() => HandshakeState.Initiator(HandshakePattern.IK, Handshake.Prologue, _client, _server.PublicKey);

    private HandshakeState Responder() => HandshakeState.Responder(HandshakePattern.IK, Handshake.Prologue, _server);
}
