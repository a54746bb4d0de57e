using System.Diagnostics;
using Akka.Actor;
using Akka.Cluster;
using Akka.Hosting;
using Coffer.Operations;
using Coffer.Operations.Palettes;
using Coffer.Operations.Rows;
using Coffer.Server.Catalog;
using Coffer.Server.Edge;
using Coffer.Server.Hosting;
using Coffer.Server.Metrics;
using Coffer.Server.Sessions;
using Coffer.Server.Storage;

namespace Coffer.Server.Operations;

/// <summary>Answers <c>coffer status</c>, from before the node's actors have started on.</summary>
internal sealed class StatusHandler(NodeParts parts, NodeView view, NodeProgress progress, SecondKeyUse secondKey, StartedNode node, MeasuredStore store, TimeProvider clock)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly DateTimeOffset _startedAt = Process.GetCurrentProcess().StartTime.ToUniversalTime();

    internal void AddTo(OperationHandlers handlers) => handlers.Handle(CofferPalette.Status, StatusAsync);

    private async Task<StatusRow> StatusAsync(OperationCall call, CancellationToken cancellation) => new(
        State(),
        ServerVersion.Text,
        node.IsStarted ? Cluster.Get(node.Get<ActorSystem>()).SelfAddress.ToString() : null,
        Environment.ProcessId,
        _startedAt,
        (clock.GetUtcNow() - _startedAt).TotalSeconds,
        progress.Address?.ToString(),
        parts.Keys.First.PublicKey.ToString(),
        parts.Keys.Second?.PublicKey.ToString(),
        await LeftToSealAsync(cancellation).ConfigureAwait(false),
        parts.Keys.Second is null ? null : secondKey.Now.Count,
        secondKey.Now.LastAt,
        view.Revision,
        view.Count,
        await ConnectionsAsync(cancellation).ConfigureAwait(false),
        store.Problem ?? "ok",
        parts.Options.DefinitionFile is { } definition ? Path.GetFullPath(definition) : null,
        node.IsStarted && node.Get<DefinitionFile>().Failure is { } failure ? string.Join('\n', failure.Refusal.Lines) : null,
        Path.GetFullPath(parts.Options.DataDirectory));

    private string State()
    {
        if (progress.Stopping.IsCancellationRequested) return "stopping";
        if (progress.IsLoading) return "loading";
        if (!progress.IsAccepting) return "starting";
        return view.IsServing ? "serving" : "waiting";
    }

    private async Task<long?> LeftToSealAsync(CancellationToken cancellation)
    {
        if (parts.Keys.Second is null) return null;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Patience);
        try
        {
            // A database that hangs answers no cancellation either, and a file gives no thread back.
            return (await LongWork.RunAsync(() => parts.Store.ReadKeysAsync(limit.Token)).WaitAsync(limit.Token).ConfigureAwait(false)).Left;
        }
        // How the node is otherwise is asked for all the more then.
        catch (Exception e) when (e is StoreException || (e is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            return null;
        }
    }

    private async Task<int?> ConnectionsAsync(CancellationToken cancellation)
    {
        if (!progress.IsAccepting) return null;
        try
        {
            return await node.Get<ActorRegistry>().Get<EdgeListener>().Ask<int>(EdgeListener.CountConnections.Instance, Patience, cancellation).ConfigureAwait(false);
        }
        // It is gone, or draining and takes no more questions.
        catch (AskTimeoutException)
        {
            return null;
        }
    }
}
