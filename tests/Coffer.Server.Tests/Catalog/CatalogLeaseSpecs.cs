using Akka.Actor;
using Akka.TestKit;
using Coffer.Crypto.Keys;
using Coffer.Crypto.Sealing;
using Coffer.Server.Catalog;
using Coffer.Server.Sessions;
using Coffer.Server.Storage;
using Coffer.Tests.Shared;
using Microsoft.Extensions.Logging.Abstractions;

namespace Coffer.Server.Tests.Catalog;

/// <summary>Terms, leases and acknowledgements, of the catalog and of the view that asks for a lease.</summary>
[Takes(seconds: 40)]
public sealed class CatalogLeaseSpecs : CatalogSpecs
{
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
        catalog.Tell(new CatalogCommands.Revoke(Client.PublicKey), TestActor);
        Assert.Equal(2, (await view.ExpectMsgAsync<CatalogSignals.RevisionMoved>(cancellationToken: Cancellation)).Revision);
        await ExpectNoMsgAsync(Quiet, Cancellation);

        catalog.Tell(new CatalogSignals.RevisionConfirmed(2), view.Ref);

        Assert.Equal(2, (await ExpectMsgAsync<LoadOutcome.Loaded>(cancellationToken: Cancellation)).Revision);
    }

    [Fact]
    public async Task Says_whose_answer_is_still_to_come()
    {
        var (catalog, view) = await StartCatalogAsync();
        await GrantAsync(catalog, view);
        var (patient, stranger) = (CreateTestProbe(), CreateTestProbe());
        catalog.Tell(new CatalogCommands.Revoke(Client.PublicKey), TestActor);
        catalog.Tell(new CatalogCommands.LoadDefinition(TestActor, "kept", AllowRollback: false, Expected: null, IsPatient: true), patient.Ref);
        await view.ExpectMsgAsync<CatalogSignals.RevisionMoved>(cancellationToken: Cancellation);

        foreach (var asker in new[] { TestActor, patient.Ref, stranger.Ref }) catalog.Tell(CatalogSignals.ProgressAsked.Instance, asker);

        Assert.True((await ExpectMsgAsync<CatalogSignals.ProgressTold>(cancellationToken: Cancellation)).IsUnderWay);
        Assert.True((await patient.ExpectMsgAsync<CatalogSignals.ProgressTold>(cancellationToken: Cancellation)).IsUnderWay);
        Assert.False((await stranger.ExpectMsgAsync<CatalogSignals.ProgressTold>(cancellationToken: Cancellation)).IsUnderWay);
        catalog.Tell(new CatalogSignals.RevisionConfirmed(2), view.Ref);
        await ExpectMsgAsync<LoadOutcome.Loaded>(cancellationToken: Cancellation);
        catalog.Tell(CatalogSignals.ProgressAsked.Instance, TestActor);
        Assert.False((await FishForMessageAsync<CatalogSignals.ProgressTold>(_ => true, cancellationToken: Cancellation)).IsUnderWay);
    }

    [Fact]
    public async Task Acknowledges_a_revision_once_the_lease_of_a_silent_holder_has_run_out()
    {
        var (catalog, view) = await StartCatalogAsync();
        await GrantAsync(catalog, view);
        catalog.Tell(new CatalogCommands.Revoke(Client.PublicKey), TestActor);
        Clock.Now += TimeSpan.FromSeconds(9.9);

        // It is told again and again, which makes the catalog look at the clock.
        await view.ExpectMsgAsync<CatalogSignals.RevisionMoved>(cancellationToken: Cancellation);
        await view.ExpectMsgAsync<CatalogSignals.RevisionMoved>(cancellationToken: Cancellation);
        await ExpectNoMsgAsync(Quiet, Cancellation);
        Clock.Now += TimeSpan.FromSeconds(0.2);

        Assert.Equal(2, (await ExpectMsgAsync<LoadOutcome.Loaded>(cancellationToken: Cancellation)).Revision);
    }

    [Fact]
    public async Task A_later_term_acknowledges_nothing_before_leases_of_the_one_before_have_run_out()
    {
        await Store.BeginTermAsync(Cancellation);
        var (catalog, view) = await StartCatalogAsync();
        catalog.Tell(new CatalogCommands.Revoke(Client.PublicKey), TestActor);
        await view.ExpectMsgAsync<CatalogSignals.RevisionMoved>(cancellationToken: Cancellation);
        await ExpectNoMsgAsync(Quiet, Cancellation);

        Clock.Now += TimeSpan.FromSeconds(10.1);

        Assert.Equal(2, (await ExpectMsgAsync<LoadOutcome.Loaded>(cancellationToken: Cancellation)).Revision);
    }

    [Fact]
    public async Task A_later_term_does_not_say_that_something_counts_already_before_leases_of_the_one_before_have_run_out()
    {
        await Store.TrySetRevokedAsync(Revision(2) with { Kind = RevisionKind.Revoke, Subject = Client.PublicKey }, Client.PublicKey, isRevoked: true, Cancellation);
        await Store.BeginTermAsync(Cancellation);
        var (catalog, _) = await StartCatalogAsync();
        catalog.Tell(new CatalogCommands.Revoke(Client.PublicKey), TestActor);
        await ExpectNoMsgAsync(Quiet, Cancellation);

        Clock.Now += TimeSpan.FromSeconds(10.1);

        Assert.Equal(2, (await ExpectMsgAsync<LoadOutcome.Unchanged>(cancellationToken: Cancellation)).Revision);
    }

    [Fact]
    public async Task Says_at_once_that_something_counts_already_of_what_it_has_acknowledged()
    {
        var (catalog, view) = await StartCatalogAsync();
        await GrantAsync(catalog, view);
        await RevokeAsync(catalog, view);

        catalog.Tell(new CatalogCommands.Revoke(Client.PublicKey), TestActor);

        Assert.Equal(2, (await ExpectMsgAsync<LoadOutcome.Unchanged>(cancellationToken: Cancellation)).Revision);
    }

    [Fact]
    public async Task Tells_of_a_revision_that_the_store_has_written_without_saying_so()
    {
        var (catalog, view) = await StartCatalogAsync();
        await GrantAsync(catalog, view);
        await RevokeWithoutAnswerAsync(catalog);

        Store.IsAway = false;

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
        Store.IsAway = false;
        await view.FishForMessageAsync(message => message is CatalogSignals.RevisionMoved { Revision: 2 }, cancellationToken: Cancellation);
        catalog.Tell(new CatalogCommands.Revoke(Client.PublicKey), TestActor);
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
        catalog.Tell(new CatalogCommands.Restore(Client.PublicKey), TestActor);
        Assert.Contains("nothing was written: ", (await ExpectMsgAsync<LoadOutcome.Refused>(cancellationToken: Cancellation)).Lines[0]);
        catalog.Tell(new CatalogSignals.LeaseWanted(42, 1), view.Ref);
        catalog.Tell(new CatalogSignals.TermKnown((await view.ExpectMsgAsync<CatalogSignals.TermAsked>(cancellationToken: Cancellation)).Round), view.Ref);
        await view.ExpectMsgAsync(new CatalogSignals.LeaseGranted(42, 1, 1), cancellationToken: Cancellation);
        Store.IsAway = false;
        await view.FishForMessageAsync(message => message is CatalogSignals.RevisionMoved { Revision: 2 }, cancellationToken: Cancellation);
        catalog.Tell(new CatalogSignals.LeaseWanted(43, 2), view.Ref);

        await view.FishForMessageAsync(message => message is CatalogSignals.LeaseGranted { Term: 2, Revision: 2 }, cancellationToken: Cancellation);
        Assert.Equal(2, (await Store.ReadTermAsync(Cancellation)).Term);
    }

    [Fact]
    public async Task Refuses_commands_while_it_cannot_begin_and_does_none_of_them_later()
    {
        Store.IsAway = true;
        var (catalog, view) = MakeCatalog();

        await AwaitAssertAsync(
            async () =>
            {
                catalog.Tell(new CatalogCommands.Revoke(Client.PublicKey), TestActor);
                Assert.StartsWith("nothing was written: ", (await ExpectMsgAsync<LoadOutcome.Refused>(cancellationToken: Cancellation)).Lines[0], StringComparison.Ordinal);
            },
            cancellationToken: Cancellation);
        Store.IsAway = false;

        Assert.Equal(1, (await view.ExpectMsgAsync<CatalogSignals.RevisionMoved>(cancellationToken: Cancellation)).Revision);
        await ExpectNoMsgAsync(Quiet, Cancellation);
        Assert.Equal(1, (await Store.ReadStateAsync(Cancellation)).Revision);
    }

    [Fact]
    public async Task Renews_leases_while_the_store_is_away_as_long_as_most_nodes_know_of_no_later_term()
    {
        var (catalog, view) = await StartCatalogAsync();
        Store.IsAway = true;
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
        Store.IsAway = true;
        catalog.Tell(new CatalogSignals.LeaseWanted(42, 1), view.Ref);
        await view.ExpectMsgAsync<CatalogSignals.TermAsked>(cancellationToken: Cancellation);
        catalog.Tell(new CatalogSignals.LeaseWanted(43, 1), view.Ref);

        // The first proof has failed by the time that the second one begins.
        await view.ExpectMsgAsync<CatalogSignals.TermAsked>(cancellationToken: Cancellation);
        Store.IsAway = false;
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

        catalog.Tell(new CatalogCommands.Revoke(Client.PublicKey), TestActor);

        Assert.Equal(LoadRefusal.Busy, (await ExpectMsgAsync<LoadOutcome.Refused>(cancellationToken: Cancellation)).Cause);
        Assert.Equal(1, (await Store.ReadStateAsync(Cancellation)).Revision);
    }

    [Fact]
    public async Task A_view_asks_for_its_lease_and_holds_it_once_it_is_of_the_revision_that_it_was_granted_with()
    {
        var lease = new NodeLease(Clock, new LeaseSettings(TimeSpan.FromSeconds(10), TimeSpan.FromMilliseconds(100)));
        var node = StartView(lease);
        var wanted = await ExpectMsgAsync<CatalogSignals.LeaseWanted>(cancellationToken: Cancellation);
        Store.IsAway = true;
        node.Tell(new CatalogSignals.LeaseGranted(wanted.Asked, 1, 2), TestActor);
        await ExpectMsgAsync<CatalogSignals.LeaseWanted>(cancellationToken: Cancellation);
        await ExpectMsgAsync<CatalogSignals.LeaseWanted>(cancellationToken: Cancellation);
        Assert.False(lease.IsHeld);

        await Opened.Store.TrySetRevokedAsync(Revision(2) with { Kind = RevisionKind.Revoke, Subject = Client.PublicKey }, Client.PublicKey, isRevoked: true, Cancellation);
        Store.IsAway = false;

        await AwaitAssertAsync(() => Assert.True(lease.IsHeld), cancellationToken: Cancellation);
    }

    [Fact]
    public async Task A_view_that_is_kept_up_by_another_actor_goes_on_from_where_it_is()
    {
        var lease = new NodeLease(Clock, Settings);
        var view = new NodeView(default, lease);
        var first = StartView(lease, view);
        await AwaitAssertAsync(() => Assert.Equal(1, view.Revision), cancellationToken: Cancellation);
        await first.GracefulStop(TimeSpan.FromSeconds(30));
        using var other = KeyPair.Generate();
        await Store.TryWriteAsync(Revision(2), [new RowChange.Put(other.PublicKey, "other", new byte[16], new(2, new byte[40]))], keep: 20, Cancellation);

        StartView(lease, view);

        await AwaitAssertAsync(() => Assert.Equal(2, view.Revision), cancellationToken: Cancellation);
        Assert.Equal((1, 2), (view.Find(Client.PublicKey), view.Find(other.PublicKey)));
    }

    [Fact]
    public async Task A_view_that_is_behind_what_is_kept_forgets_who_was_taken_out_meanwhile()
    {
        var view = new NodeView(default, new NodeLease(Clock, Settings));
        var actor = StartView(new NodeLease(Clock, Settings), view);
        await AwaitAssertAsync(() => Assert.Equal((1, 1), (view.Revision, view.Count)), cancellationToken: Cancellation);
        using var other = KeyPair.Generate();
        await Store.TryWriteAsync(Revision(2), [new RowChange.Remove(Client.PublicKey), new RowChange.Put(other.PublicKey, "other", new byte[16], new(2, new byte[40]))], keep: 1, Cancellation);
        for (var number = 3; number <= 4; number++) await Store.TryWriteAsync(Revision(number), [], keep: 1, Cancellation);

        actor.Tell(new CatalogSignals.RevisionMoved(4), TestActor);

        await FishForMessageAsync(message => message is CatalogSignals.RevisionConfirmed { Revision: 4 }, cancellationToken: Cancellation);
        Assert.Equal((null, 2L, 1), (view.Find(Client.PublicKey), view.Find(other.PublicKey), view.Count));
    }

    [Fact]
    public async Task A_view_reads_again_on_another_connection_where_the_store_says_nothing()
    {
        var view = new NodeView(default, new NodeLease(Clock, Settings));
        var actor = StartView(new NodeLease(Clock, Settings), view);
        await AwaitAssertAsync(() => Assert.Equal(1, view.Revision), cancellationToken: Cancellation);
        await Store.TryWriteAsync(Revision(2), [], keep: 20, Cancellation);
        Store.LosesNextChanges = true;

        actor.Tell(new CatalogSignals.RevisionMoved(2), TestActor);

        // It gives the store ten seconds.
        await FishForMessageAsync(message => message is CatalogSignals.RevisionConfirmed { Revision: 2 }, TimeSpan.FromSeconds(60), cancellationToken: Cancellation);
    }

    [Fact]
    public async Task A_view_knows_a_term_unless_it_knows_of_a_later_one()
    {
        var node = StartView(new NodeLease(Clock, Settings));
        await ExpectMsgAsync<CatalogSignals.LeaseWanted>(cancellationToken: Cancellation);
        node.Tell(new CatalogSignals.TermAsked(3, 1), TestActor);
        await FishForKnownAsync(round: 1);
        node.Tell(new CatalogSignals.LeaseGranted(0, 5, 1), TestActor);

        node.Tell(new CatalogSignals.TermAsked(4, 2), TestActor);
        node.Tell(new CatalogSignals.TermAsked(5, 3), TestActor);

        await FishForKnownAsync(round: 3);
    }

    [Fact]
    public async Task A_transaction_that_may_be_open_is_ended_by_a_new_term()
    {
        var (catalog, _) = await StartCatalogAsync();
        Store.LeavesNextOpen = true;

        catalog.Tell(new CatalogCommands.Revoke(Client.PublicKey), TestActor);

        Assert.Equal("nothing was written: away", Assert.Single((await ExpectMsgAsync<LoadOutcome.Refused>(cancellationToken: Cancellation)).Lines));
        await AwaitAssertAsync(async () => Assert.Equal(2, (await Store.ReadTermAsync(Cancellation)).Term), cancellationToken: Cancellation);
        await AwaitAssertAsync(async () =>
        {
            catalog.Tell(new CatalogCommands.Revoke(Client.PublicKey), TestActor);
            Assert.IsType<LoadOutcome.Loaded>(await ExpectMsgAsync<LoadOutcome>(cancellationToken: Cancellation));
        }, cancellationToken: Cancellation);
    }

    [Fact]
    public async Task A_catalog_whose_command_was_ended_by_a_successor_takes_nothing_back_from_it()
    {
        var (catalog, _) = await StartCatalogAsync();
        Store.LeavesNextOpen = true;
        await BeginLaterTermAsync();

        catalog.Tell(new CatalogCommands.Revoke(Client.PublicKey), TestActor);
        await ExpectMsgAsync<LoadOutcome.Refused>(cancellationToken: Cancellation);

        await AwaitAssertAsync(async () =>
        {
            catalog.Tell(new CatalogCommands.Revoke(Client.PublicKey), TestActor);
            Assert.Equal("another catalog has taken over the database", (await ExpectMsgAsync<LoadOutcome.Refused>(cancellationToken: Cancellation)).Lines[0]);
        }, cancellationToken: Cancellation);
        Assert.Equal(2, (await Store.ReadTermAsync(Cancellation)).Term);
    }

    [Fact]
    public async Task A_command_that_comes_while_rows_are_sealed_anew_goes_before_the_next_rows()
    {
        using var next = KeyPair.Generate();
        using var seal = new StorageSeal(next);
        await ReopenAsync(next.PublicKey);
        var gate = Store.HoldSealing();
        var (catalog, view) = await StartCatalogAsync(seal);
        await Store.SealIsWaiting.Task;
        catalog.Tell(new CatalogCommands.Revoke(Client.PublicKey), TestActor);
        await GrantAsync(catalog, view);
        await ExpectNoMsgAsync(Quiet, Cancellation);

        gate.SetResult();
        await view.FishForMessageAsync(message => message is CatalogSignals.RevisionMoved { Revision: 2 }, cancellationToken: Cancellation);
        catalog.Tell(new CatalogSignals.RevisionConfirmed(2), view.Ref);

        Assert.Equal(2, (await ExpectMsgAsync<LoadOutcome.Loaded>(cancellationToken: Cancellation)).Revision);
        await AwaitAssertAsync(async () => Assert.Equal([next.PublicKey], (await Store.ReadKeysAsync(Cancellation)).Keys), cancellationToken: Cancellation);
    }

    // The store has written it by then, and is away.
    private async Task RevokeWithoutAnswerAsync(IActorRef catalog)
    {
        Store.LosesAnswers = true;
        catalog.Tell(new CatalogCommands.Revoke(Client.PublicKey), TestActor);
        Assert.Contains("not known whether", (await ExpectMsgAsync<LoadOutcome.Refused>(cancellationToken: Cancellation)).Lines[0]);
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
        Sys.ActorOf(NodeViewActor.Props(view ?? new NodeView(default, lease), lease, new OpenSessions(TimeProvider.System), Store, TestActor, NullLogger.Instance));

    // As a catalog in another process does, whose store is another object.
    private Task BeginLaterTermAsync() => ExecuteAsync("UPDATE terms SET term = term + 1");
}
