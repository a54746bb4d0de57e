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

    public CatalogAskerSpecs()
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

        Assert.Equal("this node stopped before the catalog answered", Assert.Single(Assert.IsType<LoadOutcome.Refused>(await _answer.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken)).Lines));
    }

    private async Task FindAsync()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await _catalog.ExpectMsgAsync<CatalogSignals.FindCatalog>(cancellationToken: cancellation);
        _catalog.Reply(CatalogSignals.CatalogHere.Instance);
        await _catalog.ExpectMsgAsync(Command, cancellationToken: cancellation);
    }
}
