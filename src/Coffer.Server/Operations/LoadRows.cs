using Coffer.Operations.Rows;
using Coffer.Server.Catalog;

namespace Coffer.Server.Operations;

/// <summary>What makes another definition count, and the comparison before it, as operators are shown them.</summary>
internal static class LoadRows
{
    /// <param name="comparison">The comparison.</param>
    /// <param name="done">The row's step where it turned out that a new revision counts.</param>
    /// <exception cref="Coffer.Operations.OperationException">It was refused.</exception>
    internal static IEnumerable<LoadRow> Of(DefinitionComparison comparison, string done)
    {
        if (comparison is DefinitionComparison.NotLoadable { Outcome: var outcome }) return [Of(outcome, done)];
        var compared = (DefinitionComparison.Compared)comparison;
        return compared.Changes.Select(change => new LoadRow(LoadRow.ChangeStep, change.ToString()))
            .Append(Of(LoadRow.ComparedStep, compared.Revision, compared.Counts.Added + compared.Counts.Changed + compared.Counts.Unchanged, compared.Counts) with { File = compared.File });
    }

    /// <param name="outcome">How it ended.</param>
    /// <param name="done">The row's step where a new revision counts.</param>
    /// <exception cref="Coffer.Operations.OperationException">It was refused.</exception>
    internal static LoadRow Of(LoadOutcome outcome, string done) => outcome switch
    {
        LoadOutcome.Loaded loaded => Of(done, loaded.Revision, loaded.Clients, loaded.Counts),
        LoadOutcome.Unchanged unchanged => new LoadRow(LoadRow.UnchangedStep, Revision: unchanged.Revision),
        LoadOutcome.Refused refused => throw CatalogRefusal.ToException(refused),
        _ => throw new InvalidOperationException($"no outcome is called {outcome.GetType()}"),
    };

    private static LoadRow Of(string step, long revision, int clients, LoadCounts counts) => new(step, null, revision, clients, counts.Added, counts.Changed, counts.Removed, counts.Unchanged);
}
