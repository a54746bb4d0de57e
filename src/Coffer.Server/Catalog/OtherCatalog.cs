using System.Diagnostics;
using Coffer.Server.Storage;

namespace Coffer.Server.Catalog;

/// <summary>Finds out, before a node begins a catalog, whether one of another server or cluster is at work in the same database: to begin a term there would take the database from it.</summary>
internal sealed class OtherCatalog(ICofferStore store, LeaseSettings leases)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(250);

    /// <summary>Looks until it has seen a sign of life, or none for longer than a catalog that lives leaves between two. One that was stopped has said so, and costs no time.</summary>
    /// <exception cref="StoreException">The store cannot be read.</exception>
    internal async Task<bool> IsAtWorkAsync(CancellationToken cancellation)
    {
        var first = await store.ReadTermAsync(cancellation).ConfigureAwait(false);
        var begun = Stopwatch.GetTimestamp();
        for (var now = first; !now.IsOver && Stopwatch.GetElapsedTime(begun) < 3 * leases.RenewAfter; now = await store.ReadTermAsync(cancellation).ConfigureAwait(false))
        {
            if (now != first) return true;
            await Task.Delay(LookEvery, cancellation).ConfigureAwait(false);
        }
        return false;
    }
}
