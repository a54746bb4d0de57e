using System.Security.Cryptography;
using Coffer.Crypto.Keys;
using Coffer.Crypto.Noise;
using Coffer.Crypto.Tests.Keys;

namespace Coffer.Crypto.Tests.Noise;

public sealed unsafe class HandshakeSpecs : IDisposable
{
    private static readonly byte[] Prologue = "Coffer/1"u8.ToArray();

    private readonly KeyPair _client = KeyPair.Generate();
    private readonly KeyPair _server = KeyPair.Generate();

    public void Dispose()
    {
        _client.Dispose();
        _server.Dispose();
    }

    [Fact]
    public void Takes_the_bytes_that_the_protocol_says()
    {
        var (hello, link) = Record();

        Assert.Equal(97, hello.Length);
        Assert.Equal(49, link.Length);
    }

    [Fact]
    public void Shows_each_side_the_others_key_and_opens_both_ways()
    {
        var initiator = Initiator();
        var responder = Responder();
        using var clients = new Transport();
        using var servers = new Transport();

        var hello = Write(ref initiator, [0], HandshakeStep.Continue);
        Assert.Equal([0], Read(ref responder, hello, HandshakeStep.Continue));
        var link = Write(ref responder, [1], HandshakeStep.Done);
        Assert.Equal([1], Read(ref initiator, link, HandshakeStep.Done));
        initiator.Split(clients);
        responder.Split(servers);

        Assert.Equal(_client.PublicKey, responder.RemoteStatic);
        Assert.Equal(_server.PublicKey, initiator.RemoteStatic);
        AssertCarries(clients, servers);
        AssertCarries(servers, clients);
    }

    [Fact]
    public void Refuses_message_1_with_any_bit_flipped()
    {
        var (hello, _) = Record();

        foreach (var changed in EachBitFlipped(hello))
        {
            var responder = Responder();
            Assert.Equal(HandshakeFailure.BadTag, Refuse(ref responder, changed));
        }
    }

    [Fact]
    public void Refuses_message_2_with_any_bit_flipped()
    {
        var ephemeral = RandomNumberGenerator.GetBytes(Sodium.KeySize);
        var link = Record(ephemeral).Link;

        foreach (var changed in EachBitFlipped(link))
        {
            var initiator = InitiatorWith(ephemeral);
            Assert.Equal(HandshakeFailure.BadTag, Refuse(ref initiator, changed));
        }
        var untouched = InitiatorWith(ephemeral);
        Assert.Equal([1], Read(ref untouched, link, HandshakeStep.Done));
    }

    [Fact]
    public void Refuses_a_sealed_file_with_any_bit_flipped()
    {
        var sender = HandshakeState.Initiator(HandshakePattern.X, Prologue, _client, _server.PublicKey);
        var message = Write(ref sender, [1, 2, 3], HandshakeStep.Done);

        foreach (var changed in EachBitFlipped(message))
        {
            var receiver = HandshakeState.Responder(HandshakePattern.X, Prologue, _server);
            Assert.Equal(HandshakeFailure.BadTag, Refuse(ref receiver, changed));
        }
        var untouched = HandshakeState.Responder(HandshakePattern.X, Prologue, _server);
        Assert.Equal([1, 2, 3], Read(ref untouched, message, HandshakeStep.Done));
    }

    [Fact]
    public void Refuses_message_1_cut_at_any_length()
    {
        var (hello, _) = Record();

        for (var length = 0; length < hello.Length; length++)
        {
            var responder = Responder();
            // The last 16 bytes that are left are read as the tag of a payload; shorter there is none.
            var expected = length < 96 ? HandshakeFailure.BadLength : HandshakeFailure.BadTag;
            Assert.Equal(expected, Refuse(ref responder, hello[..length]));
        }
    }

    [Fact]
    public void Refuses_message_2_cut_at_any_length()
    {
        var ephemeral = RandomNumberGenerator.GetBytes(Sodium.KeySize);
        var link = Record(ephemeral).Link;

        for (var length = 0; length < link.Length; length++)
        {
            var initiator = InitiatorWith(ephemeral);
            var expected = length < 48 ? HandshakeFailure.BadLength : HandshakeFailure.BadTag;
            Assert.Equal(expected, Refuse(ref initiator, link[..length]));
        }
    }

    [Theory]
    [InlineData(1, HandshakeFailure.BadTag)]
    [InlineData(HandshakeState.MaxPayload - 1, HandshakeFailure.BadTag)]
    [InlineData(HandshakeState.MaxPayload, HandshakeFailure.BadLength)]
    [InlineData(65_535 - 97, HandshakeFailure.BadLength)]
    public void Refuses_message_1_with_bytes_appended(int more, HandshakeFailure expected)
    {
        var (hello, _) = Record();
        var responder = Responder();

        Assert.Equal(expected, Refuse(ref responder, [.. hello, .. new byte[more]]));
    }

    [Fact]
    public void Refuses_a_payload_longer_than_the_reader_has_room_for()
    {
        var (hello, _) = Record();
        var responder = Responder();

        Assert.Equal(HandshakeStep.Failed, responder.ReadMessage(hello, [], out var written));
        Assert.Equal(HandshakeFailure.BadLength, responder.Failure);
        Assert.Equal(0, written);
    }

    [Fact]
    public void Refuses_a_client_that_pinned_another_server()
    {
        using var other = KeyPair.Generate();
        var initiator = HandshakeState.Initiator(HandshakePattern.IK, Prologue, _client, other.PublicKey);
        var responder = Responder();

        Assert.Equal(HandshakeFailure.BadTag, Refuse(ref responder, Write(ref initiator, [0], HandshakeStep.Continue)));
    }

    [Fact]
    public void Refuses_another_prologue()
    {
        var initiator = HandshakeState.Initiator(HandshakePattern.IK, "Coffer/2"u8, _client, _server.PublicKey);
        var responder = Responder();

        Assert.Equal(HandshakeFailure.BadTag, Refuse(ref responder, Write(ref initiator, [0], HandshakeStep.Continue)));
    }

    [Fact]
    public void Refuses_the_other_pattern()
    {
        var initiator = HandshakeState.Initiator(HandshakePattern.X, Prologue, _client, _server.PublicKey);
        var responder = Responder();

        Assert.Equal(HandshakeFailure.BadTag, Refuse(ref responder, Write(ref initiator, [0], HandshakeStep.Done)));
    }

    [Fact]
    public void Refuses_the_answer_to_another_hello()
    {
        var (_, link) = Record();
        var initiator = Initiator();
        Write(ref initiator, [0], HandshakeStep.Continue);

        Assert.Equal(HandshakeFailure.BadTag, Refuse(ref initiator, link));
    }

    [Theory]
    [MemberData(nameof(LowOrderForms.All), MemberType = typeof(LowOrderForms))]
    public void Refuses_a_low_order_ephemeral_in_message_1(string point)
    {
        var (hello, _) = Record();
        Convert.FromHexString(point).CopyTo(hello, 0);
        var responder = Responder();

        Assert.Equal(HandshakeFailure.LowOrder, Refuse(ref responder, hello));
    }

    [Theory]
    [MemberData(nameof(LowOrderForms.All), MemberType = typeof(LowOrderForms))]
    public void Refuses_a_low_order_ephemeral_in_message_2(string point)
    {
        var ephemeral = RandomNumberGenerator.GetBytes(Sodium.KeySize);
        var link = Record(ephemeral).Link;
        Convert.FromHexString(point).CopyTo(link, 0);
        var initiator = InitiatorWith(ephemeral);

        Assert.Equal(HandshakeFailure.LowOrder, Refuse(ref initiator, link));
    }

    [Theory]
    [MemberData(nameof(LowOrderForms.All), MemberType = typeof(LowOrderForms))]
    public void Refuses_a_low_order_static_key_that_a_client_seals(string point)
    {
        var responder = Responder();

        Assert.Equal(HandshakeFailure.LowOrder, Refuse(ref responder, HelloOf(Convert.FromHexString(point))));
    }

    [Fact]
    public void Takes_a_static_key_of_full_order_from_the_same_forged_hello()
    {
        var responder = Responder();

        // Its payload is no proof of the key, so that it is the tag that is refused: the case above fails for the point alone.
        Assert.Equal(HandshakeFailure.BadTag, Refuse(ref responder, HelloOf(_client.PublicKey.Span.ToArray())));
    }

    [Theory]
    [MemberData(nameof(LowOrderForms.All), MemberType = typeof(LowOrderForms))]
    public void Refuses_to_write_to_a_low_order_server(string point)
    {
        var initiator = HandshakeState.Initiator(HandshakePattern.IK, Prologue, _client, new PublicKey(Convert.FromHexString(point)));

        Assert.Equal(HandshakeStep.Failed, initiator.WriteMessage([0], new byte[97], out _));
        Assert.Equal(HandshakeFailure.LowOrder, initiator.Failure);
    }

    [Fact]
    public void Throws_out_of_turn()
    {
        var initiator = Initiator();
        var responder = Responder();

        Assert.Throws<InvalidOperationException>(() => initiator.ReadMessage(new byte[97], new byte[1], out _));
        Assert.Throws<InvalidOperationException>(() => responder.WriteMessage([1], new byte[49], out _));
        Assert.Throws<InvalidOperationException>(() => initiator.Split(new Transport()));
        Assert.Throws<InvalidOperationException>(() => responder.RemoteStatic);
        var hello = Write(ref initiator, [0], HandshakeStep.Continue);
        Assert.Throws<InvalidOperationException>(() => initiator.WriteMessage([0], new byte[97], out _));
        Read(ref responder, hello, HandshakeStep.Continue);
        Assert.Throws<InvalidOperationException>(() => responder.ReadMessage(hello, new byte[1], out _));
    }

    [Fact]
    public void Throws_once_it_is_done_split_or_failed()
    {
        var initiator = Initiator();
        var responder = Responder();
        Read(ref responder, Write(ref initiator, [0], HandshakeStep.Continue), HandshakeStep.Continue);
        Write(ref responder, [1], HandshakeStep.Done);
        using var transport = new Transport();
        Refuse(ref initiator, new byte[49]);

        Assert.Throws<InvalidOperationException>(() => responder.WriteMessage([1], new byte[49], out _));
        responder.Split(transport);
        Assert.Throws<InvalidOperationException>(() => responder.Split(new Transport()));
        Assert.Throws<InvalidOperationException>(() => initiator.ReadMessage(new byte[49], new byte[1], out _));
        Assert.Throws<InvalidOperationException>(() => initiator.RemoteStatic);
    }

    [Fact]
    public void Leaves_the_handshake_as_it_was_when_the_message_buffer_is_too_short()
    {
        var initiator = Initiator();
        var responder = Responder();

        Assert.Throws<ArgumentOutOfRangeException>(() => initiator.WriteMessage([0], new byte[96], out _));
        Assert.Throws<ArgumentOutOfRangeException>(() => initiator.WriteMessage(new byte[HandshakeState.MaxPayload + 1], new byte[1000], out _));

        Assert.Equal([0], Read(ref responder, Write(ref initiator, [0], HandshakeStep.Continue), HandshakeStep.Continue));
    }

    [Fact]
    public void Refuses_a_prologue_that_does_not_fit()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => HandshakeState.Responder(HandshakePattern.IK, new byte[HandshakeState.MaxPrologue + 1], _server));
    }

    [Fact]
    public void Throws_with_a_disposed_key_pair()
    {
        var (hello, _) = Record();
        var responder = Responder();
        _server.Dispose();

        Assert.Throws<ObjectDisposedException>(() => responder.ReadMessage(hello, new byte[1], out _));
    }

    [Fact]
    public void Seals_a_new_ephemeral_key_into_each_hello()
    {
        Assert.NotEqual(Record().Hello[..32], Record().Hello[..32]);
    }

    [Fact]
    public void Wipes_itself()
    {
        var responder = Responder();
        Read(ref responder, Record().Hello, HandshakeStep.Continue);
        Write(ref responder, [1], HandshakeStep.Done);
        var ephemeral = new byte[Key32.Size];

        responder.Dispose();

        responder.CopyHandshakeHash(ephemeral);
        Assert.Equal(new byte[Key32.Size], ephemeral);
        Assert.Throws<InvalidOperationException>(() => responder.RemoteStatic);
    }

    [Fact]
    public void The_responders_half_allocates_nothing()
    {
        var (hello, _) = Record();
        using var transport = new Transport();
        var link = new byte[49];
        var payload = new byte[1];
        for (var i = 0; i < 100; i++) Respond(hello, payload, link, transport);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++) Respond(hello, payload, link, transport);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(0, allocated);
    }

    private void Respond(byte[] hello, byte[] payload, byte[] link, Transport transport)
    {
        transport.ReopenForTests();
        using var responder = Responder();
        if (responder.ReadMessage(hello, payload, out _) != HandshakeStep.Continue) Assert.Fail("not read");
        payload[0] = 1;
        if (responder.WriteMessage(payload, link, out _) != HandshakeStep.Done) Assert.Fail("not written");
        responder.Split(transport);
    }

    private HandshakeState Initiator() => HandshakeState.Initiator(HandshakePattern.IK, Prologue, _client, _server.PublicKey);

    private HandshakeState Responder() => HandshakeState.Responder(HandshakePattern.IK, Prologue, _server);

    // An initiator that has written the same message 1 each time.
    private HandshakeState InitiatorWith(byte[] ephemeral)
    {
        var initiator = HandshakeState.WithEphemeralForTests(HandshakePattern.IK, Prologue, _client, _server.PublicKey, ephemeral);
        Write(ref initiator, [0], HandshakeStep.Continue);
        return initiator;
    }

    private (byte[] Hello, byte[] Link) Record(byte[]? ephemeral = null)
    {
        var initiator = HandshakeState.WithEphemeralForTests(HandshakePattern.IK, Prologue, _client, _server.PublicKey, ephemeral ?? RandomNumberGenerator.GetBytes(Sodium.KeySize));
        var responder = Responder();
        var hello = Write(ref initiator, [0], HandshakeStep.Continue);
        Read(ref responder, hello, HandshakeStep.Continue);
        return (hello, Write(ref responder, [1], HandshakeStep.Done));
    }

    // Message 1 of someone who holds no static key: e, es and s as they should be, then a tag of zeros.
    private byte[] HelloOf(byte[] s)
    {
        var message = new byte[97];
        var server = _server.PublicKey;
        var symmetric = new SymmetricState(HandshakePattern.IK.ProtocolName);
        symmetric.MixHash(Prologue);
        symmetric.MixHash(server.Span);
        var e = RandomNumberGenerator.GetBytes(Sodium.KeySize);
        var shared = new byte[Sodium.KeySize];
        fixed (byte* q = message, n = e, p = server.Span, z = shared)
        {
            Sodium.ScalarMultBase(q, n);
            Sodium.ScalarMult(z, n, p);
        }
        symmetric.MixHash(message.AsSpan(0, Sodium.KeySize));
        symmetric.MixKey(shared);
        symmetric.EncryptAndHash(s, message.AsSpan(Sodium.KeySize));
        return message;
    }

    private static byte[] Write(ref HandshakeState from, byte[] payload, HandshakeStep expected)
    {
        var message = new byte[1024];
        Assert.Equal(expected, from.WriteMessage(payload, message, out var written));
        return message[..written];
    }

    private static byte[] Read(ref HandshakeState to, byte[] message, HandshakeStep expected)
    {
        var payload = new byte[HandshakeState.MaxPayload];
        Assert.Equal(expected, to.ReadMessage(message, payload, out var written));
        return payload[..written];
    }

    private static HandshakeFailure Refuse(ref HandshakeState to, byte[] message)
    {
        Assert.Equal(HandshakeStep.Failed, to.ReadMessage(message, new byte[HandshakeState.MaxPayload], out _));
        return to.Failure;
    }

    private static void AssertCarries(Transport from, Transport to)
    {
        var message = new byte[5 + Transport.TagSize];
        var opened = new byte[5];
        from.Write("hello"u8, message);
        Assert.True(to.TryRead(message, opened, out var written));
        Assert.Equal(5, written);
        Assert.Equal("hello"u8, opened);
    }

    private static IEnumerable<byte[]> EachBitFlipped(byte[] message)
    {
        for (var bit = 0; bit < message.Length * 8; bit++)
        {
            var changed = message.ToArray();
            changed[bit / 8] ^= (byte)(1 << bit % 8);
            yield return changed;
        }
    }
}
