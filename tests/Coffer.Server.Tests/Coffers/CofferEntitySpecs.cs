using Akka.Actor;
using Akka.Cluster.Sharding;
using Akka.TestKit;
using Coffer.Crypto.Keys;
using Coffer.Crypto.Sealing;
using Coffer.Server.Coffers;
using Coffer.Server.Metrics;
using Coffer.Server.Storage;
using Coffer.Server.Tests.Audit;

namespace Coffer.Server.Tests.Coffers;

/// <summary>Every row of <see cref="CofferEntity"/>'s table: a probe plays the shard, the store answers when the spec says so.</summary>
public sealed class CofferEntitySpecs : ActorSpecs
{
    private static readonly PublicKey Owner = new([.. Enumerable.Repeat((byte)7, PublicKey.Size)]);

    private readonly ScriptedStore _store = new();
    private readonly LiveEntities _live = new(shards: 1, probe: new PublicKey([.. Enumerable.Repeat((byte)8, PublicKey.Size)]));
    private readonly KeptLog _log = new();
    private readonly TestProbe _shard;
    private readonly TestProbe _asker;
    private readonly IActorRef _entity;

    public CofferEntitySpecs()
    {
        _shard = CreateTestProbe("shard");
        _asker = CreateTestProbe("asker");
        _entity = _shard.ChildActorOf(CofferEntity.Props(Owner, _store, _live, _log), "entity", TestContext.Current.CancellationToken);
    }

    [Fact]
    public void Reads_its_row_once_and_answers_from_memory()
    {
        Ask(atLeast: 3);
        _store.Answer(Row(3));
        ExpectFound(3);

        Ask(atLeast: 3);
        Ask(atLeast: 1);

        ExpectFound(3);
        ExpectFound(3);
        Assert.Equal(1, _store.Reads);
    }

    [Fact]
    public void Answers_all_who_ask_while_it_reads_with_one_reading()
    {
        Ask(atLeast: 3);
        Ask(atLeast: 4);
        Ask(atLeast: 2);

        _store.Answer(Row(3));

        ExpectFound(3);
        _asker.ExpectMsg<CofferReplies.CofferUnavailable>();
        ExpectFound(3);
        Assert.Equal(1, _store.Reads);
    }

    [Fact]
    public void Reads_again_where_the_asker_knows_of_a_newer_revision()
    {
        Ask(atLeast: 3);
        _store.Answer(Row(3));
        ExpectFound(3);

        Ask(atLeast: 4);
        _store.Answer(Row(4));

        ExpectFound(4);
    }

    [Fact]
    public void Does_not_answer_with_a_row_older_than_asked()
    {
        Ask(atLeast: 4);
        _store.Answer(Row(3));

        _asker.ExpectMsg<CofferReplies.CofferUnavailable>();
    }

    [Fact]
    public void Says_that_there_is_no_row_and_asks_to_leave_memory()
    {
        Ask(atLeast: 1);
        _store.Answer(null);

        _asker.ExpectMsg<CofferReplies.CofferMissing>();
        Assert.IsType<PoisonPill>(_shard.ExpectMsg<Passivate>().StopMessage);
        // Asked before the shard has let it go, it looks again.
        Ask(atLeast: 1);
        _store.Answer(Row(1));
        ExpectFound(1);
    }

    [Fact]
    public void Says_that_the_store_cannot_be_read_and_tries_again_when_asked_again()
    {
        Ask(atLeast: 1);
        _store.Fail();
        _asker.ExpectMsg<CofferReplies.CofferUnavailable>();

        Ask(atLeast: 1);
        _store.Answer(Row(1));

        ExpectFound(1);
    }

    [Fact]
    public void Answers_those_who_ask_where_the_store_fails_in_a_way_that_nobody_thought_of()
    {
        Ask(atLeast: 1);
        _store.Fail(new InvalidOperationException("no such thing"));
        _asker.ExpectMsg<CofferReplies.CofferUnavailable>();

        Ask(atLeast: 1);
        _store.Answer(Row(1));

        ExpectFound(1);
    }

    [Fact]
    public void Leaves_it_to_the_store_to_say_that_the_database_is_away()
    {
        Ask(atLeast: 1);
        _store.Fail();
        _asker.ExpectMsg<CofferReplies.CofferUnavailable>();
        Ask(atLeast: 1);
        _store.Fail(new StoreException(StoreFault.Damaged, "no row of Coffer"));
        _asker.ExpectMsg<CofferReplies.CofferUnavailable>();

        Assert.Equal([$"Debug: the coffer of {Owner} cannot be read now: away", $"Warning: the coffer of {Owner} cannot be read now: no row of Coffer"], _log.Lines);
    }

    [Fact]
    public void Goes_on_with_what_it_holds_while_the_store_cannot_be_read()
    {
        Ask(atLeast: 3);
        _store.Answer(Row(3));
        ExpectFound(3);

        Ask(atLeast: 4);
        Ask(atLeast: 3);
        _store.Fail();

        _asker.ExpectMsg<CofferReplies.CofferUnavailable>();
        ExpectFound(3);
        Ask(atLeast: 3);
        ExpectFound(3);
    }

    [Fact]
    public void Reads_its_row_again_for_who_cannot_open_what_it_holds()
    {
        Ask(atLeast: 3);
        _store.Answer(Row(3));
        ExpectFound(3);

        AskAnew(atLeast: 3);
        Ask(atLeast: 3);
        _store.Answer(Row(3));

        ExpectFound(3, isAnew: true);
        ExpectFound(3);
        Assert.Equal(2, _store.Reads);
        Ask(atLeast: 3);
        ExpectFound(3);
    }

    [Fact]
    public void Does_not_answer_with_what_it_holds_who_could_not_open_that()
    {
        Ask(atLeast: 3);
        _store.Answer(Row(3));
        ExpectFound(3);

        AskAnew(atLeast: 3);
        _store.Fail();

        _asker.ExpectMsg<CofferReplies.CofferUnavailable>();
    }

    private void AskAnew(long atLeast) => _entity.Tell(new CofferQueries.GetCoffer(Owner, atLeast, IsAnew: true), _asker);

    private void Ask(long atLeast) => _entity.Tell(new CofferQueries.GetCoffer(Owner, atLeast), _asker);

    private void ExpectFound(long revision, bool isAnew = false)
    {
        var found = _asker.ExpectMsg<CofferReplies.CofferFound>();
        Assert.Equal(("client", revision, isAnew), (found.Name, found.Coffer.Revision, found.IsAnew));
    }

    private static StoredCoffer Row(long revision) => new("client", new SealedCoffer(revision, new byte[] { 1, 2, 3 }));
}
