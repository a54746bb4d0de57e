using Akka.Actor;
using Akka.TestKit;
using Coffer.Server.Catalog;

namespace Coffer.Server.Tests.Catalog;

/// <summary>What becomes of a command when the catalog is there, and when it goes.</summary>
public sealed class CatalogAskerSpecs : ActorSpecs
{
    private static readonly CatalogCommand Command = new CatalogCommands.RollBack(1);

    private readonly TaskCompletionSource<LoadOutcome> _answer = new();
    private readonly TestProbe _catalog;
    private readonly IActorRef _asker;

    public CatalogAskerSpecs() : base("""akka.scheduler.implementation = "Akka.TestKit.TestScheduler, Akka.TestKit" """)
    {
        _catalog = CreateTestProbe();
        _asker = Sys.ActorOf(CatalogAsker.Props(_catalog.Ref, Command, _answer));
    }

    [Fact]
    public async Task Brings_the_command_and_the_answer()
    {
        await FindAsync();

        _catalog.Reply(new LoadOutcome.Unchanged(7));

        Assert.Equal(new LoadOutcome.Unchanged(7), await _answer.Task);
    }

    [Fact]
    public async Task Says_so_where_the_catalog_goes_away_before_it_answers()
    {
        await FindAsync();

        Sys.Stop(_catalog.Ref);

        Assert.Equal(LoadRefusal.Busy, Assert.IsType<LoadOutcome.Refused>(await _answer.Task).Cause);
    }

    [Fact]
    public async Task Says_so_where_its_node_stops_before_the_catalog_answers()
    {
        await FindAsync();

        Sys.Stop(_asker);

        Assert.Equal("this node stopped before the catalog answered", Why(await _answer.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken)));
    }

    [Fact]
    public async Task Says_where_its_node_stops_before_there_was_a_catalog_that_nothing_was_written()
    {
        await _catalog.ExpectMsgAsync<CatalogSignals.FindCatalog>(cancellationToken: TestContext.Current.CancellationToken);

        Sys.Stop(_asker);

        Assert.Equal("nothing was written: the cluster has no catalog now", Why(await _answer.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken)));
    }

    [Fact]
    public async Task Waits_as_long_as_the_catalog_says_that_an_answer_is_to_come()
    {
        await FindAsync();

        for (var i = 0; i < 100; i++)
        {
            await PassAsync(10);
            _catalog.Reply(new CatalogSignals.ProgressTold(IsUnderWay: true));
            await HasHandledAsync();
        }
        Assert.False(_answer.Task.IsCompleted);
        _catalog.Reply(new LoadOutcome.Unchanged(7));

        Assert.Equal(new LoadOutcome.Unchanged(7), await _answer.Task);
    }

    [Fact]
    public async Task Says_so_where_the_command_or_its_answer_was_lost()
    {
        await FindAsync();

        await PassAsync(10);
        _catalog.Reply(new CatalogSignals.ProgressTold(IsUnderWay: false));

        Assert.Equal("the command, or the catalog's answer to it, was lost between the nodes", Why(await _answer.Task));
    }

    [Fact]
    public async Task Says_so_where_nothing_is_heard_of_the_catalog()
    {
        await FindAsync();

        for (var i = 0; i < 5; i++) await PassAsync(10);
        Assert.False(_answer.Task.IsCompleted);
        Scheduler.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal("nothing was heard of the catalog for 60 s", Why(await _answer.Task));
    }

    private TestScheduler Scheduler => (TestScheduler)Sys.Scheduler;

    private async Task PassAsync(int seconds)
    {
        Scheduler.Advance(TimeSpan.FromSeconds(seconds));
        await _catalog.ExpectMsgAsync<CatalogSignals.ProgressAsked>(cancellationToken: TestContext.Current.CancellationToken);
    }

    // The answer to this comes after all that the asker was told before.
    private async Task HasHandledAsync() => await _asker.Ask<ActorIdentity>(new Identify(1), TestContext.Current.CancellationToken);

    private static string Why(LoadOutcome outcome) => Assert.Single(Assert.IsType<LoadOutcome.Refused>(outcome).Lines);

    private async Task FindAsync()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await _catalog.ExpectMsgAsync<CatalogSignals.FindCatalog>(cancellationToken: cancellation);
        _catalog.Reply(CatalogSignals.CatalogHere.Instance);
        await _catalog.ExpectMsgAsync(Command, cancellationToken: cancellation);
    }
}
