using System.Diagnostics;
using System.Runtime.CompilerServices;
using Coffer.Crypto.Keys;
using Coffer.Server.Storage;
using Microsoft.Extensions.Logging;

namespace Coffer.Server.Metrics;

/// <summary>A store whose operations are timed, whose faults are counted, and of which the log says when it is away. It stays the caller's to dispose.</summary>
public sealed class MeasuredStore(ICofferStore store, CofferMetrics metrics, TimeProvider clock, ILogger log) : ICofferStore
{
    private readonly StoreAvailability _availability = new(clock, log);

    /// <summary>Why it did not answer when it was asked last; null where it did.</summary>
    public string? Problem => _availability.Problem;

    /// <inheritdoc/>
    public Task<StoredCoffer?> FindAsync(PublicKey owner, CancellationToken cancellation = default) => MeasureAsync("find", () => store.FindAsync(owner, cancellation));

    /// <inheritdoc/>
    public Task<StoreState> ReadStateAsync(CancellationToken cancellation = default) => MeasureAsync("read_state", () => store.ReadStateAsync(cancellation));

    /// <inheritdoc/>
    public Task<StoreChanges> ReadChangesAsync(long since, CancellationToken cancellation = default) => MeasureAsync("read_changes", () => store.ReadChangesAsync(since, cancellation));

    /// <inheritdoc/>
    public IAsyncEnumerable<StoredClient> ReadClientsAsync(CancellationToken cancellation = default) => MeasureAsync("read_clients", store.ReadClientsAsync(cancellation), cancellation);

    /// <inheritdoc/>
    public IAsyncEnumerable<StoredClient> ReadClientsByNameAsync(CancellationToken cancellation = default) => MeasureAsync("read_clients", store.ReadClientsByNameAsync(cancellation), cancellation);

    /// <inheritdoc/>
    public Task<StoredRow?> FindClientAsync(PublicKey owner, CancellationToken cancellation = default) => MeasureAsync("find_client", () => store.FindClientAsync(owner, cancellation));

    /// <inheritdoc/>
    public Task<StoredRow?> FindClientAsync(string name, CancellationToken cancellation = default) => MeasureAsync("find_client", () => store.FindClientAsync(name, cancellation));

    /// <inheritdoc/>
    public IAsyncEnumerable<PublicKey> ReadRevokedAsync(CancellationToken cancellation = default) => MeasureAsync("read_revoked", store.ReadRevokedAsync(cancellation), cancellation);

    /// <inheritdoc/>
    public Task<bool> IsRevokedAsync(PublicKey owner, CancellationToken cancellation = default) => MeasureAsync("is_revoked", () => store.IsRevokedAsync(owner, cancellation));

    /// <inheritdoc/>
    public IAsyncEnumerable<StoredRow> ReadRowsAsync(long revision, CancellationToken cancellation = default) => MeasureAsync("read_rows", store.ReadRowsAsync(revision, cancellation), cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<StoredRevision>> ReadHistoryAsync(CancellationToken cancellation = default) => MeasureAsync("read_history", () => store.ReadHistoryAsync(cancellation));

    /// <inheritdoc/>
    public Task<bool> TryWriteAsync(StoredRevision revision, IEnumerable<RowChange> changes, int keep, CancellationToken cancellation = default) =>
        MeasureAsync("write", () => store.TryWriteAsync(revision, changes, keep, cancellation));

    /// <inheritdoc/>
    public Task<bool> TrySetRevokedAsync(StoredRevision revision, PublicKey client, bool isRevoked, CancellationToken cancellation = default) =>
        MeasureAsync("set_revoked", () => store.TrySetRevokedAsync(revision, client, isRevoked, cancellation));

    /// <inheritdoc/>
    public Task KeepOwnAsync(StoredRow row, CancellationToken cancellation = default) => store.KeepOwnAsync(row, cancellation);

    /// <inheritdoc/>
    public Task<StoreTerm> BeginTermAsync(CancellationToken cancellation = default) => MeasureAsync("begin_term", () => store.BeginTermAsync(cancellation));

    /// <inheritdoc/>
    public Task<StoreTerm?> BeginNextTermAsync(CancellationToken cancellation = default) => MeasureAsync("begin_term", () => store.BeginNextTermAsync(cancellation));

    /// <inheritdoc/>
    public Task<long?> RenewTermAsync(CancellationToken cancellation = default) => MeasureAsync("renew_term", () => store.RenewTermAsync(cancellation));

    /// <inheritdoc/>
    public Task EndTermAsync(CancellationToken cancellation = default) => store.EndTermAsync(cancellation);

    /// <inheritdoc/>
    public Task<TermBeat> ReadTermAsync(CancellationToken cancellation = default) => MeasureAsync("read_term", () => store.ReadTermAsync(cancellation));

    /// <inheritdoc/>
    public Task<StoreKeys> ReadKeysAsync(CancellationToken cancellation = default) => MeasureAsync("read_keys", () => store.ReadKeysAsync(cancellation));

    /// <inheritdoc/>
    public Task<SealingStep> SealNextAsync(Func<StoredRow, StoredRow?> sealAnew, CancellationToken cancellation = default) =>
        MeasureAsync("seal_next", () => store.SealNextAsync(sealAnew, cancellation));

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => default;

    // SQLite's operations are done before they return their task.
    private async Task<T> MeasureAsync<T>(string operation, Func<Task<T>> work)
    {
        var begun = Stopwatch.GetTimestamp();
        try
        {
            var answer = await work().ConfigureAwait(false);
            _availability.Answered();
            return answer;
        }
        catch (StoreException e)
        {
            Failed(e);
            throw;
        }
        finally
        {
            metrics.StoreAnswered(operation, Stopwatch.GetElapsedTime(begun));
        }
    }

    private void Failed(StoreException e)
    {
        metrics.StoreFailed(e.Fault);
        _availability.Failed(e);
    }

    // What the reader does between two rows is not the store's time.
    private async IAsyncEnumerable<T> MeasureAsync<T>(string operation, IAsyncEnumerable<T> rows, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await using var reading = rows.GetAsyncEnumerator(cancellation);
        var waited = TimeSpan.Zero;
        try
        {
            while (await MoveAsync().ConfigureAwait(false)) yield return reading.Current;
        }
        finally
        {
            metrics.StoreAnswered(operation, waited);
        }

        async ValueTask<bool> MoveAsync()
        {
            var begun = Stopwatch.GetTimestamp();
            try
            {
                var hasRow = await reading.MoveNextAsync().ConfigureAwait(false);
                _availability.Answered();
                return hasRow;
            }
            catch (StoreException e)
            {
                Failed(e);
                throw;
            }
            finally
            {
                waited += Stopwatch.GetElapsedTime(begun);
            }
        }
    }
}
