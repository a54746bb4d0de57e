using Akka.Actor;
using Coffer.Server.Catalog;
using Coffer.Tests.Shared;

namespace Coffer.Server.Tests.Catalog;

/// <summary>A definition on its way to the catalog.</summary>
[Takes(seconds: 10)]
public sealed class UploadSpecs : CatalogSpecs
{
    [Fact]
    public async Task A_load_whose_rest_does_not_arrive_is_refused_and_the_next_command_has_its_turn()
    {
        var (catalog, view) = await StartCatalogAsync();
        var upload = CreateTestProbe();
        catalog.Tell(new CatalogCommands.LoadDefinition(upload.Ref, "definition.coffer", AllowRollback: false, Expected: null, IsPatient: false), TestActor);
        await upload.ExpectMsgAsync(new DefinitionUpload.ReadPart(0), cancellationToken: Cancellation);
        upload.Reply(new DefinitionUpload.Part(100, new byte[40]));
        await upload.ExpectMsgAsync(new DefinitionUpload.ReadPart(40), cancellationToken: Cancellation);

        // It is waited for ten seconds.
        var refused = await ExpectMsgAsync<LoadOutcome.Refused>(TimeSpan.FromMinutes(1), cancellationToken: Cancellation);

        Assert.Equal((LoadRefusal.Busy, "nothing was written: the rest of the definition did not arrive"), (refused.Cause, Assert.Single(refused.Lines)));
        await RevokeAsync(catalog, view);
    }
}
