using System.Runtime.CompilerServices;
using Coffer.Operations;
using Coffer.Operations.Palettes;
using Coffer.Operations.Rows;
using Coffer.Server.Catalog;
using Coffer.Server.Hosting;
using Coffer.Server.Storage;
using Microsoft.Extensions.Logging;

namespace Coffer.Server.Operations;

/// <summary>Answers <c>coffer load</c>: compares, loads what is sent, or reads the server's own file again.</summary>
internal sealed partial class LoadHandler(DefinitionLoader loader, StartedNode node, ILogger<LoadHandler> log)
{
    private const string DefaultName = "the definition";

    internal void AddTo(OperationHandlers handlers) => handlers.Handle(CofferPalette.Load, LoadAsync);

    private async IAsyncEnumerable<LoadRow> LoadAsync(OperationCall call, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var own = node.Get<DefinitionFile>();
        CheckFile(call);
        if (!call.Flag(CofferPalette.DryRun))
        {
            yield return Row(Logged(await LoadAsync(call, own, cancellation).ConfigureAwait(false)));
            yield break;
        }
        var comparison = call.Flag(CofferPalette.BeforeLoad)
            ? await CompareBeforeLoadAsync(call, own, cancellation).ConfigureAwait(false)
            : await CompareAsync(call, own, cancellation).ConfigureAwait(false);
        foreach (var row in Rows(comparison)) yield return row;
    }

    private async Task<LoadOutcome> LoadAsync(OperationCall call, DefinitionFile own, CancellationToken cancellation)
    {
        var allowRollback = call.Flag(CofferPalette.AllowRollback);
        var expected = call.Number(CofferPalette.Expect);
        if (call.File is null) return await own.LoadAsync(allowRollback, expected, cancellation).ConfigureAwait(false);
        var file = await ReadAsync(call.File, cancellation).ConfigureAwait(false);
        var outcome = await node.Get<CatalogClient>().LoadAsync(file, NameOf(call), allowRollback, expected, cancellation: cancellation).ConfigureAwait(false);
        if (outcome is LoadOutcome.Loaded) own.Superseded();
        return outcome;
    }

    // The load would end as the comparison does, so it is never asked for; that it was wanted is not to be lost.
    private async Task<DefinitionComparison> CompareBeforeLoadAsync(OperationCall call, DefinitionFile own, CancellationToken cancellation)
    {
        DefinitionComparison comparison;
        try
        {
            comparison = await CompareAsync(call, own, cancellation).ConfigureAwait(false);
        }
        catch (StoreException e)
        {
            comparison = new DefinitionComparison.NotLoadable(CatalogWork.Refusal(e));
        }
        if (comparison is DefinitionComparison.NotLoadable ended)
        {
            var outcome = Logged(CatalogWork.Short(ended.Outcome));
            if (call.File is null) own.EndedEarly(outcome);
            else node.Get<CatalogClient>().EndedEarly(NameOf(call), outcome);
        }
        return comparison;
    }

    private async Task<DefinitionComparison> CompareAsync(OperationCall call, DefinitionFile own, CancellationToken cancellation)
    {
        var allowRollback = call.Flag(CofferPalette.AllowRollback);
        if (call.File is not null) return await loader.CompareAsync(await ReadAsync(call.File, cancellation).ConfigureAwait(false), NameOf(call), allowRollback).ConfigureAwait(false);
        var (bytes, problem) = await own.ReadAsync().ConfigureAwait(false);
        return bytes is null ? new DefinitionComparison.NotLoadable(problem!) : await loader.CompareAsync(bytes, own.Path!, allowRollback).ConfigureAwait(false);
    }

    private static void CheckFile(OperationCall call)
    {
        if (call.File is not null && call.Flag(CofferPalette.Own)) throw new OperationException(OperationFault.Usage, "own: a file was sent as well", "send the one or say the other");
        if (call.File is null && !call.Flag(CofferPalette.Own))
            throw new OperationException(OperationFault.Usage, "no file was sent, or an empty one", "own=true has the server read its own --definition again, as 'coffer-ctl coffer load' without FILE does");
    }

    private static string NameOf(OperationCall call) => call.Text(CofferPalette.FileName) ?? DefaultName;

    private static async Task<ReadOnlyMemory<byte>> ReadAsync(Stream file, CancellationToken cancellation)
    {
        var bytes = new MemoryStream();
        await file.CopyToAsync(bytes, cancellation).ConfigureAwait(false);
        return bytes.GetBuffer().AsMemory(0, (int)bytes.Length);
    }

    private LoadOutcome Logged(LoadOutcome outcome)
    {
        if (outcome is LoadOutcome.Refused refused) LogRefused(log, string.Join(" | ", refused.Lines));
        return outcome;
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

    [LoggerMessage(Level = LogLevel.Warning, Message = "not loaded, what was served stays: {Why}")]
    private static partial void LogRefused(ILogger log, string why);
}
