using Coffer.Crypto.Keys;
using Coffer.Crypto.Sealing;

namespace Coffer.Server.Storage;

/// <summary>Every client's coffer by revision, sealed. The catalog alone writes; entities read rows, views read who is known.</summary>
/// <remarks>
/// Thread safe. What cannot be read or written is a <see cref="StoreException"/>. Nothing here ever opens a seal.
/// A revision is one change: a load, a rollback, a revocation or its end. Revisions count from 1 without a gap; rows of revision 0 are the
/// server's own, which only <see cref="FindAsync"/> sees.
/// Several nodes may share a database. The catalog of one of them begins a term; whoever began an earlier one writes no revision from then on,
/// however long it was suspended meanwhile.
/// </remarks>
public interface ICofferStore : IAsyncDisposable
{
    /// <summary>The coffer of <paramref name="owner"/> as of now; null where there is none or the client is revoked.</summary>
    Task<StoredCoffer?> FindAsync(PublicKey owner, CancellationToken cancellation = default);

    /// <summary>Which revision counts.</summary>
    Task<StoreState> ReadStateAsync(CancellationToken cancellation = default);

    /// <summary>Whose access changed after revision <paramref name="since"/>, together with the revision that this leads to; all clients for 0, and where revisions since are kept no longer.</summary>
    Task<StoreChanges> ReadChangesAsync(long since, CancellationToken cancellation = default);

    /// <summary>All clients of the current revision, revoked ones included, without their coffers: what a load is compared with.</summary>
    IAsyncEnumerable<StoredClient> ReadClientsAsync(CancellationToken cancellation = default);

    /// <summary>The same by name, byte by byte, for people. The database sorts them, with what it has for that: here there is one at a time.</summary>
    IAsyncEnumerable<StoredClient> ReadClientsByNameAsync(CancellationToken cancellation = default);

    /// <summary>The client of the current revision with the key <paramref name="owner"/>, revoked or not; null where there is none.</summary>
    Task<StoredRow?> FindClientAsync(PublicKey owner, CancellationToken cancellation = default);

    /// <summary>The client of the current revision called <paramref name="name"/>, revoked or not; null where there is none.</summary>
    Task<StoredRow?> FindClientAsync(string name, CancellationToken cancellation = default);

    /// <summary>All keys that are revoked, be they in the current definition or not.</summary>
    IAsyncEnumerable<PublicKey> ReadRevokedAsync(CancellationToken cancellation = default);

    /// <summary>Whether <paramref name="owner"/> is revoked, be it in the current definition or not.</summary>
    Task<bool> IsRevokedAsync(PublicKey owner, CancellationToken cancellation = default);

    /// <summary>All clients as of revision <paramref name="revision"/> with their coffers; nothing where that revision is no longer kept.</summary>
    IAsyncEnumerable<StoredRow> ReadRowsAsync(long revision, CancellationToken cancellation = default);

    /// <summary>The revisions that are still known, newest first.</summary>
    Task<IReadOnlyList<StoredRevision>> ReadHistoryAsync(CancellationToken cancellation = default);

    /// <summary>Writes the next revision in one transaction, and forgets what <paramref name="keep"/> revisions of content no longer need.</summary>
    /// <param name="revision">What is written; its number must follow the current one.</param>
    /// <param name="changes">The rows that change, read once while the transaction is open; in the order of their owners they are written fastest.</param>
    /// <param name="keep">How many loads and rollbacks stay, this one included.</param>
    /// <param name="cancellation">Ends the transaction with nothing written.</param>
    /// <returns>False, with nothing written, where the current revision is another than the one before, or another node has begun a later term.</returns>
    Task<bool> TryWriteAsync(StoredRevision revision, IEnumerable<RowChange> changes, int keep, CancellationToken cancellation = default);

    /// <summary>Keeps a row of the server's own, of revision 0, where there is none of that owner yet.</summary>
    Task KeepOwnAsync(StoredRow row, CancellationToken cancellation = default);

    /// <summary>Revokes <paramref name="client"/>, or ends that, as the revision <paramref name="revision"/>.</summary>
    /// <returns>False, with nothing written, where the current revision is another than the one before, or another node has begun a later term.</returns>
    Task<bool> TrySetRevokedAsync(StoredRevision revision, PublicKey client, bool isRevoked, CancellationToken cancellation = default);

    /// <summary>Begins a term, which ends all earlier ones, and reads the revision that it begins with. From then on rows may be under the server's first key.</summary>
    Task<StoreTerm> BeginTermAsync(CancellationToken cancellation = default);

    /// <summary>Begins the term after the one that was begun here last, which ends what that left open; null, and nothing done, where another node has begun a later one.</summary>
    Task<StoreTerm?> BeginNextTermAsync(CancellationToken cancellation = default);

    /// <summary>Says in the store that the term begun last through this object goes on.</summary>
    /// <returns>The revision that counts in the store, 0 for none; null where another node has begun a later term.</returns>
    Task<long?> RenewTermAsync(CancellationToken cancellation = default);

    /// <summary>Says in the store that the term begun last through this object is over, so that whoever comes next need not wait for a sign of life. Does nothing where another node has begun a later one.</summary>
    Task EndTermAsync(CancellationToken cancellation = default);

    /// <summary>Under which keys rows may be sealed, and how many are still to be sealed anew under the server's first key.</summary>
    Task<StoreKeys> ReadKeysAsync(CancellationToken cancellation = default);

    /// <summary>Replaces the seals of the next rows, of any revision and the server's own; once none is left, no key but the server's first one counts any more.</summary>
    /// <param name="sealAnew">Gives the row with another digest and coffer, or null where it is to stay as it is.</param>
    /// <param name="cancellation">Ends the transaction with nothing written.</param>
    Task<SealingStep> SealNextAsync(Func<StoredRow, StoredRow?> sealAnew, CancellationToken cancellation = default);

    /// <summary>Which term was begun last, and how often it was renewed.</summary>
    Task<TermBeat> ReadTermAsync(CancellationToken cancellation = default);
}

/// <summary>A term of the catalog.</summary>
/// <param name="Term">Its number, from 1.</param>
/// <param name="Revision">The revision that counted when it began.</param>
/// <param name="IsSealingDue">Whether rows may be sealed under another key than the server's first.</param>
public sealed record StoreTerm(long Term, long Revision, bool IsSealingDue);

/// <summary>What the rows of the store are sealed under.</summary>
/// <param name="Keys">The keys, at least one.</param>
/// <param name="Left">How many rows were not looked at yet whether they are under the server's first key; 0 where all are.</param>
public sealed record StoreKeys(IReadOnlyList<PublicKey> Keys, long Left);

/// <summary>What is left after some rows were sealed anew.</summary>
public enum SealingStep
{
    /// <summary>More rows.</summary>
    More,

    /// <summary>Nothing: all rows are under the server's first key.</summary>
    Done,

    /// <summary>Nothing was written: another node has begun a later term.</summary>
    Deposed,
}

/// <summary>A sign of life: it differs from one look to the next as long as some catalog renews its term.</summary>
/// <param name="Term">The term begun last; 0 where none ever was.</param>
/// <param name="Renewals">One more with each renewal, from a number on that was drawn when it began; or <see cref="Over"/>.</param>
public sealed record TermBeat(long Term, long Renewals)
{
    /// <summary>In the place of renewals: whoever began the term has ended it.</summary>
    public const long Over = -1;

    /// <summary>Whether nobody is at work in it.</summary>
    public bool IsOver => Term == 0 || Renewals == Over;
}

/// <summary>One client's coffer and the name it has in the definition.</summary>
public sealed record StoredCoffer(string Name, SealedCoffer Coffer);

/// <summary>Where the store stands.</summary>
/// <param name="Revision">The revision that counts; 0: nothing was ever loaded.</param>
/// <param name="NewestSerial">The greatest serial of any definition that was ever loaded.</param>
/// <param name="CurrentSerial">The serial of the definition whose content counts.</param>
/// <param name="CurrentFile">The SHA-256 of the sealed file that it came in.</param>
/// <param name="Clients">How many clients there are.</param>
public sealed record StoreState(long Revision, long? NewestSerial, long? CurrentSerial, string? CurrentFile, int Clients);

/// <summary>One client, without its coffer.</summary>
public sealed record StoredClient(PublicKey Owner, string Name, long Revision, byte[] Digest, bool IsRevoked);

/// <summary>One client with its coffer, as some revision had it.</summary>
public sealed record StoredRow(PublicKey Owner, string Name, byte[] Digest, SealedCoffer Coffer);

/// <summary>What changed until <paramref name="Revision"/>: for each client touched the revision of its coffer, or null where it may not fetch.</summary>
/// <param name="Clients">The last word on a client counts.</param>
/// <param name="IsWhole">Whether these are all clients that there are, because what changed is not known any more.</param>
/// <param name="HasContent">Whether a definition was loaded by then: a key may be revoked before.</param>
public sealed record StoreChanges(long Revision, IReadOnlyList<KeyValuePair<PublicKey, long?>> Clients, bool IsWhole, bool HasContent);

/// <summary>What made a revision.</summary>
public enum RevisionKind
{
    /// <summary>A definition was loaded.</summary>
    Load = 0,

    /// <summary>An earlier revision's content was made current again.</summary>
    Rollback = 1,

    /// <summary>A client was cut off.</summary>
    Revoke = 2,

    /// <summary>A client was let in again.</summary>
    Restore = 3,
}

/// <summary>What is remembered of a revision.</summary>
/// <param name="Revision">Its number.</param>
/// <param name="Kind">What made it.</param>
/// <param name="Serial">The serial of the definition whose content it brought, for a load or rollback.</param>
/// <param name="Companion">Who sealed that definition.</param>
/// <param name="SealedAt">When.</param>
/// <param name="File">The SHA-256 of the sealed file, in hex; null where an older version loaded it. No two sealings give the same file, so it tells nothing about what is inside.</param>
/// <param name="At">When it was written.</param>
/// <param name="Source">The revision rolled back to, or null.</param>
/// <param name="Subject">The client revoked or restored, or null.</param>
/// <param name="Clients">How many clients there are in it.</param>
/// <param name="Added">How many of them are new.</param>
/// <param name="Changed">How many have another coffer or name.</param>
/// <param name="Removed">How many are gone.</param>
public sealed record StoredRevision(
    long Revision, RevisionKind Kind, long? Serial, PublicKey? Companion, DateTimeOffset? SealedAt, string? File, DateTimeOffset At,
    long? Source, PublicKey? Subject, int Clients, int Added, int Changed, int Removed);

/// <summary>What is read of a store in more than one place.</summary>
public static class CofferStoreReading
{
    /// <summary>All clients of the current revision by key, without their coffers.</summary>
    public static async Task<Dictionary<PublicKey, StoredClient>> ReadClientsByOwnerAsync(this ICofferStore store, CancellationToken cancellation = default)
    {
        var clients = new Dictionary<PublicKey, StoredClient>();
        await foreach (var client in store.ReadClientsAsync(cancellation).ConfigureAwait(false)) clients.Add(client.Owner, client);
        return clients;
    }
}

/// <summary>One row of a new revision.</summary>
public abstract record RowChange(PublicKey Owner)
{
    /// <summary>The client is new, or has another coffer or name.</summary>
    /// <param name="Owner">The client.</param>
    /// <param name="Name">Its name in the definition.</param>
    /// <param name="Digest">The keyed digest of its content.</param>
    /// <param name="Coffer">Its coffer, sealed for the new revision.</param>
    public sealed record Put(PublicKey Owner, string Name, byte[] Digest, SealedCoffer Coffer) : RowChange(Owner);

    /// <summary>The client is gone.</summary>
    public sealed record Remove(PublicKey Owner) : RowChange(Owner);
}
