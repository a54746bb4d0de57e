using System.Net;
using Akka.Actor;
using Akka.TestKit;
using Coffer.Crypto.Keys;
using Coffer.Crypto.Noise;
using Coffer.Crypto.Sealing;
using Coffer.Protocol.Cbor;
using Coffer.Protocol.Frames;
using Coffer.Protocol.Messages;
using Coffer.Protocol.Secrets;
using Coffer.Server.Audit;
using Coffer.Server.Catalog;
using Coffer.Server.Coffers;
using Coffer.Server.Edge;
using Coffer.Server.Metrics;
using Coffer.Server.Sessions;
using Microsoft.Extensions.Logging.Abstractions;

namespace Coffer.Server.Tests.Sessions;

/// <summary>Every row of <see cref="SessionActor"/>'s table, and every message out of turn: one probe plays the connection, another one the shard region.</summary>
public sealed class SessionActorSpecs : ActorSpecs
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(20);

    private readonly KeyPair _server = KeyPair.Generate();
    private readonly KeyPair _client = KeyPair.Generate();
    private readonly KeyPair _probe = KeyPair.Generate();
    private readonly AuditTrail _audit = AuditTrail.Open(new AuditTarget.Off(), isRequired: false, new AuditSettings(), "test", TimeProvider.System);
    private readonly CofferMetrics _metrics = new();
    private readonly SecondKeyUse _secondKey = new();
    private readonly StorageSeal _seal;
    private readonly StubView _view = new();
    private readonly TestProbe _connection;
    private readonly TestProbe _region;
    private readonly Transport _transport = new();
    private readonly byte[] _coffer = CofferCbor.Encode(OpenCoffer.Of([new("PORT", SecretValue.OfInteger(5432))]));

    public SessionActorSpecs()
    {
        _seal = new StorageSeal(_server);
        _connection = CreateTestProbe("connection");
        _region = CreateTestProbe("region");
        _view.Known[_client.PublicKey] = 7;
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        _transport.Dispose();
        _seal.Dispose();
        _server.Dispose();
        _client.Dispose();
        _probe.Dispose();
        _metrics.Dispose();
    }

    [Fact]
    public void Answers_a_Hello_of_a_key_that_is_known_with_Link() => Linked(Start());

    [Fact]
    public void Answers_a_Hello_of_a_key_that_is_not_known_with_KeyNotFound_and_ends()
    {
        _view.Known.Clear();
        var session = Start();
        var (hello, handshake) = Hello(_client, _server.PublicKey);

        Tell(session, hello);

        var (type, body) = Parse(_connection.ExpectMsg<EdgeProtocol.Refuse>().Frame);
        Assert.Equal(HelloAnswer.KeyNotFound, Handshake.ReadAnswer(ref handshake, type, body, _client.PublicKey));
        _connection.ExpectTerminated(session);
    }

    [Fact]
    public void Says_of_no_key_that_it_is_not_known_without_a_lease()
    {
        _view.Known.Clear();
        _view.IsServing = false;
        var session = Start();

        Tell(session, Hello(_client, _server.PublicKey).Frame);

        ExpectRefused(session, ErrorWord.Unavailable, isSealed: false);
    }

    [Fact]
    public void Refuses_a_Hello_that_does_not_open()
    {
        var session = Start();

        Tell(session, Hello(_client, _client.PublicKey).Frame);

        ExpectRefused(session, ErrorWord.Violation, isSealed: false);
    }

    [Fact]
    public void Sends_the_coffer_for_a_Get_and_closes_after_Bye()
    {
        var session = Linked(Start());

        Tell(session, Get());
        Assert.Equal(new CofferQueries.GetCoffer(_client.PublicKey, 7), _region.ExpectMsg<CofferQueries.GetCoffer>());
        _region.Reply(Found(7));

        ExpectCoffer();
        Tell(session, Bye(_client.PublicKey));
        _connection.ExpectMsg<EdgeProtocol.Finish>();
        _connection.ExpectTerminated(session);
    }

    [Fact]
    public void Closes_after_a_Bye_instead_of_a_Get()
    {
        var session = Linked(Start());

        Tell(session, Bye(_client.PublicKey));

        _connection.ExpectMsg<EdgeProtocol.Finish>();
        _connection.ExpectTerminated(session);
    }

    [Fact]
    public void Refuses_a_Get_of_a_client_that_is_gone_since_Link()
    {
        var session = Linked(Start());
        _view.Known.Clear();

        Tell(session, Get());

        ExpectRefused(session, ErrorWord.Revoked);
        _region.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void Refuses_a_Get_without_a_lease()
    {
        var session = Linked(Start());
        _view.IsServing = false;

        Tell(session, Get());

        ExpectRefused(session, ErrorWord.Unavailable);
        _region.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void Refuses_where_the_lease_ran_out_while_the_entity_was_asked()
    {
        var session = Asking();
        _view.IsServing = false;

        _region.Reply(Found(7));

        ExpectRefused(session, ErrorWord.Unavailable);
    }

    [Fact]
    public void Refuses_where_the_client_was_taken_out_while_the_entity_was_asked()
    {
        var session = Asking();
        _view.Known.Clear();

        _region.Reply(Found(7));

        ExpectRefused(session, ErrorWord.Revoked);
    }

    [Fact]
    public void Asks_anew_where_the_coffer_changed_while_the_entity_was_asked()
    {
        Asking();
        _view.Known[_client.PublicKey] = 8;

        _region.Reply(Found(7));

        Assert.Equal(8, _region.ExpectMsg<CofferQueries.GetCoffer>().AtLeast);
        _region.Reply(Found(8));
        ExpectCoffer();
    }

    [Fact]
    public void Does_not_tell_a_client_that_the_view_knows_of_that_it_is_revoked_where_the_entity_has_no_row()
    {
        var session = Asking();

        _region.Reply(CofferReplies.CofferMissing.Instance);

        ExpectRefused(session, ErrorWord.Unavailable);
    }

    [Fact]
    public void Refuses_where_the_entity_cannot_read_its_coffer()
    {
        var session = Asking();

        _region.Reply(CofferReplies.CofferUnavailable.Instance);

        ExpectRefused(session, ErrorWord.Unavailable);
    }

    [Fact]
    public void Refuses_where_what_is_stored_does_not_open()
    {
        var session = Asking();

        _region.Reply(Moved());
        Assert.Equal(new CofferQueries.GetCoffer(_client.PublicKey, 7, IsAnew: true), _region.ExpectMsg<CofferQueries.GetCoffer>());
        _region.Reply(Moved() with { IsAnew = true });

        ExpectRefused(session, ErrorWord.Internal);
    }

    [Fact]
    public void Serves_what_opens_once_its_row_was_read_anew()
    {
        var session = Asking();
        _region.Reply(Moved());
        _region.ExpectMsg<CofferQueries.GetCoffer>();

        _region.Reply(Found(7) with { IsAnew = true });

        ExpectCoffer();
        Tell(session, Bye(_client.PublicKey));
        _connection.ExpectMsg<EdgeProtocol.Finish>();
    }

    // As in a hand-off: the question before was asked twice, and answered twice.
    [Fact]
    public void Passes_over_a_second_answer_to_the_question_before_where_its_row_is_read_anew()
    {
        var session = Linked(Start(new SessionLimits { Hello = Long, Get = Long, Bye = Long, Coffer = Long, AskAgain = Short }));
        Tell(session, Get());
        _region.ExpectMsg<CofferQueries.GetCoffer>();
        Assert.False(_region.ExpectMsg<CofferQueries.GetCoffer>().IsAnew);
        _region.Reply(Moved());
        _region.FishForMessage(message => message is CofferQueries.GetCoffer { IsAnew: true });

        _region.Reply(Moved());
        _region.Reply(Found(7) with { IsAnew = true });

        ExpectCoffer();
        Tell(session, Bye(_client.PublicKey));
        _connection.ExpectMsg<EdgeProtocol.Finish>();
    }

    [Theory]
    [InlineData("another revision", ErrorWord.Unavailable)]
    [InlineData("missing", ErrorWord.Unavailable)]
    [InlineData("unavailable", ErrorWord.Unavailable)]
    public void Refuses_where_the_row_that_was_read_anew_is(string what, ErrorWord word)
    {
        var session = Asking();
        _region.Reply(Moved());
        _region.ExpectMsg<CofferQueries.GetCoffer>();

        _region.Reply(what switch
        {
            "another revision" => Found(8) with { IsAnew = true },
            "missing" => CofferReplies.CofferMissing.Instance,
            _ => CofferReplies.CofferUnavailable.Instance,
        });

        ExpectRefused(session, word);
    }

    [Fact]
    public void Serves_a_client_that_pins_the_second_key_and_counts_it()
    {
        using var second = KeyPair.Generate();
        var session = Linked(Start(second: second), second.PublicKey);
        Tell(session, Get());
        _region.ExpectMsg<CofferQueries.GetCoffer>();

        _region.Reply(Found(7));

        ExpectCoffer();
        Assert.Equal(1, _secondKey.Now.Count);
    }

    [Fact]
    public void Does_not_count_a_client_that_pins_the_first_of_two_keys()
    {
        using var second = KeyPair.Generate();
        var session = Linked(Start(second: second));
        Tell(session, Get());
        _region.ExpectMsg<CofferQueries.GetCoffer>();

        _region.Reply(Found(7));

        ExpectCoffer();
        Assert.Equal(new SecondKeyUse.Fetches(0, null), _secondKey.Now);
    }

    [Fact]
    public void Refuses_a_Hello_for_neither_of_two_keys()
    {
        using var second = KeyPair.Generate();
        using var other = KeyPair.Generate();
        var session = Start(second: second);

        Tell(session, Hello(_client, other.PublicKey).Frame);

        ExpectRefused(session, ErrorWord.Violation, isSealed: false);
    }

    [Fact]
    public void Asks_once_more_where_no_answer_comes_and_passes_over_a_second_answer()
    {
        var session = Linked(Start(new SessionLimits { Hello = Long, Get = Long, Bye = Long, Coffer = Long, AskAgain = Short }));
        Tell(session, Get());

        var first = _region.ExpectMsg<CofferQueries.GetCoffer>();
        Assert.Equal(first, _region.ExpectMsg<CofferQueries.GetCoffer>());
        _region.Reply(Found(7));
        ExpectCoffer();
        _region.Reply(Found(7));

        Tell(session, Bye(_client.PublicKey));
        _connection.ExpectMsg<EdgeProtocol.Finish>();
        _connection.ExpectTerminated(session);
    }

    [Theory]
    [InlineData("Hello", ErrorWord.Timeout)]
    [InlineData("Get", ErrorWord.Timeout)]
    [InlineData("Coffer", ErrorWord.Unavailable)]
    [InlineData("Bye", ErrorWord.Timeout)]
    public void Refuses_in_each_state_what_comes_too_late(string state, ErrorWord word)
    {
        TimeSpan Of(string deadline) => deadline == state ? Short : Long;
        var session = Start(new SessionLimits { Hello = Of("Hello"), Get = Of("Get"), Coffer = Of("Coffer"), Bye = Of("Bye"), AskAgain = Long });
        if (state != "Hello") Linked(session);
        if (state is "Coffer" or "Bye") Tell(session, Get());
        if (state == "Bye")
        {
            _region.ExpectMsg<CofferQueries.GetCoffer>();
            _region.Reply(Found(7));
            ExpectCoffer();
        }

        ExpectRefused(session, word, isSealed: state != "Hello");
    }

    public static TheoryData<string, string> OutOfTurn() => new()
    {
        { "AwaitingHello", "Get" },
        { "AwaitingHello", "Bye" },
        { "AwaitingHello", "Garbage" },
        { "Linked", "Hello" },
        { "Linked", "Garbage" },
        { "Linked", "a Get that does not open" },
        { "Linked", "a Bye of another key" },
        { "AwaitingCoffer", "Hello" },
        { "AwaitingCoffer", "Get" },
        { "AwaitingCoffer", "Bye" },
        { "AwaitingCoffer", "Garbage" },
        { "Served", "Hello" },
        { "Served", "Get" },
        { "Served", "Garbage" },
        { "Served", "a Bye of another key" },
    };

    [Theory]
    [MemberData(nameof(OutOfTurn))]
    public void Refuses_what_its_state_does_not_take(string state, string message)
    {
        var session = state switch
        {
            "AwaitingHello" => Start(),
            "Linked" => Linked(Start()),
            "AwaitingCoffer" => Asking(),
            _ => Served(),
        };

        session.Tell(message switch
        {
            "Garbage" => EdgeProtocol.Garbage.Instance,
            "Hello" => Frame(Hello(_client, _server.PublicKey).Frame),
            "Get" => Frame(state == "AwaitingHello" ? RawFrame(MessageType.Get, 17) : Get()),
            "Bye" => Frame(state == "AwaitingHello" ? RawFrame(MessageType.Bye, 49) : Bye(_client.PublicKey)),
            "a Get that does not open" => Frame(RawFrame(MessageType.Get, 17)),
            _ => Frame(Bye(_server.PublicKey)),
        });

        ExpectRefused(session, ErrorWord.Violation, isSealed: state != "AwaitingHello");
    }

    [Fact]
    public void Is_stopped_with_its_connection()
    {
        var session = Linked(Start());

        Sys.Stop(session);

        _connection.ExpectTerminated(session);
    }

    // The session talks to its parent, which is the probe.
    private IActorRef Start(SessionLimits? limits = null, KeyPair? second = null)
    {
        var services = new SessionServices(
            new ServerKeys(_server, second), _seal, _view, _region, limits ?? new SessionLimits { Hello = Long, Get = Long, Bye = Long, Coffer = Long, AskAgain = Long },
            new SessionRecord(
                new OpenSessions(TimeProvider.System), _view, new SessionLog(NullLogger.Instance, TimeProvider.System), _audit, _metrics, _secondKey, _probe.PublicKey, TimeProvider.System));
        var session = _connection.ChildActorOf(SessionActor.Props(services, new IPEndPoint(IPAddress.Loopback, 1)), "session", TestContext.Current.CancellationToken);
        _connection.Watch(session);
        return session;
    }

    private IActorRef Linked(IActorRef session, PublicKey? pinned = null)
    {
        var (hello, handshake) = Hello(_client, pinned ?? _server.PublicKey);
        Tell(session, hello);
        var (type, body) = Parse(_connection.ExpectMsg<EdgeProtocol.Answer>().Frames);
        Assert.Equal(HelloAnswer.Link, Handshake.ReadAnswer(ref handshake, type, body, _client.PublicKey));
        handshake.Split(_transport);
        return session;
    }

    private IActorRef Asking()
    {
        var session = Linked(Start());
        Tell(session, Get());
        _region.ExpectMsg<CofferQueries.GetCoffer>();
        return session;
    }

    private IActorRef Served()
    {
        var session = Asking();
        _region.Reply(Found(7));
        ExpectCoffer();
        return session;
    }

    private CofferReplies.CofferFound Found(long revision) => new("client", _seal.Seal(_client.PublicKey, revision, _coffer));

    // Sealed for another revision, as a row that was moved is.
    private CofferReplies.CofferFound Moved() => new("client", _seal.Seal(_client.PublicKey, 6, _coffer) with { Revision = 7 });

    private void ExpectCoffer()
    {
        var (type, body) = Parse(_connection.ExpectMsg<EdgeProtocol.Answer>().Frames);
        var plain = new byte[body.Length];
        Assert.True(SealedMessage.TryRead(_transport, type, body, plain, out var length));
        Assert.Equal((MessageType.OkGet, Convert.ToHexString(_coffer)), (type, Convert.ToHexString(plain, 0, length)));
    }

    private void ExpectRefused(IActorRef session, ErrorWord word, bool isSealed = true)
    {
        var (type, body) = Parse(_connection.ExpectMsg<EdgeProtocol.Refuse>().Frame);
        Assert.Equal(MessageType.Error, type);
        var text = body;
        if (isSealed)
        {
            text = new byte[body.Length - Transport.TagSize - 1];
            Assert.True(SealedMessage.TryRead(_transport, type, body, text, out _));
        }
        Assert.Equal(word, ErrorMessage.Parse(text).Word);
        _connection.ExpectTerminated(session);
    }

    private static (byte[] Frame, HandshakeState Handshake) Hello(KeyPair client, PublicKey server)
    {
        var frame = new byte[Handshake.HelloFrameSize];
        var handshake = HandshakeState.Initiator(HandshakePattern.IK, Handshake.Prologue, client, server);
        Handshake.WriteHello(ref handshake, frame);
        return (frame, handshake);
    }

    private byte[] Get()
    {
        var frame = new byte[SealedMessage.GetFrameSize];
        SealedMessage.WriteGet(_transport, frame);
        return frame;
    }

    private byte[] Bye(PublicKey client)
    {
        var frame = new byte[SealedMessage.ByeFrameSize];
        SealedMessage.WriteBye(_transport, client, frame);
        return frame;
    }

    private static byte[] RawFrame(MessageType type, int length)
    {
        var frame = new byte[FrameCodec.HeaderSize + length];
        FrameCodec.WriteHeader(frame, type, length);
        return frame;
    }

    private static void Tell(IActorRef session, byte[] frame) => session.Tell(Frame(frame));

    private static EdgeProtocol.FrameReceived Frame(byte[] frame)
    {
        var (type, body) = Parse(frame);
        return new EdgeProtocol.FrameReceived(type, body);
    }

    private static (MessageType Type, byte[] Body) Parse(byte[] frame) => ((MessageType)frame[2], frame[FrameCodec.HeaderSize..]);

    private sealed class StubView : INodeView
    {
        public bool HasDefinition => true;

        public Dictionary<PublicKey, long> Known { get; } = [];

        public bool IsServing { get; set; } = true;

        public long Revision => 9;

        public int Count => Known.Count;

        public long? Find(PublicKey client) => Known.TryGetValue(client, out var revision) ? revision : null;

        public void Fetched(PublicKey client, DateTimeOffset time)
        {
        }

        public DateTimeOffset? LastFetch(PublicKey client) => null;
    }
}
