using System.Diagnostics;
using Akka.Actor;
using Coffer.Server.Metrics;

namespace Coffer.Server.Catalog;

/// <summary>Asks the catalog from any node.</summary>
/// <param name="system">This node's actors.</param>
/// <param name="catalog">The proxy that finds the catalog in the cluster.</param>
/// <param name="metrics">Counts and times the loads.</param>
public sealed class CatalogClient(ActorSystem system, IActorRef catalog, CofferMetrics metrics)
{
    // Far beyond what a load of a million clients takes.
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(15);

    /// <summary>Loads the bytes of a sealed file: see <see cref="CatalogCommands.LoadDefinition"/>.</summary>
    public async Task<LoadOutcome> LoadAsync(ReadOnlyMemory<byte> file, string name, bool allowRollback, long? expected, CancellationToken cancellation = default)
    {
        var begun = Stopwatch.GetTimestamp();
        var upload = system.ActorOf(DefinitionUpload.Props(file));
        try
        {
            var outcome = await AskAsync(new CatalogCommands.LoadDefinition(upload, name, allowRollback, expected), cancellation).ConfigureAwait(false);
            metrics.Loaded(outcome, Stopwatch.GetElapsedTime(begun));
            return outcome;
        }
        finally
        {
            system.Stop(upload);
        }
    }

    /// <summary>Asks, and waits until the answer holds on every node.</summary>
    public async Task<LoadOutcome> AskAsync(CatalogCommand command, CancellationToken cancellation = default)
    {
        try
        {
            return await catalog.Ask<LoadOutcome>(command, Timeout, cancellation).ConfigureAwait(false);
        }
        catch (AskTimeoutException)
        {
            return new LoadOutcome.Refused(LoadRefusal.Busy, ["the catalog has not answered within 15 minutes"], "'coffer-ctl coffer history' shows whether the revision was written");
        }
    }
}
