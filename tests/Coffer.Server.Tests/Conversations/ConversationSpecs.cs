using System.Security.Cryptography;
using System.Text;
using Coffer.Crypto.Keys;
using Coffer.Protocol.Frames;
using Coffer.Protocol.Messages;

namespace Coffer.Server.Tests.Conversations;

/// <summary>Every message in every state, over a real connection to a real node. Source: protocol.md section 2.</summary>
public sealed class ConversationSpecs(TestNode node) : IClassFixture<TestNode>
{
    public enum State
    {
        AwaitingHello,
        Linked,
        Served,
    }

    public enum Message
    {
        Hello,
        HelloOfUnknownKey,
        HelloToAnotherServer,
        HelloWithOtherPayload,
        Get,
        GetTampered,
        GetUnderByesHeader,
        GetWithOtherType,
        Bye,
        ByeOfAnotherKey,
        ByeTampered,
        Link,
        OkGet,
        Part,
        KeyNotFound,
        Error,
        UnknownType,
    }

    public enum Outcome
    {
        Link,
        KeyNotFound,
        Coffer,
        Closed,
        Violation,
    }

    /// <summary>The table of the protocol: what is not named here is a violation.</summary>
    public static TheoryData<State, Message, Outcome> Table()
    {
        var table = new TheoryData<State, Message, Outcome>();
        foreach (var state in Enum.GetValues<State>())
            foreach (var message in Enum.GetValues<Message>())
                table.Add(state, message, (state, message) switch
                {
                    (State.AwaitingHello, Message.Hello) => Outcome.Link,
                    (State.AwaitingHello, Message.HelloOfUnknownKey) => Outcome.KeyNotFound,
                    (State.Linked, Message.Get) => Outcome.Coffer,
                    (State.Linked or State.Served, Message.Bye) => Outcome.Closed,
                    _ => Outcome.Violation,
                });
        return table;
    }

    [Theory]
    [MemberData(nameof(Table))]
    public async Task Answers_as_the_table_says(State state, Message message, Outcome expected)
    {
        using var peer = await RawPeer.ConnectAsync(node.Address);
        await BringToAsync(peer, state);

        await peer.SendAsync(Frame(peer, state, message));

        switch (expected)
        {
            case Outcome.Link:
            case Outcome.KeyNotFound:
                var (type, body) = await peer.ReadFrameAsync();
                var who = expected == Outcome.Link ? node.Client : node.Stranger;
                Assert.Equal(expected.ToString(), peer.ReadAnswer(type, body, who.PublicKey).ToString());
                if (expected == Outcome.KeyNotFound) await peer.ReadEndAsync();
                break;
            case Outcome.Coffer:
                await ReadCofferAsync(peer);
                break;
            case Outcome.Closed:
                await peer.ReadEndAsync();
                break;
            default:
                Assert.Equal(ErrorWord.Violation, await peer.ReadErrorAsync(isSealed: state != State.AwaitingHello));
                break;
        }
        await node.ServesAsBeforeAsync();
    }

    private static readonly (string What, byte[] Bytes)[] NoMessages =
    [
        ("nothing but zeros, which announce an empty Hello", new byte[64]),
        ("random bytes", RandomNumberGenerator.GetBytes(4096)),
        ("a Hello of length 0", RawPeer.Plain(0x00, 0)),
        ("a Hello one byte short", RawPeer.Plain(0x00, 96)),
        ("a Hello one byte long", RawPeer.Plain(0x00, 98)),
        ("a Hello of length 65,535", RawPeer.Plain(0x00, 65_535)),
        ("only the header of a Hello of 98 bytes", RawPeer.Plain(0x00, 98)[..3]),
        ("only the header of an unknown type", RawPeer.Plain(0x05, 1)[..3]),
        ("a Hello of random bytes", [0x00, 97, 0x00, .. RandomNumberGenerator.GetBytes(97)]),
        ("a Hello whose ephemeral key is zero", RawPeer.Plain(0x00, 97)),
        ("a Get of length 0", RawPeer.Plain(0x02, 0)),
        ("a Get one byte short", RawPeer.Plain(0x02, 16)),
        ("a Get one byte long", RawPeer.Plain(0x02, 18)),
        ("a Get of random bytes", [0x00, 17, 0x02, .. RandomNumberGenerator.GetBytes(17)]),
        ("a Bye one byte short", RawPeer.Plain(0x99, 48)),
        ("a Bye one byte long", RawPeer.Plain(0x99, 50)),
        ("a Bye of random bytes", [0x00, 49, 0x99, .. RandomNumberGenerator.GetBytes(49)]),
        ("an unknown type of length 0", RawPeer.Plain(0x7f, 0)),
        ("an unknown type of length 65,535", RawPeer.Plain(0x7f, 65_535)),
        ("an OkGet of length 65,535", RawPeer.Plain(0x03, 65_535)),
        ("HTTP", Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nHost: coffer\r\n\r\n")),
        ("the first bytes of a TLS handshake", [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03, .. RandomNumberGenerator.GetBytes(506)]),
        ("SSH", Encoding.ASCII.GetBytes("SSH-2.0-OpenSSH_9.2\r\n")),
    ];

    /// <summary>Each in each state: a Hello that might have been one is out of turn once there is a link.</summary>
    public static TheoryData<State, string, byte[]> Violations()
    {
        var violations = new TheoryData<State, string, byte[]>();
        foreach (var state in Enum.GetValues<State>())
            foreach (var (what, bytes) in NoMessages)
                violations.Add(state, what, bytes);
        return violations;
    }

    [Theory]
    [MemberData(nameof(Violations))]
    public async Task Refuses_what_is_no_message_of_its_state(State state, string what, byte[] bytes)
    {
        Assert.NotEmpty(what);
        using var peer = await RawPeer.ConnectAsync(node.Address);
        await BringToAsync(peer, state);

        await peer.SendAsync(bytes);

        Assert.Equal(ErrorWord.Violation, await peer.ReadErrorAsync(isSealed: state != State.AwaitingHello));
        await node.ServesAsBeforeAsync();
    }

    [Fact]
    public async Task Refuses_every_changed_bit_of_a_Hello()
    {
        for (var bit = 0; bit < Handshake.HelloFrameSize * 8; bit += 7)
        {
            using var peer = await RawPeer.ConnectAsync(node.Address);
            var hello = peer.Hello(node.Client, node.ServerKey);
            hello[bit / 8] ^= (byte)(1 << (bit % 8));

            await peer.SendAsync(hello);

            // A longer length leaves the server waiting for bytes that a Hello does not have: it is refused at its header all the same.
            // The highest bit of a curve point is ignored by X25519 but is part of the transcript.
            Assert.Equal(ErrorWord.Violation, await peer.ReadErrorAsync(isSealed: false));
        }
        await node.ServesAsBeforeAsync();
    }

    [Fact]
    public async Task A_replayed_Hello_gives_a_Link_that_nobody_can_use()
    {
        using var first = await RawPeer.ConnectAsync(node.Address);
        await first.LinkAsync(node.Client, node.ServerKey);
        using var replay = await RawPeer.ConnectAsync(node.Address);

        await replay.SendAsync(first.LastHello);

        var (type, body) = await replay.ReadFrameAsync();
        Assert.Equal(MessageType.Link, type);
        Assert.Equal(49, body.Length);
        await replay.SendAsync(first.Get());
        var (error, _) = await replay.ReadFrameAsync();
        Assert.Equal(MessageType.Error, error);
        await replay.ReadEndAsync();
        await node.ServesAsBeforeAsync();
    }

    [Fact]
    public async Task Refuses_a_replayed_message()
    {
        using var peer = await RawPeer.ConnectAsync(node.Address);
        await peer.LinkAsync(node.Client, node.ServerKey);
        var get = peer.Get();
        await peer.SendAsync(get);
        await ReadCofferAsync(peer);

        await peer.SendAsync(get);

        Assert.Equal(ErrorWord.Violation, await peer.ReadErrorAsync(isSealed: true));
    }

    [Fact]
    public async Task Refuses_a_message_out_of_order()
    {
        using var peer = await RawPeer.ConnectAsync(node.Address);
        await peer.LinkAsync(node.Client, node.ServerKey);
        peer.Get();

        await peer.SendAsync(peer.Get());

        Assert.Equal(ErrorWord.Violation, await peer.ReadErrorAsync(isSealed: true));
    }

    [Fact]
    public async Task Takes_a_conversation_byte_by_byte()
    {
        using var peer = await RawPeer.ConnectAsync(node.Address);

        foreach (var b in peer.Hello(node.Client, node.ServerKey)) await peer.SendAsync([b]);
        var (type, body) = await peer.ReadFrameAsync();
        Assert.Equal(HelloAnswer.Link, peer.ReadAnswer(type, body, node.Client.PublicKey));
        peer.Split();
        foreach (var b in peer.Get()) await peer.SendAsync([b]);
        await ReadCofferAsync(peer);
        foreach (var b in peer.Bye(node.Client.PublicKey)) await peer.SendAsync([b]);

        await peer.ReadEndAsync();
    }

    [Fact]
    public async Task Takes_two_frames_in_one_segment()
    {
        using var peer = await RawPeer.ConnectAsync(node.Address);
        await peer.LinkAsync(node.Client, node.ServerKey);

        await peer.SendAsync(peer.Get(), peer.Bye(node.Client.PublicKey));

        await ReadCofferAsync(peer);
        await peer.ReadEndAsync();
    }

    [Fact]
    public async Task Refuses_the_second_of_two_frames_in_one_segment()
    {
        using var peer = await RawPeer.ConnectAsync(node.Address);
        await peer.LinkAsync(node.Client, node.ServerKey);

        await peer.SendAsync(peer.Get(), peer.Get());

        await ReadCofferAsync(peer);
        Assert.Equal(ErrorWord.Violation, await peer.ReadErrorAsync(isSealed: true));
    }

    [Theory]
    [InlineData(State.AwaitingHello, false)]
    [InlineData(State.AwaitingHello, true)]
    [InlineData(State.Linked, false)]
    [InlineData(State.Linked, true)]
    [InlineData(State.Served, false)]
    [InlineData(State.Served, true)]
    public async Task A_client_may_go_away_in_any_state(State state, bool reset)
    {
        using var peer = await RawPeer.ConnectAsync(node.Address);
        await BringToAsync(peer, state);

        if (reset)
        {
            peer.Reset();
        }
        else
        {
            peer.EndSending();
            await peer.ReadEndAsync();
        }

        await node.ServesAsBeforeAsync();
    }

    [Fact]
    public async Task A_client_that_ends_its_side_after_Get_still_gets_its_coffer()
    {
        using var peer = await RawPeer.ConnectAsync(node.Address);
        await peer.LinkAsync(node.Client, node.ServerKey);

        await peer.SendAsync(peer.Get(), peer.Bye(node.Client.PublicKey));
        peer.EndSending();

        await ReadCofferAsync(peer);
        await peer.ReadEndAsync();
    }

    private async Task BringToAsync(RawPeer peer, State state)
    {
        if (state == State.AwaitingHello) return;
        await peer.LinkAsync(node.Client, node.ServerKey);
        if (state == State.Linked) return;
        await peer.SendAsync(peer.Get());
        await ReadCofferAsync(peer);
    }

    private async Task ReadCofferAsync(RawPeer peer)
    {
        var (type, body) = await peer.ReadFrameAsync();
        Assert.Equal(MessageType.OkGet, type);
        var plain = new byte[body.Length];
        Assert.True(SealedMessage.TryRead(peer.Transport, type, body, plain, out var length));
        Assert.Equal(node.ClientsCoffer, plain[..length]);
    }

    private byte[] Frame(RawPeer peer, State state, Message message)
    {
        // Before there is a link nothing can be sealed: the same frames with bytes of the right length.
        var isLinked = state != State.AwaitingHello;
        var client = node.Client.PublicKey;
        return message switch
        {
            Message.Hello => peer.Hello(node.Client, node.ServerKey),
            Message.HelloOfUnknownKey => peer.Hello(node.Stranger, node.ServerKey),
            Message.HelloToAnotherServer => peer.Hello(node.Client, node.Stranger.PublicKey),
            Message.HelloWithOtherPayload => peer.HelloWithPayload(node.Client, node.ServerKey, (byte)MessageType.Get),
            Message.Get => isLinked ? peer.Get() : RawPeer.Plain(0x02, 17),
            Message.GetTampered => isLinked ? Flipped(peer.Get()) : RawPeer.Plain(0x02, 17),
            Message.GetUnderByesHeader => isLinked ? peer.Sealed(MessageType.Bye, [0x02, .. client.Span]) : RawPeer.Plain(0x99, 49),
            Message.GetWithOtherType => isLinked ? peer.Sealed(MessageType.Get, 0x99) : RawPeer.Plain(0x02, 17),
            Message.Bye => isLinked ? peer.Bye(client) : RawPeer.Plain(0x99, 49),
            Message.ByeOfAnotherKey => isLinked ? peer.Bye(node.Stranger.PublicKey) : RawPeer.Plain(0x99, 49),
            Message.ByeTampered => isLinked ? Flipped(peer.Bye(client)) : RawPeer.Plain(0x99, 49),
            Message.Link => isLinked ? peer.Sealed(MessageType.Link, [0x01, .. client.Span]) : RawPeer.Plain(0x01, 49),
            Message.OkGet => isLinked ? peer.Sealed(MessageType.OkGet, 0x03, 0x80) : RawPeer.Plain(0x03, 18),
            Message.Part => isLinked ? peer.Sealed(MessageType.Part, 0x04, 0x80) : RawPeer.Plain(0x04, 18),
            Message.KeyNotFound => isLinked ? peer.Sealed(MessageType.KeyNotFound, [0xaa, .. client.Span]) : RawPeer.Plain(0xaa, 81),
            Message.Error => isLinked ? peer.Sealed(MessageType.Error, [0xff, .. "internal: no"u8]) : RawPeer.Plain(0xff, 12),
            _ => isLinked ? peer.Sealed((MessageType)0x55, 0x55) : RawPeer.Plain(0x55, 17),
        };
    }

    private static byte[] Flipped(byte[] frame)
    {
        frame[^1] ^= 1;
        return frame;
    }
}
