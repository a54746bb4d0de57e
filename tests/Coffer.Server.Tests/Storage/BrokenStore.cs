using Coffer.Crypto.Keys;
using Coffer.Server.Storage;

namespace Coffer.Server.Tests.Storage;

/// <summary>A store of a disk that fails; it counts how often it was asked.</summary>
internal sealed class BrokenStore : ICofferStore
{
    internal const string Message = "the disk of the database fails";

    private int _asked;

    internal int Asked => _asked;

    public Task<StoredCoffer?> FindAsync(PublicKey owner, CancellationToken cancellation = default) => throw Fail();

    public Task<StoreState> ReadStateAsync(CancellationToken cancellation = default) => throw Fail();

    public Task<StoreChanges> ReadChangesAsync(long since, CancellationToken cancellation = default) => throw Fail();

    public IAsyncEnumerable<StoredClient> ReadClientsAsync(CancellationToken cancellation = default) => throw Fail();

    public IAsyncEnumerable<StoredClient> ReadClientsByNameAsync(CancellationToken cancellation = default) => throw Fail();

    public Task<StoredRow?> FindClientAsync(PublicKey owner, CancellationToken cancellation = default) => throw Fail();

    public Task<StoredRow?> FindClientAsync(string name, CancellationToken cancellation = default) => throw Fail();

    public IAsyncEnumerable<PublicKey> ReadRevokedAsync(CancellationToken cancellation = default) => throw Fail();

    public Task<bool> IsRevokedAsync(PublicKey owner, CancellationToken cancellation = default) => throw Fail();

    public IAsyncEnumerable<StoredRow> ReadRowsAsync(long revision, CancellationToken cancellation = default) => throw Fail();

    public Task<IReadOnlyList<StoredRevision>> ReadHistoryAsync(CancellationToken cancellation = default) => throw Fail();

    public Task<bool> TryWriteAsync(StoredRevision revision, IEnumerable<RowChange> changes, int keep, CancellationToken cancellation = default) => throw Fail();

    public Task KeepOwnAsync(StoredRow row, CancellationToken cancellation = default) => throw Fail();

    public Task<bool> TrySetRevokedAsync(StoredRevision revision, PublicKey client, bool isRevoked, CancellationToken cancellation = default) => throw Fail();

    public Task<StoreTerm?> BeginNextTermAsync(CancellationToken cancellation = default) => throw Fail();

    public Task<StoreTerm> BeginTermAsync(CancellationToken cancellation = default) => throw Fail();

    public Task<long?> RenewTermAsync(CancellationToken cancellation = default) => throw Fail();

    public Task EndTermAsync(CancellationToken cancellation = default) => throw Fail();

    public Task<TermBeat> ReadTermAsync(CancellationToken cancellation = default) => throw Fail();

    public Task<StoreKeys> ReadKeysAsync(CancellationToken cancellation = default) => throw Fail();

    public Task<SealingStep> SealNextAsync(Func<StoredRow, StoredRow?> sealAnew, CancellationToken cancellation = default) => throw Fail();

    public ValueTask DisposeAsync() => default;

    private StoreException Fail()
    {
        Interlocked.Increment(ref _asked);
        return new StoreException(StoreFault.Unavailable, Message);
    }
}
