using Coffer.Crypto.Keys;
using Coffer.Server.Storage;

namespace Coffer.Server.Catalog;

/// <summary>Cuts a client off, or lets it in again; each is a revision, so every node hears of it as of a load.</summary>
public sealed class Revocation(ICofferStore store, TimeProvider clock)
{
    /// <param name="client">Whose access it is; of a definition before or to come, too: a key that was lost may be in one that is rolled back to.</param>
    /// <param name="isRevoked">Whether it is cut off from now on.</param>
    /// <param name="known">A revision that counted: a store that is behind it has lost revisions.</param>
    /// <exception cref="StoreException">The store cannot be read or written; nothing was.</exception>
    public Task<LoadOutcome> RunAsync(PublicKey client, bool isRevoked, long known) => LongWork.RunAsync(() => SetAsync(client, isRevoked, known));

    private async Task<LoadOutcome> SetAsync(PublicKey client, bool isRevoked, long known)
    {
        var state = await store.ReadStateAsync().ConfigureAwait(false);
        if (state.Revision < known) return CatalogWork.SetBack(state.Revision, known);
        if (await store.IsRevokedAsync(client).ConfigureAwait(false) == isRevoked) return new LoadOutcome.Unchanged(state.Revision);

        var revision = new StoredRevision(
            state.Revision + 1, isRevoked ? RevisionKind.Revoke : RevisionKind.Restore, Serial: null, Companion: null, SealedAt: null, File: null, clock.GetUtcNow(), Source: null, client,
            state.Clients, Added: 0, Changed: 0, Removed: 0);
        return await store.TrySetRevokedAsync(revision, client, isRevoked).ConfigureAwait(false)
            ? new LoadOutcome.Loaded(revision.Revision, Serial: null, state.Clients, new LoadCounts(0, 0, 0, state.Clients))
            : new LoadOutcome.Refused(LoadRefusal.Busy, ["another revision was written first"], "try again");
    }
}
