using System.Runtime.CompilerServices;
using Coffer.Operations;
using Coffer.Operations.Palettes;
using Coffer.Operations.Rows;
using Coffer.Server.Catalog;
using Coffer.Server.Hosting;

namespace Coffer.Server.Operations;

/// <summary>Answers <c>coffer load</c>: compares, loads what is sent, or reads the server's own file again.</summary>
internal sealed class LoadHandler(DefinitionLoader loader, StartedNode node)
{
    private const string DefaultName = "the definition";

    internal void AddTo(OperationHandlers handlers) => handlers.Handle(CofferPalette.Load, LoadAsync);

    private async IAsyncEnumerable<LoadRow> LoadAsync(OperationCall call, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var own = node.Get<DefinitionFile>();
        var allowRollback = call.Flag(CofferPalette.AllowRollback);
        var expected = call.Number(CofferPalette.Expect);
        if (call.Flag(CofferPalette.DryRun))
        {
            var (file, name) = call.File is null ? await ReadOwnAsync(own).ConfigureAwait(false) : (await ReadAsync(call.File, cancellation).ConfigureAwait(false), NameOf(call));
            foreach (var row in Rows(await loader.CompareAsync(file, name, allowRollback).ConfigureAwait(false))) yield return row;
        }
        else if (call.File is null)
        {
            yield return Row(await own.LoadAsync(allowRollback, expected, cancellation).ConfigureAwait(false));
        }
        else
        {
            var file = await ReadAsync(call.File, cancellation).ConfigureAwait(false);
            var outcome = await node.Get<CatalogClient>().LoadAsync(file, NameOf(call), allowRollback, expected, cancellation: cancellation).ConfigureAwait(false);
            if (outcome is LoadOutcome.Loaded) own.Superseded();
            yield return Row(outcome);
        }
    }

    private static string NameOf(OperationCall call) => call.Text(CofferPalette.FileName) ?? DefaultName;

    private static async Task<(ReadOnlyMemory<byte> File, string Name)> ReadOwnAsync(DefinitionFile own)
    {
        var (bytes, problem) = await own.ReadAsync().ConfigureAwait(false);
        return bytes is null ? throw CatalogRefusal.ToException(problem!) : (bytes, own.Path!);
    }

    private static async Task<ReadOnlyMemory<byte>> ReadAsync(Stream file, CancellationToken cancellation)
    {
        var bytes = new MemoryStream();
        await file.CopyToAsync(bytes, cancellation).ConfigureAwait(false);
        return bytes.GetBuffer().AsMemory(0, (int)bytes.Length);
    }

    private static IEnumerable<LoadRow> Rows(DefinitionComparison comparison)
    {
        if (comparison is DefinitionComparison.NotLoadable { Outcome: var outcome }) return [Row(outcome)];
        var compared = (DefinitionComparison.Compared)comparison;
        return compared.Changes.Select(change => new LoadRow(LoadRow.ChangeStep, change.ToString()))
            .Append(Row(LoadRow.ComparedStep, compared.Revision, compared.Counts.Added + compared.Counts.Changed + compared.Counts.Unchanged, compared.Counts));
    }

    private static LoadRow Row(LoadOutcome outcome) => outcome switch
    {
        LoadOutcome.Loaded loaded => Row(LoadRow.LoadedStep, loaded.Revision, loaded.Clients, loaded.Counts),
        LoadOutcome.Unchanged unchanged => new LoadRow(LoadRow.UnchangedStep, Revision: unchanged.Revision),
        LoadOutcome.Refused refused => throw CatalogRefusal.ToException(refused),
        _ => throw new InvalidOperationException($"no outcome is called {outcome.GetType()}"),
    };

    private static LoadRow Row(string step, long revision, int clients, LoadCounts counts) => new(step, null, revision, clients, counts.Added, counts.Changed, counts.Removed, counts.Unchanged);
}
