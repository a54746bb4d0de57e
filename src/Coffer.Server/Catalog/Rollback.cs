using Coffer.Crypto.Sealing;
using Coffer.Definitions;
using Coffer.Server.Storage;

namespace Coffer.Server.Catalog;

/// <summary>Makes a new revision with the content of an earlier one. Who is revoked stays revoked.</summary>
public sealed class Rollback(ICofferStore store, StorageSeal seal, TimeProvider clock, int keepRevisions)
{
    /// <summary>Rolls back.</summary>
    /// <param name="number">The earlier revision.</param>
    /// <param name="expected">The only revision that it may follow, or null.</param>
    /// <param name="known">A revision that counted: a store that is behind it has lost revisions.</param>
    /// <exception cref="StoreException">The store cannot be read or written; nothing was.</exception>
    public Task<LoadOutcome> RunAsync(long number, long? expected, long known) => LongWork.RunAsync(() => PlanAsync(number, expected, known, outcome => outcome, WriteAsync, CancellationToken.None));

    /// <summary>Says what a rollback to revision <paramref name="number"/> would do, and does nothing.</summary>
    /// <exception cref="StoreException">The store cannot be read.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled.</exception>
    public Task<DefinitionComparison> CompareAsync(long number, CancellationToken cancellation) => LongWork.RunAsync(() => PlanAsync(
        number, expected: null, known: 0, outcome => new DefinitionComparison.NotLoadable(outcome), candidate => CompareAsync(candidate, cancellation), cancellation));

    private async Task<T> PlanAsync<T>(long number, long? expected, long known, Func<LoadOutcome, T> end, Func<Candidate, Task<T>> go, CancellationToken cancellation)
    {
        var history = await store.ReadHistoryAsync(cancellation).ConfigureAwait(false);
        var current = history.Count == 0 ? 0 : history[0].Revision;
        if (current < known) return end(CatalogWork.SetBack(current, known));
        if (expected is { } revision && revision != current)
            return end(new LoadOutcome.Refused(LoadRefusal.Busy, [$"revision {number} was compared with revision {revision}, but revision {current} counts now"], "compare it again, then roll back"));
        if (!history.Any(kept => kept.Revision == number))
            return end(new LoadOutcome.Refused(LoadRefusal.NotFound, [$"revision {number} is not kept, expected {Kept(history)}"], "'coffer-ctl coffer history' lists the revisions that can be rolled back to"));

        // What a revocation changed of its revision is not content: the load or rollback before it made that.
        var content = history.FirstOrDefault(kept => kept.Revision <= number && kept.Kind is RevisionKind.Load or RevisionKind.Rollback);
        if (content is null) return end(new LoadOutcome.Refused(LoadRefusal.NotFound, [$"revision {number} has no content: nothing was loaded before it"], "'coffer-ctl coffer history' lists the revisions that can be rolled back to"));
        var wanted = new List<WantedClient<StoredRow>>(content.Clients);
        await foreach (var row in store.ReadRowsAsync(content.Revision, cancellation).ConfigureAwait(false)) wanted.Add(new(row.Owner, row.Name, row.Digest, row));

        var stored = await store.ReadClientsByOwnerAsync(cancellation).ConfigureAwait(false);
        await LongWork.ResumeAsync();
        var plan = RevisionPlan<StoredRow>.Between(current, stored, wanted, (before, row) => seal.HasSecond && IsSame(before, row.Content));
        if (plan.Puts.Count == 0 && plan.Removed.Count == 0) return end(new LoadOutcome.Unchanged(current));
        return await go(new Candidate(number, content, plan)).ConfigureAwait(false);
    }

    private async Task<LoadOutcome> WriteAsync(Candidate candidate)
    {
        var (number, content, plan) = candidate;
        if (Resealed(plan, plan.Revision + 1) is not { } changes) return Damaged(number);
        var next = new StoredRevision(
            plan.Revision + 1, RevisionKind.Rollback, content.Serial, content.Companion, content.SealedAt, content.File, clock.GetUtcNow(), number, Subject: null,
            plan.Clients, plan.Counts.Added, plan.Counts.Changed, plan.Counts.Removed);
        return await store.TryWriteAsync(next, changes, keepRevisions).ConfigureAwait(false)
            ? new LoadOutcome.Loaded(next.Revision, next.Serial, plan.Clients, plan.Counts)
            : new LoadOutcome.Refused(LoadRefusal.Busy, ["another revision was written first"], "look at the history, then roll back again");
    }

    private async Task<DefinitionComparison> CompareAsync(Candidate candidate, CancellationToken cancellation)
    {
        var plan = candidate.Plan;
        var wanted = new List<DefinedClient>(plan.Puts.Count);
        foreach (var put in plan.Puts)
        {
            cancellation.ThrowIfCancellationRequested();
            if (StoredDifference.Open(seal, put.Content) is not { } coffer) return new DefinitionComparison.NotLoadable(Damaged(candidate.Number));
            wanted.Add(new DefinedClient(put.Name, put.Owner, coffer));
        }
        return new DefinitionComparison.Compared(File: null, plan.Revision, plan.Counts, await StoredDifference.ReadAsync(store, seal, plan, wanted, cancellation).ConfigureAwait(false));
    }

    private static LoadOutcome.Refused Damaged(long number) =>
        new(LoadRefusal.Store, [$"revision {number} has a coffer that does not open: its row is damaged or was moved"], "roll back to another revision, or load a definition");

    // A seal is of one revision, so what comes back is sealed anew. All of it before anything is written, so that damage is found in time.
    private List<RowChange>? Resealed(RevisionPlan<StoredRow> plan, long revision)
    {
        var changes = new List<RowChange>(plan.Puts.Count + plan.Removed.Count);
        foreach (var put in plan.Puts.OrderBy(put => put.Owner))
        {
            using var opened = new SecretScratch(StorageSeal.OpenedSize(put.Content.Coffer));
            if (!seal.TryOpen(put.Owner, put.Content.Coffer, opened.Span)) return null;
            changes.Add(new RowChange.Put(put.Owner, put.Name, seal.Digest(put.Owner, opened.Span), seal.Seal(put.Owner, revision, opened.Span)));
        }
        changes.AddRange(plan.Removed.Select(owner => new RowChange.Remove(owner)));
        return changes;
    }

    // While the server's key is being changed, rows of one content have digests under either key.
    private bool IsSame(StoredClient before, StoredRow row)
    {
        using var opened = new SecretScratch(StorageSeal.OpenedSize(row.Coffer));
        return seal.TryOpen(row.Owner, row.Coffer, opened.Span)
            && (before.Digest.AsSpan().SequenceEqual(seal.Digest(row.Owner, opened.Span)) || seal.IsSecondDigest(before.Digest, row.Owner, opened.Span));
    }

    private static string Kept(IReadOnlyList<StoredRevision> history) => history.Count == 0 ? "none: nothing was ever loaded" : $"{history[^1].Revision} to {history[0].Revision}";

    /// <summary>What may be rolled back to.</summary>
    /// <param name="Number">The revision that was named.</param>
    /// <param name="Content">The load or rollback that made its content.</param>
    /// <param name="Plan">Which rows lead there.</param>
    private sealed record Candidate(long Number, StoredRevision Content, RevisionPlan<StoredRow> Plan);
}
