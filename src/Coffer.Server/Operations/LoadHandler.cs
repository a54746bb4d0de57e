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
        if (call.File is null)
        {
            yield return Row(await ReloadAsync(call, cancellation).ConfigureAwait(false));
            yield break;
        }

        var catalog = node.Get<CatalogClient>();
        var file = await ReadAsync(call.File, cancellation).ConfigureAwait(false);
        var name = call.Text(CofferPalette.FileName) ?? DefaultName;
        var allowRollback = call.Flag(CofferPalette.AllowRollback);
        if (call.Flag(CofferPalette.DryRun))
        {
            foreach (var row in Rows(await loader.CompareAsync(file, name, allowRollback).ConfigureAwait(false))) yield return row;
        }
        else
        {
            yield return Row(await catalog.LoadAsync(file, name, allowRollback, call.Number(CofferPalette.Expect), cancellation).ConfigureAwait(false));
        }
    }

    private Task<LoadOutcome> ReloadAsync(OperationCall call, CancellationToken cancellation)
    {
        var file = node.Get<DefinitionFile>();
        if (call.Operation.Arguments.Any(argument => call.Text(argument) is not null))
            throw new OperationException(OperationFault.Usage, "no file was sent, and the server's own is read without arguments", "name the file: 'coffer-ctl coffer load FILE'");
        return file.LoadAsync(cancellation);
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
