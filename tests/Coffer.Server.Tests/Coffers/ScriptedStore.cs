using System.Threading.Channels;
using Coffer.Crypto.Keys;
using Coffer.Server.Storage;

namespace Coffer.Server.Tests.Coffers;

/// <summary>A store whose rows are what the spec says, when it says so; anything but finding a row is a mistake of the spec.</summary>
public sealed class ScriptedStore : ICofferStore
{
    private readonly Channel<Func<StoredCoffer?>> _answers = Channel.CreateUnbounded<Func<StoredCoffer?>>();
    private int _reads;

    public int Reads => Volatile.Read(ref _reads);

    /// <summary>The next reading, one under way or one to come, ends with <paramref name="row"/>.</summary>
    public void Answer(StoredCoffer? row) => _answers.Writer.TryWrite(() => row);

    /// <summary>The next reading fails as it does while a database is away.</summary>
    public void Fail() => Fail(new StoreException(StoreFault.Unavailable, "away"));

    public void Fail(Exception fault) => _answers.Writer.TryWrite(() => throw fault);

    public async Task<StoredCoffer?> FindAsync(PublicKey owner, CancellationToken cancellation = default)
    {
        Interlocked.Increment(ref _reads);
        return (await _answers.Reader.ReadAsync(cancellation))();
    }

    public Task<StoreState> ReadStateAsync(CancellationToken cancellation = default) => throw new NotSupportedException();

    public Task<StoreChanges> ReadChangesAsync(long since, CancellationToken cancellation = default) => throw new NotSupportedException();

    public IAsyncEnumerable<StoredClient> ReadClientsAsync(CancellationToken cancellation = default) => throw new NotSupportedException();

    public IAsyncEnumerable<StoredClient> ReadClientsByNameAsync(CancellationToken cancellation = default) => throw new NotSupportedException();

    public Task<StoredRow?> FindClientAsync(PublicKey owner, CancellationToken cancellation = default) => throw new NotSupportedException();

    public Task<StoredRow?> FindClientAsync(string name, CancellationToken cancellation = default) => throw new NotSupportedException();

    public IAsyncEnumerable<PublicKey> ReadRevokedAsync(CancellationToken cancellation = default) => throw new NotSupportedException();

    public Task<bool> IsRevokedAsync(PublicKey owner, CancellationToken cancellation = default) => throw new NotSupportedException();

    public IAsyncEnumerable<StoredRow> ReadRowsAsync(long revision, CancellationToken cancellation = default) => throw new NotSupportedException();

    public Task<IReadOnlyList<StoredRevision>> ReadHistoryAsync(CancellationToken cancellation = default) => throw new NotSupportedException();

    public Task<bool> TryWriteAsync(StoredRevision revision, IEnumerable<RowChange> changes, int keep, CancellationToken cancellation = default) => throw new NotSupportedException();

    public Task KeepOwnAsync(StoredRow row, CancellationToken cancellation = default) => throw new NotSupportedException();

    public Task<bool> TrySetRevokedAsync(StoredRevision revision, PublicKey client, bool isRevoked, CancellationToken cancellation = default) => throw new NotSupportedException();

    public Task<StoreTerm?> BeginNextTermAsync(CancellationToken cancellation = default) => throw new NotSupportedException();

    public Task<StoreTerm> BeginTermAsync(CancellationToken cancellation = default) => throw new NotSupportedException();

    public Task<long?> RenewTermAsync(CancellationToken cancellation = default) => throw new NotSupportedException();

    public Task EndTermAsync(CancellationToken cancellation = default) => throw new NotSupportedException();

    public Task<TermBeat> ReadTermAsync(CancellationToken cancellation = default) => throw new NotSupportedException();

    public Task<StoreKeys> ReadKeysAsync(CancellationToken cancellation = default) => throw new NotSupportedException();

    public Task<SealingStep> SealNextAsync(Func<StoredRow, StoredRow?> sealAnew, CancellationToken cancellation = default) => throw new NotSupportedException();

    public ValueTask DisposeAsync() => default;
}
