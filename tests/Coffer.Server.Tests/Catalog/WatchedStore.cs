using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Coffer.Crypto.Keys;
using Coffer.Server.Storage;
using Coffer.Server.Tests.Conversations;

namespace Coffer.Server.Tests.Catalog;

/// <summary>A store that counts what it is asked, can hold back writes and reads of rows, and can be away.</summary>
internal sealed class WatchedStore(ICofferStore store) : ICofferStore
{
    private readonly ConcurrentDictionary<PublicKey, int> _finds = new();
    private int _calls;
    private volatile TaskCompletionSource? _writeGate;
    private volatile TaskCompletionSource? _findGate;
    private volatile TaskCompletionSource? _sealGate;
    private volatile TaskCompletionSource? _keysGate;
    private volatile TaskCompletionSource? _historyGate;
    private volatile TaskCompletionSource? _clientsGate;
    private int _clientsBeforeGate;
    private TaskCompletionSource? _stateGate;
    private volatile bool _isAway;
    private volatile bool _losesAnswers;
    private volatile bool _leavesNextOpen;
    private volatile bool _losesNextChanges;

    /// <summary>How many calls there were, of any kind.</summary>
    internal int Calls => Volatile.Read(ref _calls);

    /// <summary>Whether everything that it is asked fails.</summary>
    internal bool IsAway
    {
        get => _isAway;
        set => _isAway = value;
    }

    /// <summary>Whether it writes what it is asked to, and is away before it has said so.</summary>
    internal bool LosesAnswers
    {
        get => _losesAnswers;
        set => _losesAnswers = value;
    }

    /// <summary>Whether the next write fails before its end, with its transaction left open.</summary>
    internal bool LeavesNextOpen
    {
        get => _leavesNextOpen;
        set => _leavesNextOpen = value;
    }

    /// <summary>How often an entity read the row of <paramref name="owner"/>.</summary>
    internal int FindsOf(PublicKey owner) => _finds.GetValueOrDefault(owner);

    /// <summary>Ends once a write has been asked for that waits for the gate.</summary>
    internal TaskCompletionSource WriteIsWaiting { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends once a read of a row has been asked for that waits for the gate.</summary>
    internal TaskCompletionSource FindIsWaiting { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends once rows are to be sealed anew and that waits for the gate.</summary>
    internal TaskCompletionSource SealIsWaiting { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Lets sealing anew wait until the returned source is set.</summary>
    internal TaskCompletionSource HoldSealing() => _sealGate = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Lets reads of the keys wait until the returned source is set, also where they are cancelled, as on a database that hangs.</summary>
    internal TaskCompletionSource HoldKeys() => _keysGate = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Lets reads of the history wait until the returned source is set, or they are cancelled.</summary>
    internal TaskCompletionSource HoldHistory() => _historyGate = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Lets reads of the clients by name wait once they have come to so many, until the returned source is set, or they are cancelled.</summary>
    internal TaskCompletionSource HoldClients(int after)
    {
        _clientsBeforeGate = after;
        return _clientsGate = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>Lets writes wait until the returned source is set.</summary>
    internal TaskCompletionSource HoldWrites() => _writeGate = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Lets reads of rows wait until the returned source is set.</summary>
    internal TaskCompletionSource HoldFinds() => _findGate = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public async Task<StoredCoffer?> FindAsync(PublicKey owner, CancellationToken cancellation = default)
    {
        _finds.AddOrUpdate(owner, 1, (_, count) => count + 1);
        if (_findGate is { } gate)
        {
            FindIsWaiting.TrySetResult();
            await gate.Task;
        }
        return await Counted().FindAsync(owner, cancellation);
    }

    /// <summary>Ends once the state has been read whose answer waits for the gate.</summary>
    internal TaskCompletionSource StateIsWaiting { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Keeps back the answer of the next read of the state, and of no other, until the returned source is set.</summary>
    internal TaskCompletionSource HoldNextState() => _stateGate = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public async Task<StoreState> ReadStateAsync(CancellationToken cancellation = default)
    {
        var gate = Interlocked.Exchange(ref _stateGate, null);
        var state = await Counted().ReadStateAsync(cancellation);
        if (gate is null) return state;
        StateIsWaiting.TrySetResult();
        await gate.Task;
        return state;
    }

    /// <summary>Whether the next read of changes says nothing until it is cancelled, as on a connection whose other end is gone.</summary>
    internal bool LosesNextChanges
    {
        get => _losesNextChanges;
        set => _losesNextChanges = value;
    }

    public async Task<StoreChanges> ReadChangesAsync(long since, CancellationToken cancellation = default)
    {
        if (_losesNextChanges)
        {
            _losesNextChanges = false;
            await Task.Delay(Timeout.Infinite, cancellation);
        }
        return await Counted().ReadChangesAsync(since, cancellation);
    }

    public IAsyncEnumerable<StoredClient> ReadClientsAsync(CancellationToken cancellation = default) => Counted().ReadClientsAsync(cancellation);

    public async IAsyncEnumerable<StoredClient> ReadClientsByNameAsync([EnumeratorCancellation] CancellationToken cancellation = default)
    {
        var read = 0;
        await foreach (var client in Counted().ReadClientsByNameAsync(cancellation))
        {
            if (_clientsGate is { } gate && read++ == _clientsBeforeGate) await gate.Task.WaitAsync(cancellation);
            yield return client;
        }
    }

    public Task<StoredRow?> FindClientAsync(PublicKey owner, CancellationToken cancellation = default) => Counted().FindClientAsync(owner, cancellation);

    public Task<StoredRow?> FindClientAsync(string name, CancellationToken cancellation = default) => Counted().FindClientAsync(name, cancellation);

    public IAsyncEnumerable<PublicKey> ReadRevokedAsync(CancellationToken cancellation = default) => Counted().ReadRevokedAsync(cancellation);

    public Task<bool> IsRevokedAsync(PublicKey owner, CancellationToken cancellation = default) => Counted().IsRevokedAsync(owner, cancellation);

    public IAsyncEnumerable<StoredRow> ReadRowsAsync(long revision, CancellationToken cancellation = default) => Counted().ReadRowsAsync(revision, cancellation);

    public Task KeepOwnAsync(StoredRow row, CancellationToken cancellation = default) => Counted().KeepOwnAsync(row, cancellation);

    public async Task<IReadOnlyList<StoredRevision>> ReadHistoryAsync(CancellationToken cancellation = default)
    {
        if (_historyGate is { } gate) await gate.Task.WaitAsync(cancellation);
        return await Counted().ReadHistoryAsync(cancellation);
    }

    public async Task<bool> TryWriteAsync(StoredRevision revision, IEnumerable<RowChange> changes, int keep, CancellationToken cancellation = default)
    {
        if (_writeGate is { } gate)
        {
            WriteIsWaiting.TrySetResult();
            await gate.Task;
        }
        LeaveOpen();
        return await Counted().TryWriteAsync(revision, changes, keep, cancellation);
    }

    public async Task<bool> TrySetRevokedAsync(StoredRevision revision, PublicKey client, bool isRevoked, CancellationToken cancellation = default)
    {
        LeaveOpen();
        var isWritten = await Counted().TrySetRevokedAsync(revision, client, isRevoked, cancellation);
        if (!_losesAnswers) return isWritten;
        _isAway = true;
        throw new StoreException(StoreFault.Unavailable, "away") { MayBeOpen = true, MayBeWritten = true };
    }

    public Task<StoreTerm?> BeginNextTermAsync(CancellationToken cancellation = default) => Counted().BeginNextTermAsync(cancellation);

    public Task<StoreTerm> BeginTermAsync(CancellationToken cancellation = default) => Counted().BeginTermAsync(cancellation);

    public Task<long?> RenewTermAsync(CancellationToken cancellation = default) => Counted().RenewTermAsync(cancellation);

    public Task EndTermAsync(CancellationToken cancellation = default) => Counted().EndTermAsync(cancellation);

    public Task<TermBeat> ReadTermAsync(CancellationToken cancellation = default) => Counted().ReadTermAsync(cancellation);

    public async Task<StoreKeys> ReadKeysAsync(CancellationToken cancellation = default)
    {
        if (_keysGate is { } gate) await gate.Task;
        return await Counted().ReadKeysAsync(cancellation);
    }

    public async Task<SealingStep> SealNextAsync(Func<StoredRow, StoredRow?> sealAnew, CancellationToken cancellation = default)
    {
        if (_sealGate is { } gate)
        {
            SealIsWaiting.TrySetResult();
            await gate.Task;
        }
        return await Counted().SealNextAsync(sealAnew, cancellation);
    }

    public ValueTask DisposeAsync() => store.DisposeAsync();

    private void LeaveOpen()
    {
        if (!_leavesNextOpen) return;
        _leavesNextOpen = false;
        throw new StoreException(StoreFault.Unavailable, "away") { MayBeOpen = true };
    }

    private ICofferStore Counted()
    {
        Interlocked.Increment(ref _calls);
        return _isAway ? throw new StoreException(StoreFault.Unavailable, "away") : store;
    }
}

/// <summary>A node on a <see cref="WatchedStore"/>.</summary>
internal sealed class WatchedNode(string config = "") : TestNode(config)
{
    internal WatchedStore Store { get; private set; } = null!;

    internal override ICofferStore Watched(ICofferStore store) => Store = new WatchedStore(store);
}
