using System.Diagnostics;
using Akka.Actor;
using Coffer.Server.Audit;
using Coffer.Server.Metrics;

namespace Coffer.Server.Catalog;

/// <summary>Asks the catalog from any node.</summary>
/// <param name="system">This node's actors.</param>
/// <param name="catalog">The proxy that finds the catalog in the cluster.</param>
/// <param name="metrics">Counts and times the loads.</param>
/// <param name="audit">Told of what does not come to the catalog, which itself tells of all else.</param>
public sealed class CatalogClient(ActorSystem system, IActorRef catalog, CofferMetrics metrics, AuditTrail audit)
{
    /// <summary>Loads the bytes of a sealed file: see <see cref="CatalogCommands.LoadDefinition"/>.</summary>
    /// <remarks>It goes on to its end, and is counted, where the asker leaves.</remarks>
    public Task<LoadOutcome> LoadAsync(ReadOnlyMemory<byte> file, string name, bool allowRollback, long? expected, bool isPatient = false, CancellationToken cancellation = default) =>
        LoadToEndAsync(file, name, allowRollback, expected, isPatient).WaitAsync(cancellation);

    private async Task<LoadOutcome> LoadToEndAsync(ReadOnlyMemory<byte> file, string name, bool allowRollback, long? expected, bool isPatient)
    {
        var begun = Stopwatch.GetTimestamp();
        var upload = system.ActorOf(DefinitionUpload.Props(file));
        try
        {
            var outcome = await AskAsync(new CatalogCommands.LoadDefinition(upload, name, allowRollback, expected, isPatient)).ConfigureAwait(false);
            metrics.Loaded(outcome, Stopwatch.GetElapsedTime(begun));
            return outcome;
        }
        finally
        {
            system.Stop(upload);
        }
    }

    /// <summary>The load of the file called <paramref name="name"/> was over before it came to the catalog: it counts all the same.</summary>
    public void EndedEarly(string name, LoadOutcome outcome)
    {
        metrics.Loaded(outcome, TimeSpan.Zero);
        audit.Loaded(name, outcome);
    }

    /// <summary>Asks, and waits until the answer holds on every node, or the catalog is gone: with its node, or because it moves to another one.</summary>
    public async Task<LoadOutcome> AskAsync(CatalogCommand command, CancellationToken cancellation = default)
    {
        var answer = new TaskCompletionSource<LoadOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
        var asker = system.ActorOf(CatalogAsker.Props(catalog, command, answer));
        try
        {
            return await RecordedAsync(command, answer.Task).WaitAsync(cancellation).ConfigureAwait(false);
        }
        finally
        {
            system.Stop(asker);
        }
    }

    // Also where the asker leaves.
    private async Task<LoadOutcome> RecordedAsync(CatalogCommand command, Task<LoadOutcome> answer)
    {
        var outcome = await answer.ConfigureAwait(false);
        if (ReferenceEquals(outcome, CatalogAsker.NoCatalog)) audit.Changed(command, outcome);
        return outcome;
    }
}
