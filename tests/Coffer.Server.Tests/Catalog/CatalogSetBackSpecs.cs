using Akka.Actor;
using Akka.TestKit;
using Coffer.Crypto.Keys;
using Coffer.Server.Catalog;
using Coffer.Server.Storage;

namespace Coffer.Server.Tests.Catalog;

/// <summary>A store that has lost revisions which were acknowledged: nothing is written or served on it.</summary>
public sealed class CatalogSetBackSpecs : CatalogSpecs
{
    [Fact]
    public async Task Neither_writes_nor_renews_leases_on_a_store_that_has_lost_what_was_acknowledged()
    {
        var (catalog, view) = await StartCatalogAsync();
        await RevokeAsync(catalog, view);
        await LoseRevisionAsync(2);

        catalog.Tell(new CatalogCommands.Restore(Client.PublicKey), TestActor);

        Assert.Equal("the store was set back: it holds revision 1, and revision 2 counted", Assert.Single((await ExpectMsgAsync<LoadOutcome.Refused>(cancellationToken: Cancellation)).Lines));
        Assert.Equal(1, (await Store.ReadStateAsync(Cancellation)).Revision);
        await RenewsNothingAsync(catalog, view);
    }

    [Fact]
    public async Task Goes_on_once_the_store_has_it_again()
    {
        var (catalog, view) = await StartCatalogAsync();
        await RevokeAsync(catalog, view);
        await LoseRevisionAsync(2);
        catalog.Tell(new CatalogCommands.Restore(Client.PublicKey), TestActor);
        await ExpectMsgAsync<LoadOutcome.Refused>(cancellationToken: Cancellation);
        await RenewsNothingAsync(catalog, view);

        await Opened.Store.TrySetRevokedAsync(Revision(2) with { Kind = RevisionKind.Revoke, Subject = Client.PublicKey }, Client.PublicKey, isRevoked: true, Cancellation);

        await view.FishForMessageAsync(message => message is CatalogSignals.RevisionMoved { Revision: 2 }, cancellationToken: Cancellation);
        catalog.Tell(new CatalogSignals.LeaseWanted(43, 1), view.Ref);
        await view.FishForMessageAsync(message => message is CatalogSignals.LeaseGranted { Revision: 2 }, cancellationToken: Cancellation);
    }

    [Fact]
    public async Task A_later_term_learns_from_the_nodes_that_the_store_was_set_back()
    {
        var (catalog, view) = await StartCatalogAsync();
        await GrantAsync(catalog, view);
        catalog.Tell(new CatalogCommands.Revoke(Client.PublicKey), TestActor);
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
        catalog.Tell(new CatalogCommands.Restore(Client.PublicKey), TestActor);
        Assert.Contains("the store was set back", (await ExpectMsgAsync<LoadOutcome.Refused>(cancellationToken: Cancellation)).Lines[0]);
    }

    [Fact]
    public async Task A_command_under_which_the_store_is_set_back_gives_no_number_a_second_time()
    {
        var (catalog, view) = await StartCatalogAsync();
        await RevokeAsync(catalog, view);
        using var other = KeyPair.Generate();
        var gate = Store.HoldNextState();
        catalog.Tell(new CatalogCommands.Revoke(other.PublicKey), TestActor);
        await Store.StateIsWaiting.Task;
        await LoseRevisionAsync(2);

        gate.SetResult();

        await ExpectMsgAsync<LoadOutcome.Refused>(cancellationToken: Cancellation);
        Assert.Equal(1, (await Store.ReadStateAsync(Cancellation)).Revision);
        await RenewsNothingAsync(catalog, view);
    }

    [Fact]
    public async Task A_catalog_knows_what_its_node_knows()
    {
        View.Move(5, hasDefinition: true, KnownClients.None);
        var (catalog, view) = MakeCatalog();

        catalog.Tell(new CatalogCommands.Revoke(Client.PublicKey), TestActor);

        Assert.Equal("the store was set back: it holds revision 1, and revision 5 counted", Assert.Single((await ExpectMsgAsync<LoadOutcome.Refused>(cancellationToken: Cancellation)).Lines));
        Assert.Equal(1, (await Store.ReadStateAsync(Cancellation)).Revision);
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

        await Opened.Store.TrySetRevokedAsync(Revision(2) with { Kind = RevisionKind.Revoke, Subject = Client.PublicKey }, Client.PublicKey, isRevoked: true, Cancellation);

        await RenewsNothingAsync(catalog, view);
        catalog.Tell(new CatalogCommands.Restore(Client.PublicKey), TestActor);
        Assert.Contains("revision 3 counted", (await ExpectMsgAsync<LoadOutcome.Refused>(cancellationToken: Cancellation)).Lines[0]);
    }

    [Fact]
    public async Task A_look_at_the_store_that_was_overtaken_by_a_command_shows_no_loss()
    {
        var (catalog, view) = await StartCatalogAsync();
        await Opened.Store.TrySetRevokedAsync(Revision(2) with { Kind = RevisionKind.Revoke, Subject = Client.PublicKey }, Client.PublicKey, isRevoked: true, Cancellation);
        var gate = Store.HoldNextState();
        catalog.Tell(new CatalogSignals.RevisionConfirmed(2), view.Ref);
        await Store.StateIsWaiting.Task;
        catalog.Tell(new CatalogCommands.Restore(Client.PublicKey), TestActor);
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
        await AwaitAssertAsync(async () => Assert.Equal(2, (await Store.ReadTermAsync(Cancellation)).Term), TimeSpan.FromSeconds(60), cancellationToken: Cancellation);

        await RenewsNothingAsync(catalog, view);
    }

    // What it was told before is past: a command that is refused comes after it has found out.
    private async Task RenewsNothingAsync(IActorRef catalog, TestProbe view)
    {
        await AwaitAssertAsync(
            async () =>
            {
                catalog.Tell(new CatalogCommands.Restore(Client.PublicKey), TestActor);
                Assert.Contains("was set back", (await ExpectMsgAsync<LoadOutcome.Refused>(cancellationToken: Cancellation)).Lines[0]);
            },
            cancellationToken: Cancellation);
        await Task.Delay(Quiet, Cancellation);
        while (view.HasMessages) await view.ReceiveOneAsync(TimeSpan.Zero, Cancellation);
        catalog.Tell(new CatalogSignals.LeaseWanted(42, 1), view.Ref);
        await view.ExpectNoMsgAsync(Quiet, Cancellation);
    }

    private Task LoseRevisionAsync(long revision) => ExecuteAsync($"DELETE FROM revisions WHERE revision = {revision}; DELETE FROM revocations WHERE revision = {revision}");
}
