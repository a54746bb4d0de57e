using Coffer.Operations;
using Coffer.Operations.Palettes;
using Coffer.Server.Catalog;
using Coffer.Server.Storage;

namespace Coffer.Server.Operations;

/// <summary>The comparison that a load or a rollback begins with: where it ends that, it counts as what was wanted.</summary>
internal static class Beforehand
{
    /// <exception cref="OperationException"><paramref name="beforehand"/> is said of what is no comparison.</exception>
    internal static void Check(OperationCall call, OperationArgument beforehand)
    {
        if (call.Flag(beforehand) && !call.Flag(CofferPalette.DryRun))
            throw new OperationException(OperationFault.Usage, $"{beforehand.Name}: is of a dry run, and dry-run is not said", "say dry-run=true as well, or leave it out");
    }

    /// <summary>Compares; a store that fails refuses, as it would what was wanted.</summary>
    internal static async Task<DefinitionComparison> CompareAsync(Func<Task<DefinitionComparison>> compare)
    {
        try
        {
            return await compare().ConfigureAwait(false);
        }
        catch (StoreException e)
        {
            return new DefinitionComparison.NotLoadable(CatalogWork.Refusal(e.Message));
        }
    }
}
