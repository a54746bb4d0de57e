using System.Runtime.CompilerServices;
using Coffer.Operations;
using Coffer.Operations.Palettes;
using Coffer.Operations.Rows;
using Coffer.Server.Catalog;
using Coffer.Server.Hosting;
using Microsoft.Extensions.Logging;

namespace Coffer.Server.Operations;

/// <summary>Answers <c>coffer load</c>: compares, loads what is sent, or reads the server's own file again.</summary>
internal sealed class LoadHandler(Comparisons comparisons, OwnDefinition ownDefinition, StartedNode node, ILogger<LoadHandler> log)
{
    private const string DefaultName = "the definition";

    internal void AddTo(OperationHandlers handlers) => handlers.Handle(CofferPalette.Load, LoadAsync);

    private async IAsyncEnumerable<LoadRow> LoadAsync(OperationCall call, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var own = node.Get<DefinitionFile>();
        CheckFile(call);
        if (!call.Flag(CofferPalette.DryRun))
        {
            var sent = call.File is null ? default : await ReadAsync(call.File, cancellation).ConfigureAwait(false);
            var (outcome, judging) = await LoadAsync(call, own, sent).WaitAsync(cancellation).ConfigureAwait(false);
            // Whatever that takes, what is done is told before.
            yield return LoadRows.Of(outcome, LoadRow.LoadedStep);
            if (await judging.WaitAsync(cancellation).ConfigureAwait(false) is { } problem)
                yield return new LoadRow(LoadRow.NoteStep, Note: $"{problem.Lines[0]}; a node that is started on that file ends with exit code 5: put the loaded one in its place, on every node");
            yield break;
        }
        var definition = await DefinitionOfAsync(call, own, cancellation).ConfigureAwait(false);
        var comparison = call.Flag(CofferPalette.BeforeLoad)
            ? await CompareBeforeLoadAsync(call, own, definition, cancellation).ConfigureAwait(false)
            : await CompareAsync(definition, call.Flag(CofferPalette.AllowRollback), cancellation).ConfigureAwait(false);
        foreach (var row in LoadRows.Of(comparison, LoadRow.LoadedStep)) yield return row;
    }

    // To its end, also where the asker leaves.
    private async Task<(LoadOutcome Outcome, Task<LoadOutcome.Refused?> Judging)> LoadAsync(OperationCall call, DefinitionFile own, ReadOnlyMemory<byte> sent)
    {
        var outcome = call.File is null
            ? await own.LoadAsync(call.Flag(CofferPalette.AllowRollback), call.Number(CofferPalette.Expect), call.Text(CofferPalette.ExpectFile), CancellationToken.None).ConfigureAwait(false)
            : await LoadAsync(call, sent).ConfigureAwait(false);
        log.SayIfRefused(outcome);
        return (outcome, call.File is not null && outcome is LoadOutcome.Loaded ? ownDefinition.JudgeAsync() : Task.FromResult<LoadOutcome.Refused?>(null));
    }

    private async Task<LoadOutcome> LoadAsync(OperationCall call, ReadOnlyMemory<byte> file)
    {
        var catalog = node.Get<CatalogClient>();
        if (DefinitionFile.Compare(file.Span, NameOf(call), call.Text(CofferPalette.ExpectFile)) is { } problem)
        {
            catalog.EndedEarly(NameOf(call), problem);
            return problem;
        }
        return await catalog.LoadAsync(file, NameOf(call), call.Flag(CofferPalette.AllowRollback), call.Number(CofferPalette.Expect)).ConfigureAwait(false);
    }

    // A load that would be refused as the comparison is, is never asked for; that it was wanted is not to be lost.
    private async Task<DefinitionComparison> CompareBeforeLoadAsync(OperationCall call, DefinitionFile own, Definition definition, CancellationToken cancellation)
    {
        var catalog = node.Get<CatalogClient>();
        switch (await Beforehand.CompareAsync(() => CompareAsync(definition, call.Flag(CofferPalette.AllowRollback), cancellation)).ConfigureAwait(false))
        {
            // The store has it; whether every node does is the catalog's to say.
            case DefinitionComparison.NotLoadable { Outcome: LoadOutcome.Unchanged unchanged }:
                var outcome = await catalog.LoadAsync(definition.File, definition.Name, call.Flag(CofferPalette.AllowRollback), unchanged.Revision, cancellation: cancellation).ConfigureAwait(false);
                Keep(outcome);
                return new DefinitionComparison.NotLoadable(outcome);
            // Without --definition there is nothing that a load could be of.
            case DefinitionComparison.NotLoadable ended when call.File is not null || own.Path is not null:
                var kept = CatalogWork.Short(call.File is null ? DefinitionFile.OfOwn(ended.Outcome) : ended.Outcome);
                catalog.EndedEarly(definition.Name, kept);
                Keep(kept);
                return ended with { Outcome = kept };
            case var comparison:
                return comparison;
        }

        void Keep(LoadOutcome outcome)
        {
            log.SayIfRefused(outcome);
            if (call.File is null) own.Judged(outcome as LoadOutcome.Refused);
        }
    }

    private async Task<DefinitionComparison> CompareAsync(Definition definition, bool allowRollback, CancellationToken cancellation) => definition.Problem is { } problem
        ? new DefinitionComparison.NotLoadable(problem)
        : await comparisons.OfLoadAsync(definition.File, definition.Name, allowRollback, cancellation).ConfigureAwait(false);

    private static async Task<Definition> DefinitionOfAsync(OperationCall call, DefinitionFile own, CancellationToken cancellation)
    {
        if (call.File is not null) return new Definition(await ReadAsync(call.File, cancellation).ConfigureAwait(false), NameOf(call), null);
        var (bytes, problem) = await own.ReadAsync().ConfigureAwait(false);
        return new Definition(bytes, own.Path ?? DefaultName, problem);
    }

    private static void CheckFile(OperationCall call)
    {
        if (call.File is not null && call.Flag(CofferPalette.Own)) throw new OperationException(OperationFault.Usage, "own: a file was sent as well", "send the one or say the other");
        Beforehand.Check(call, CofferPalette.BeforeLoad);
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

    // What was sent, or the server's own file; or why there are no bytes of it.
    private sealed record Definition(ReadOnlyMemory<byte> File, string Name, LoadOutcome.Refused? Problem);
}
