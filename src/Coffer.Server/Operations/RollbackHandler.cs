using System.Runtime.CompilerServices;
using Coffer.Operations;
using Coffer.Operations.Palettes;
using Coffer.Operations.Rows;
using Coffer.Server.Audit;
using Coffer.Server.Catalog;

namespace Coffer.Server.Operations;

/// <summary>Answers <c>coffer rollback</c>: compares, or has the content of an earlier revision count again.</summary>
internal sealed class RollbackHandler(Comparisons comparisons, OwnDefinition ownDefinition, StartedNode node, AuditTrail audit)
{
    internal void AddTo(OperationHandlers handlers) => handlers.Handle(CofferPalette.Rollback, RollBackAsync);

    private async IAsyncEnumerable<LoadRow> RollBackAsync(OperationCall call, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var isBefore = call.Flag(CofferPalette.BeforeRollback);
        Beforehand.Check(call, CofferPalette.BeforeRollback);
        var command = new CatalogCommands.RollBack(call.Number(CofferPalette.Revision)!.Value, call.Number(CofferPalette.Expect));
        if (!call.Flag(CofferPalette.DryRun))
        {
            var outcome = await node.Get<CatalogClient>().AskAsync(command, cancellation).ConfigureAwait(false);
            // Whatever that takes, what is done is told before.
            var judging = outcome is LoadOutcome.Loaded ? ownDefinition.JudgeAsync() : Task.CompletedTask;
            yield return LoadRows.Of(outcome, LoadRow.RolledBackStep);
            await judging.WaitAsync(cancellation).ConfigureAwait(false);
            yield break;
        }
        var comparison = await (isBefore ? Beforehand.CompareAsync(CompareAsync) : CompareAsync()).ConfigureAwait(false);
        if (isBefore && comparison is DefinitionComparison.NotLoadable ended) comparison = new DefinitionComparison.NotLoadable(await EndAsync(command, ended.Outcome, cancellation).ConfigureAwait(false));
        foreach (var row in LoadRows.Of(comparison, LoadRow.RolledBackStep)) yield return row;

        Task<DefinitionComparison> CompareAsync() => comparisons.OfRollbackAsync(command.Revision, cancellation);
    }

    // A rollback that would be refused as the comparison is, is never asked for; that it was wanted is not to be lost.
    private async Task<LoadOutcome> EndAsync(CatalogCommands.RollBack command, LoadOutcome outcome, CancellationToken cancellation)
    {
        // The store has it; whether every node does is the catalog's to say.
        if (outcome is LoadOutcome.Unchanged unchanged) return await node.Get<CatalogClient>().AskAsync(command with { Expected = unchanged.Revision }, cancellation).ConfigureAwait(false);
        audit.Changed(command, outcome);
        return outcome;
    }
}
