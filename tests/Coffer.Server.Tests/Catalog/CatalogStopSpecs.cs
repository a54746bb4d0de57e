using Akka.Actor;
using Coffer.Server.Catalog;
using Coffer.Server.Tests.Audit;

namespace Coffer.Server.Tests.Catalog;

/// <summary>What a catalog that is stopped, with its node or for another one, leaves in the audit trail.</summary>
public sealed class CatalogStopSpecs : CatalogSpecs
{
    [Fact]
    public async Task Says_of_a_revision_that_may_not_be_everywhere_that_it_is_written_and_was_not_answered()
    {
        var (catalog, view) = await StartCatalogAsync();
        await GrantAsync(catalog, view);
        catalog.Tell(new CatalogCommands.Revoke(Client.PublicKey, "client"), TestActor);
        await view.FishForMessageAsync(message => message is CatalogSignals.RevisionMoved { Revision: 2 }, cancellationToken: Cancellation);

        var line = Assert.Single(await StopAsync(catalog));

        Assert.Equal(("revoke", "client", "unanswered", "2"), (Trail.Field(line, "event"), Trail.Field(line, "client"), Trail.Field(line, "outcome"), Trail.Field(line, "revision")));
    }

    [Fact]
    public async Task Says_of_a_command_that_it_was_at_that_this_was_not_answered()
    {
        var (catalog, _) = await StartCatalogAsync();
        var upload = CreateTestProbe();
        catalog.Tell(new CatalogCommands.LoadDefinition(upload.Ref, "definition.coffer", AllowRollback: false, Expected: null, IsPatient: false), TestActor);
        await upload.ExpectMsgAsync<DefinitionUpload.ReadPart>(cancellationToken: Cancellation);

        var line = Assert.Single(await StopAsync(catalog));

        Assert.Equal(("load", "definition.coffer", "unanswered", null), (Trail.Field(line, "event"), Trail.Field(line, "file"), Trail.Field(line, "outcome"), Trail.Field(line, "revision")));
    }

    [Fact]
    public async Task Says_of_a_command_that_it_has_kept_that_this_was_not_answered_either()
    {
        var (catalog, view) = await StartCatalogAsync();
        await GrantAsync(catalog, view);
        catalog.Tell(new CatalogCommands.Revoke(Client.PublicKey), TestActor);
        catalog.Tell(new CatalogCommands.LoadDefinition(TestActor, "kept.coffer", AllowRollback: false, Expected: null, IsPatient: true), view.Ref);
        await view.FishForMessageAsync(message => message is CatalogSignals.RevisionMoved { Revision: 2 }, cancellationToken: Cancellation);
        catalog.Tell(CatalogSignals.ProgressAsked.Instance, view.Ref);
        await view.FishForMessageAsync(message => message is CatalogSignals.ProgressTold { IsUnderWay: true }, cancellationToken: Cancellation);

        var lines = await StopAsync(catalog);

        Assert.Equal([("load", "unanswered", null), ("revoke", "unanswered", "2")], lines.Select(line => (Trail.Field(line, "event"), Trail.Field(line, "outcome"), Trail.Field(line, "revision"))).Order());
    }

    [Fact]
    public async Task Has_one_line_of_a_command_that_it_has_answered()
    {
        var (catalog, view) = await StartCatalogAsync();
        await GrantAsync(catalog, view);
        await RevokeAsync(catalog, view);

        var line = Assert.Single(await StopAsync(catalog));

        Assert.Equal(("done", "2"), (Trail.Field(line, "outcome"), Trail.Field(line, "revision")));
    }
}
