using Akka.Actor;
using Akka.Cluster;
using Akka.TestKit;
using Akka.TestKit.Xunit;
using Coffer.Crypto.Keys;
using Coffer.Crypto.Sealing;
using Coffer.Server.Audit;
using Coffer.Server.Catalog;
using Coffer.Server.Sessions;
using Coffer.Server.Storage;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace Coffer.Server.Tests.Catalog;

/// <summary>The catalog on a real store, and the node's view, each with a probe in the other's place; a cluster of one, whose clock the spec moves.</summary>
public sealed class CatalogLeaseSpecs() : TestKit("""
    akka {
      loglevel = OFF
      stdout-loglevel = OFF
      log-dead-letters = off
      log-dead-letters-during-shutdown = off
      test.single-expect-default = 30s
      test.default-timeout = 30s
      actor {
        provider = cluster
        serialize-messages = on
        serializers.coffer = "Coffer.Server.Serialization.CofferSerializer, coffer-server"
        serialization-bindings {
          "Coffer.Server.Catalog.ICatalogSignal, coffer-server" = coffer
          "Coffer.Server.Catalog.CatalogCommand, coffer-server" = coffer
          "Coffer.Server.Catalog.LoadOutcome, coffer-server" = coffer
        }
      }
      remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0 }
      cluster { roles = [coffer], log-info = off, gossip-interval = 100ms, leader-actions-interval = 100ms }
    }
    """)
{
    private static readonly LeaseSettings Settings = new(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(2));
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(300);

    private readonly string _directory = Directory.CreateTempSubdirectory("coffer-lease-").FullName;
    private readonly KeyPair _client = KeyPair.Generate();
    private readonly HandClock _clock = new();
    private PublicKey _server;
    private OpenedStore _opened = null!;
    private WatchedStore _store = null!;
    private NodeView _view = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        using var server = KeyPair.Generate();
        _server = server.PublicKey;
        _opened = await OpenedStore.OpenAsync(DataDirectory.Open(_directory), address: null, server.PublicKey, Cancellation);
        _store = new WatchedStore(_opened.Store);
        _view = new NodeView(server.PublicKey, new NodeLease(_clock, Settings));
        await _store.TryWriteAsync(Revision(1), [new RowChange.Put(_client.PublicKey, "client", new byte[16], new(1, new byte[40]))], keep: 20, Cancellation);
        var cluster = Cluster.Get(Sys);
        await cluster.JoinAsync(cluster.SelfAddress, Cancellation);
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _opened.DisposeAsync();
        _client.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Grants_what_is_asked_for_with_the_term_and_the_revision_that_count()
    {
        var (catalog, view) = await StartCatalogAsync();

        catalog.Tell(new CatalogSignals.LeaseWanted(42, 1), view.Ref);

        Assert.Equal(new CatalogSignals.LeaseGranted(42, 1, 1), await view.ExpectMsgAsync<CatalogSignals.LeaseGranted>(cancellationToken: Cancellation));
    }

    [Fact]
    public async Task Acknowledges_a_revision_once_the_holder_has_confirmed_it()
    {
        var (catalog, view) = await StartCatalogAsync();
        await GrantAsync(catalog, view);
        catalog.Tell(new CatalogCommands.Revoke(_client.PublicKey), TestActor);
        Assert.Equal(2, (await view.ExpectMsgAsync<CatalogSignals.RevisionMoved>(cancellationToken: Cancellation)).Revision);
        await ExpectNoMsgAsync(Quiet, Cancellation);

        catalog.Tell(new CatalogSignals.RevisionConfirmed(2), view.Ref);

        Assert.Equal(2, (await ExpectMsgAsync<LoadOutcome.Loaded>(cancellationToken: Cancellation)).Revision);
    }

    [Fact]
    public async Task Acknowledges_a_revision_once_the_lease_of_a_silent_holder_has_run_out()
    {
        var (catalog, view) = await StartCatalogAsync();
        await GrantAsync(catalog, view);
        catalog.Tell(new CatalogCommands.Revoke(_client.PublicKey), TestActor);
        _clock.Now += TimeSpan.FromSeconds(9.9);

        // It is told again and again, which makes the catalog look at the clock.
        await view.ExpectMsgAsync<CatalogSignals.RevisionMoved>(cancellationToken: Cancellation);
        await view.ExpectMsgAsync<CatalogSignals.RevisionMoved>(cancellationToken: Cancellation);
        await ExpectNoMsgAsync(Quiet, Cancellation);
        _clock.Now += TimeSpan.FromSeconds(0.2);

        Assert.Equal(2, (await ExpectMsgAsync<LoadOutcome.Loaded>(cancellationToken: Cancellation)).Revision);
    }

    [Fact]
    public async Task A_later_term_acknowledges_nothing_before_leases_of_the_one_before_have_run_out()
    {
        await _store.BeginTermAsync(Cancellation);
        var (catalog, view) = await StartCatalogAsync();
        catalog.Tell(new CatalogCommands.Revoke(_client.PublicKey), TestActor);
        await view.ExpectMsgAsync<CatalogSignals.RevisionMoved>(cancellationToken: Cancellation);
        await ExpectNoMsgAsync(Quiet, Cancellation);

        _clock.Now += TimeSpan.FromSeconds(10.1);

        Assert.Equal(2, (await ExpectMsgAsync<LoadOutcome.Loaded>(cancellationToken: Cancellation)).Revision);
    }

    [Fact]
    public async Task A_later_term_does_not_say_that_something_counts_already_before_leases_of_the_one_before_have_run_out()
    {
        await _store.TrySetRevokedAsync(Revision(2) with { Kind = RevisionKind.Revoke, Subject = _client.PublicKey }, _client.PublicKey, isRevoked: true, Cancellation);
        await _store.BeginTermAsync(Cancellation);
        var (catalog, _) = await StartCatalogAsync();
        catalog.Tell(new CatalogCommands.Revoke(_client.PublicKey), TestActor);
        await ExpectNoMsgAsync(Quiet, Cancellation);

        _clock.Now += TimeSpan.FromSeconds(10.1);

        Assert.Equal(2, (await ExpectMsgAsync<LoadOutcome.Unchanged>(cancellationToken: Cancellation)).Revision);
    }

    [Fact]
    public async Task Says_at_once_that_something_counts_already_of_what_it_has_acknowledged()
    {
        var (catalog, view) = await StartCatalogAsync();
        await GrantAsync(catalog, view);
        await RevokeAsync(catalog, view);

        catalog.Tell(new CatalogCommands.Revoke(_client.PublicKey), TestActor);

        Assert.Equal(2, (await ExpectMsgAsync<LoadOutcome.Unchanged>(cancellationToken: Cancellation)).Revision);
    }

    [Fact]
    public async Task Tells_of_a_revision_that_the_store_has_written_without_saying_so()
    {
        var (catalog, view) = await StartCatalogAsync();
        await GrantAsync(catalog, view);
        await RevokeWithoutAnswerAsync(catalog);

        _store.IsAway = false;

        await view.FishForMessageAsync(message => message is CatalogSignals.RevisionMoved { Revision: 2 }, cancellationToken: Cancellation);
        catalog.Tell(new CatalogSignals.LeaseWanted(42, 1), view.Ref);
        await view.FishForMessageAsync(message => message is CatalogSignals.LeaseGranted { Revision: 2 }, cancellationToken: Cancellation);
    }

    [Fact]
    public async Task A_command_that_was_written_without_an_answer_is_acknowledged_the_second_time_like_any_other()
    {
        var (catalog, view) = await StartCatalogAsync();
        await GrantAsync(catalog, view);
        await RevokeWithoutAnswerAsync(catalog);
        _store.IsAway = false;
        await view.FishForMessageAsync(message => message is CatalogSignals.RevisionMoved { Revision: 2 }, cancellationToken: Cancellation);
        catalog.Tell(new CatalogCommands.Revoke(_client.PublicKey), TestActor);
        await ExpectNoMsgAsync(Quiet, Cancellation);

        catalog.Tell(new CatalogSignals.RevisionConfirmed(2), view.Ref);

        Assert.Equal(2, (await ExpectMsgAsync<LoadOutcome.Unchanged>(cancellationToken: Cancellation)).Revision);
    }

    [Fact]
    public async Task A_command_that_may_be_written_is_followed_by_a_new_term_after_which_it_cannot_be_any_more()
    {
        var (catalog, view) = await StartCatalogAsync();
        await RevokeWithoutAnswerAsync(catalog);

        // Meanwhile nothing else is written, and leases are renewed as ever while the store is away.
        catalog.Tell(new CatalogCommands.Restore(_client.PublicKey), TestActor);
        Assert.Contains("nothing was written: ", (await ExpectMsgAsync<LoadOutcome.Refused>(cancellationToken: Cancellation)).Lines[0]);
        catalog.Tell(new CatalogSignals.LeaseWanted(42, 1), view.Ref);
        catalog.Tell(new CatalogSignals.TermKnown((await view.ExpectMsgAsync<CatalogSignals.TermAsked>(cancellationToken: Cancellation)).Round), view.Ref);
        await view.ExpectMsgAsync(new CatalogSignals.LeaseGranted(42, 1, 1), cancellationToken: Cancellation);
        _store.IsAway = false;
        await view.FishForMessageAsync(message => message is CatalogSignals.RevisionMoved { Revision: 2 }, cancellationToken: Cancellation);
        catalog.Tell(new CatalogSignals.LeaseWanted(43, 2), view.Ref);

        await view.FishForMessageAsync(message => message is CatalogSignals.LeaseGranted { Term: 2, Revision: 2 }, cancellationToken: Cancellation);
        Assert.Equal(2, (await _store.ReadTermAsync(Cancellation)).Term);
    }

    [Fact]
    public async Task Refuses_commands_while_it_cannot_begin_and_does_none_of_them_later()
    {
        _store.IsAway = true;
        var (catalog, view) = MakeCatalog();

        await AwaitAssertAsync(
            async () =>
            {
                catalog.Tell(new CatalogCommands.Revoke(_client.PublicKey), TestActor);
                Assert.StartsWith("nothing was written: ", (await ExpectMsgAsync<LoadOutcome.Refused>(cancellationToken: Cancellation)).Lines[0], StringComparison.Ordinal);
            },
            cancellationToken: Cancellation);
        _store.IsAway = false;

        Assert.Equal(1, (await view.ExpectMsgAsync<CatalogSignals.RevisionMoved>(cancellationToken: Cancellation)).Revision);
        await ExpectNoMsgAsync(Quiet, Cancellation);
        Assert.Equal(1, (await _store.ReadStateAsync(Cancellation)).Revision);
    }

    [Fact]
    public async Task Renews_leases_while_the_store_is_away_as_long_as_most_nodes_know_of_no_later_term()
    {
        var (catalog, view) = await StartCatalogAsync();
        _store.IsAway = true;
        catalog.Tell(new CatalogSignals.LeaseWanted(42, 1), view.Ref);
        var asked = await view.ExpectMsgAsync<CatalogSignals.TermAsked>(cancellationToken: Cancellation);
        Assert.Equal(1, asked.Term);
        await view.ExpectNoMsgAsync(Quiet, Cancellation);

        catalog.Tell(new CatalogSignals.TermKnown(asked.Round), view.Ref);

        await view.ExpectMsgAsync(new CatalogSignals.LeaseGranted(42, 1, 1), cancellationToken: Cancellation);
    }

    [Fact]
    public async Task Renews_none_where_neither_the_store_nor_the_nodes_prove_its_term()
    {
        var (catalog, view) = await StartCatalogAsync();
        _store.IsAway = true;
        catalog.Tell(new CatalogSignals.LeaseWanted(42, 1), view.Ref);
        await view.ExpectMsgAsync<CatalogSignals.TermAsked>(cancellationToken: Cancellation);
        catalog.Tell(new CatalogSignals.LeaseWanted(43, 1), view.Ref);

        // The first proof has failed by the time that the second one begins.
        await view.ExpectMsgAsync<CatalogSignals.TermAsked>(cancellationToken: Cancellation);
        _store.IsAway = false;
        catalog.Tell(new CatalogSignals.LeaseWanted(44, 1), view.Ref);

        await view.ExpectMsgAsync(new CatalogSignals.LeaseGranted(44, 1, 1), cancellationToken: Cancellation);
    }

    [Fact]
    public async Task Renews_and_writes_nothing_once_another_catalog_has_begun_a_later_term()
    {
        var (catalog, view) = await StartCatalogAsync();
        await BeginLaterTermAsync();
        catalog.Tell(new CatalogSignals.LeaseWanted(42, 1), view.Ref);
        await view.ExpectNoMsgAsync(Quiet, Cancellation);

        catalog.Tell(new CatalogCommands.Revoke(_client.PublicKey), TestActor);

        Assert.Equal(LoadRefusal.Busy, (await ExpectMsgAsync<LoadOutcome.Refused>(cancellationToken: Cancellation)).Cause);
        Assert.Equal(1, (await _store.ReadStateAsync(Cancellation)).Revision);
    }

    [Fact]
    public async Task A_view_asks_for_its_lease_and_holds_it_once_it_is_of_the_revision_that_it_was_granted_with()
    {
        var lease = new NodeLease(_clock, new LeaseSettings(TimeSpan.FromSeconds(10), TimeSpan.FromMilliseconds(100)));
        var node = StartView(lease);
        var wanted = await ExpectMsgAsync<CatalogSignals.LeaseWanted>(cancellationToken: Cancellation);
        _store.IsAway = true;
        node.Tell(new CatalogSignals.LeaseGranted(wanted.Asked, 1, 2), TestActor);
        await ExpectMsgAsync<CatalogSignals.LeaseWanted>(cancellationToken: Cancellation);
        await ExpectMsgAsync<CatalogSignals.LeaseWanted>(cancellationToken: Cancellation);
        Assert.False(lease.IsHeld);

        await _opened.Store.TrySetRevokedAsync(Revision(2) with { Kind = RevisionKind.Revoke, Subject = _client.PublicKey }, _client.PublicKey, isRevoked: true, Cancellation);
        _store.IsAway = false;

        await AwaitAssertAsync(() => Assert.True(lease.IsHeld), cancellationToken: Cancellation);
    }

    [Fact]
    public async Task A_view_that_is_kept_up_by_another_actor_goes_on_from_where_it_is()
    {
        var lease = new NodeLease(_clock, Settings);
        var view = new NodeView(default, lease);
        var first = StartView(lease, view);
        await AwaitAssertAsync(() => Assert.Equal(1, view.Revision), cancellationToken: Cancellation);
        await first.GracefulStop(TimeSpan.FromSeconds(30));
        using var other = KeyPair.Generate();
        await _store.TryWriteAsync(Revision(2), [new RowChange.Put(other.PublicKey, "other", new byte[16], new(2, new byte[40]))], keep: 20, Cancellation);

        StartView(lease, view);

        await AwaitAssertAsync(() => Assert.Equal(2, view.Revision), cancellationToken: Cancellation);
        Assert.Equal((1, 2), (view.Find(_client.PublicKey), view.Find(other.PublicKey)));
    }

    [Fact]
    public async Task A_view_knows_a_term_unless_it_knows_of_a_later_one()
    {
        var node = StartView(new NodeLease(_clock, Settings));
        await ExpectMsgAsync<CatalogSignals.LeaseWanted>(cancellationToken: Cancellation);
        node.Tell(new CatalogSignals.TermAsked(3, 1), TestActor);
        await FishForKnownAsync(round: 1);
        node.Tell(new CatalogSignals.LeaseGranted(0, 5, 1), TestActor);

        node.Tell(new CatalogSignals.TermAsked(4, 2), TestActor);
        node.Tell(new CatalogSignals.TermAsked(5, 3), TestActor);

        await FishForKnownAsync(round: 3);
    }

    [Fact]
    public async Task Neither_writes_nor_renews_leases_on_a_store_that_has_lost_what_was_acknowledged()
    {
        var (catalog, view) = await StartCatalogAsync();
        await RevokeAsync(catalog, view);
        await LoseRevisionAsync(2);

        catalog.Tell(new CatalogCommands.Restore(_client.PublicKey), TestActor);

        Assert.Equal("the store was set back: it holds revision 1, and revision 2 counted", Assert.Single((await ExpectMsgAsync<LoadOutcome.Refused>(cancellationToken: Cancellation)).Lines));
        Assert.Equal(1, (await _store.ReadStateAsync(Cancellation)).Revision);
        await RenewsNothingAsync(catalog, view);
    }

    [Fact]
    public async Task Goes_on_once_the_store_has_it_again()
    {
        var (catalog, view) = await StartCatalogAsync();
        await RevokeAsync(catalog, view);
        await LoseRevisionAsync(2);
        catalog.Tell(new CatalogCommands.Restore(_client.PublicKey), TestActor);
        await ExpectMsgAsync<LoadOutcome.Refused>(cancellationToken: Cancellation);
        await RenewsNothingAsync(catalog, view);

        await _opened.Store.TrySetRevokedAsync(Revision(2) with { Kind = RevisionKind.Revoke, Subject = _client.PublicKey }, _client.PublicKey, isRevoked: true, Cancellation);

        await view.FishForMessageAsync(message => message is CatalogSignals.RevisionMoved { Revision: 2 }, cancellationToken: Cancellation);
        catalog.Tell(new CatalogSignals.LeaseWanted(43, 1), view.Ref);
        await view.FishForMessageAsync(message => message is CatalogSignals.LeaseGranted { Revision: 2 }, cancellationToken: Cancellation);
    }

    [Fact]
    public async Task A_later_term_learns_from_the_nodes_that_the_store_was_set_back()
    {
        var (catalog, view) = await StartCatalogAsync();
        await GrantAsync(catalog, view);
        catalog.Tell(new CatalogCommands.Revoke(_client.PublicKey), TestActor);
        await view.FishForMessageAsync(message => message is CatalogSignals.RevisionMoved { Revision: 2 }, cancellationToken: Cancellation);

        catalog.Tell(new CatalogSignals.RevisionConfirmed(5), view.Ref);

        Assert.Equal(
            "revision 2 was written, and no node serves it yet: the store was set back before, and revision 5 counted",
            Assert.Single((await ExpectMsgAsync<LoadOutcome.Refused>(cancellationToken: Cancellation)).Lines));
        await RenewsNothingAsync(catalog, view);
    }

    [Fact]
    public async Task A_proof_of_the_term_shows_that_the_store_was_set_back()
    {
        var (catalog, view) = await StartCatalogAsync();
        await RevokeAsync(catalog, view);
        await LoseRevisionAsync(2);

        catalog.Tell(new CatalogSignals.LeaseWanted(42, 2), view.Ref);

        await RenewsNothingAsync(catalog, view);
        catalog.Tell(new CatalogCommands.Restore(_client.PublicKey), TestActor);
        Assert.Contains("the store was set back", (await ExpectMsgAsync<LoadOutcome.Refused>(cancellationToken: Cancellation)).Lines[0]);
    }

    [Fact]
    public async Task A_command_under_which_the_store_is_set_back_gives_no_number_a_second_time()
    {
        var (catalog, view) = await StartCatalogAsync();
        await RevokeAsync(catalog, view);
        using var other = KeyPair.Generate();
        var gate = _store.HoldNextState();
        catalog.Tell(new CatalogCommands.Revoke(other.PublicKey), TestActor);
        await _store.StateIsWaiting.Task;
        await LoseRevisionAsync(2);

        gate.SetResult();

        await ExpectMsgAsync<LoadOutcome.Refused>(cancellationToken: Cancellation);
        Assert.Equal(1, (await _store.ReadStateAsync(Cancellation)).Revision);
        await RenewsNothingAsync(catalog, view);
    }

    [Fact]
    public async Task A_catalog_knows_what_its_node_knows()
    {
        _view.Move(5, KnownClients.None);
        var (catalog, view) = MakeCatalog();

        catalog.Tell(new CatalogCommands.Revoke(_client.PublicKey), TestActor);

        Assert.Equal("the store was set back: it holds revision 1, and revision 5 counted", Assert.Single((await ExpectMsgAsync<LoadOutcome.Refused>(cancellationToken: Cancellation)).Lines));
        Assert.Equal(1, (await _store.ReadStateAsync(Cancellation)).Revision);
        await RenewsNothingAsync(catalog, view);
    }

    [Fact]
    public async Task A_store_that_has_some_of_what_it_lost_is_still_set_back_for_a_node_that_knows_more()
    {
        var (catalog, view) = await StartCatalogAsync();
        await RevokeAsync(catalog, view);
        await LoseRevisionAsync(2);
        await RenewsNothingAsync(catalog, view);
        catalog.Tell(new CatalogSignals.LeaseWanted(42, 3), view.Ref);

        await _opened.Store.TrySetRevokedAsync(Revision(2) with { Kind = RevisionKind.Revoke, Subject = _client.PublicKey }, _client.PublicKey, isRevoked: true, Cancellation);

        await RenewsNothingAsync(catalog, view);
        catalog.Tell(new CatalogCommands.Restore(_client.PublicKey), TestActor);
        Assert.Contains("revision 3 counted", (await ExpectMsgAsync<LoadOutcome.Refused>(cancellationToken: Cancellation)).Lines[0]);
    }

    [Fact]
    public async Task A_transaction_that_may_be_open_is_ended_by_a_new_term()
    {
        var (catalog, _) = await StartCatalogAsync();
        _store.LeavesNextOpen = true;

        catalog.Tell(new CatalogCommands.Revoke(_client.PublicKey), TestActor);

        Assert.Equal("nothing was written: away", Assert.Single((await ExpectMsgAsync<LoadOutcome.Refused>(cancellationToken: Cancellation)).Lines));
        await AwaitAssertAsync(async () => Assert.Equal(2, (await _store.ReadTermAsync(Cancellation)).Term), cancellationToken: Cancellation);
        await AwaitAssertAsync(async () =>
        {
            catalog.Tell(new CatalogCommands.Revoke(_client.PublicKey), TestActor);
            Assert.IsType<LoadOutcome.Loaded>(await ExpectMsgAsync<LoadOutcome>(cancellationToken: Cancellation));
        }, cancellationToken: Cancellation);
    }

    [Fact]
    public async Task A_look_at_the_store_that_was_overtaken_by_a_command_shows_no_loss()
    {
        var (catalog, view) = await StartCatalogAsync();
        await _opened.Store.TrySetRevokedAsync(Revision(2) with { Kind = RevisionKind.Revoke, Subject = _client.PublicKey }, _client.PublicKey, isRevoked: true, Cancellation);
        var gate = _store.HoldNextState();
        catalog.Tell(new CatalogSignals.RevisionConfirmed(2), view.Ref);
        await _store.StateIsWaiting.Task;
        catalog.Tell(new CatalogCommands.Restore(_client.PublicKey), TestActor);
        Assert.Equal(3, (await ExpectMsgAsync<LoadOutcome.Loaded>(cancellationToken: Cancellation)).Revision);

        gate.SetResult();
        await Task.Delay(Quiet, Cancellation);
        catalog.Tell(new CatalogSignals.LeaseWanted(42, 3), view.Ref);

        await view.FishForMessageAsync(message => message is CatalogSignals.LeaseGranted { Revision: 3 }, cancellationToken: Cancellation);
    }

    [Fact]
    public async Task A_node_that_knows_more_than_the_store_says_so_when_it_wants_its_lease()
    {
        var (catalog, view) = await StartCatalogAsync();

        catalog.Tell(new CatalogSignals.LeaseWanted(42, 5), view.Ref);

        await view.ExpectNoMsgAsync(Quiet, Cancellation);
        await RenewsNothingAsync(catalog, view);
    }

    [Fact]
    public async Task A_store_that_was_set_back_with_its_term_is_not_taken_up_again()
    {
        var (catalog, view) = await StartCatalogAsync();
        await RevokeAsync(catalog, view);
        await LoseRevisionAsync(2);
        await ExecuteAsync("UPDATE terms SET term = term - 1");
        catalog.Tell(new CatalogSignals.LeaseWanted(42, 2), view.Ref);

        // It looks for a sign of life of the other catalog that it takes this for, which takes a quarter of a minute, and then begins a term.
        await AwaitAssertAsync(async () => Assert.Equal(2, (await _store.ReadTermAsync(Cancellation)).Term), TimeSpan.FromSeconds(60), cancellationToken: Cancellation);

        await RenewsNothingAsync(catalog, view);
    }

    [Fact]
    public async Task A_command_that_comes_while_rows_are_sealed_anew_goes_before_the_next_rows()
    {
        using var next = KeyPair.Generate();
        using var seal = new StorageSeal(next);
        await _opened.DisposeAsync();
        _opened = await OpenedStore.OpenAsync(DataDirectory.Open(_directory), address: null, new ServerPublicKeys(next.PublicKey, _server), Cancellation);
        _store = new WatchedStore(_opened.Store);
        var gate = _store.HoldSealing();
        var (catalog, view) = await StartCatalogAsync(seal);
        await _store.SealIsWaiting.Task;
        catalog.Tell(new CatalogCommands.Revoke(_client.PublicKey), TestActor);
        await GrantAsync(catalog, view);
        await ExpectNoMsgAsync(Quiet, Cancellation);

        gate.SetResult();
        await view.FishForMessageAsync(message => message is CatalogSignals.RevisionMoved { Revision: 2 }, cancellationToken: Cancellation);
        catalog.Tell(new CatalogSignals.RevisionConfirmed(2), view.Ref);

        Assert.Equal(2, (await ExpectMsgAsync<LoadOutcome.Loaded>(cancellationToken: Cancellation)).Revision);
        await AwaitAssertAsync(async () => Assert.Equal([next.PublicKey], (await _store.ReadKeysAsync(Cancellation)).Keys), cancellationToken: Cancellation);
    }

    // The store has written it by then, and is away.
    private async Task RevokeWithoutAnswerAsync(IActorRef catalog)
    {
        _store.LosesAnswers = true;
        catalog.Tell(new CatalogCommands.Revoke(_client.PublicKey), TestActor);
        Assert.Contains("not known whether", (await ExpectMsgAsync<LoadOutcome.Refused>(cancellationToken: Cancellation)).Lines[0]);
    }

    private async Task RevokeAsync(IActorRef catalog, TestProbe view)
    {
        catalog.Tell(new CatalogCommands.Revoke(_client.PublicKey), TestActor);
        await view.FishForMessageAsync(message => message is CatalogSignals.RevisionMoved { Revision: 2 }, cancellationToken: Cancellation);
        catalog.Tell(new CatalogSignals.RevisionConfirmed(2), view.Ref);
        await ExpectMsgAsync<LoadOutcome.Loaded>(cancellationToken: Cancellation);
    }

    // What it was told before is past: a command that is refused comes after it has found out.
    private async Task RenewsNothingAsync(IActorRef catalog, TestProbe view)
    {
        await AwaitAssertAsync(
            async () =>
            {
                catalog.Tell(new CatalogCommands.Restore(_client.PublicKey), TestActor);
                Assert.Contains("was set back", (await ExpectMsgAsync<LoadOutcome.Refused>(cancellationToken: Cancellation)).Lines[0]);
            },
            cancellationToken: Cancellation);
        await Task.Delay(Quiet, Cancellation);
        while (view.HasMessages) await view.ReceiveOneAsync(TimeSpan.Zero, Cancellation);
        catalog.Tell(new CatalogSignals.LeaseWanted(42, 1), view.Ref);
        await view.ExpectNoMsgAsync(Quiet, Cancellation);
    }

    // The view asks for its lease in between.
    private async Task FishForKnownAsync(long round)
    {
        while (true)
        {
            if (await ReceiveOneAsync(TimeSpan.FromSeconds(30), Cancellation) is not CatalogSignals.TermKnown known) continue;
            Assert.Equal(round, known.Round);
            return;
        }
    }

    private IActorRef StartView(NodeLease lease, NodeView? view = null) =>
        Sys.ActorOf(NodeViewActor.Props(view ?? new NodeView(default, lease), lease, new OpenSessions(TimeProvider.System), _store, TestActor, NullLogger.Instance));

    // As a catalog in another process does, whose store is another object.
    private Task BeginLaterTermAsync() => ExecuteAsync("UPDATE terms SET term = term + 1");

    private Task LoseRevisionAsync(long revision) => ExecuteAsync($"DELETE FROM revisions WHERE revision = {revision}; DELETE FROM revocations WHERE revision = {revision}");

    private async Task ExecuteAsync(string sql)
    {
        await using var database = new SqliteConnection($"Data Source={Path.Combine(_directory, "coffer.db")}");
        await database.OpenAsync(Cancellation);
        await using var command = database.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync(Cancellation);
    }

    // Begun, which it has told the view.
    private async Task<(IActorRef Catalog, TestProbe View)> StartCatalogAsync(StorageSeal? seal = null)
    {
        var (catalog, view) = MakeCatalog(seal);
        await view.ExpectMsgAsync<CatalogSignals.RevisionMoved>(cancellationToken: Cancellation);
        return (catalog, view);
    }

    private (IActorRef Catalog, TestProbe View) MakeCatalog(StorageSeal? seal = null)
    {
        var view = CreateTestProbe(NodeViewActor.Name);
        var forward = Sys.ActorOf(Props.Create(() => new Forward(view.Ref)), NodeViewActor.Name);
        Assert.Equal($"/user/{NodeViewActor.Name}", forward.Path.ToStringWithoutAddress());
        var work = new CatalogWork(null!, null!, new Revocation(_store, TimeProvider.System), new KeyChange(_store, seal!, NullLogger<KeyChange>.Instance));
        var audit = AuditTrail.Open(new AuditTarget.Off(), isRequired: false, new AuditSettings(), "test", TimeProvider.System);
        return (Sys.ActorOf(CatalogActor.Props(work, _store, _view, audit, _clock, Settings, NullLogger.Instance)), view);
    }

    private static async Task GrantAsync(IActorRef catalog, TestProbe view)
    {
        catalog.Tell(new CatalogSignals.LeaseWanted(0, 1), view.Ref);
        await view.FishForMessageAsync(message => message is CatalogSignals.LeaseGranted, cancellationToken: Cancellation);
    }

    private static StoredRevision Revision(long number) =>
        new(number, RevisionKind.Load, number, null, null, null, DateTimeOffset.UnixEpoch, null, null, Clients: 1, Added: 1, Changed: 0, Removed: 0);

    /// <summary>Stands where the catalog looks for the node's view. Passes the first revision on once: a member that comes up is told of it as well.</summary>
    private sealed class Forward(IActorRef to) : UntypedActor
    {
        private bool _isBegun;

        protected override void OnReceive(object message)
        {
            if (message is CatalogSignals.RevisionMoved { Revision: 1 } && _isBegun) return;
            _isBegun = true;
            to.Forward(message);
        }
    }
}
