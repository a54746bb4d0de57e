using System.Runtime.CompilerServices;
using Coffer.Crypto.Keys;
using Coffer.Crypto.Sealing;
using Coffer.Server.Catalog;
using LinqToDB;
using LinqToDB.Async;
using LinqToDB.Data;

namespace Coffer.Server.Storage;

/// <summary>The store on linq2db: one code for every database it runs on.</summary>
internal sealed class LinqStore(StoreDialect dialect, ServerPublicKeys server) : ICofferStore
{
    private const int Batch = 500;

    // A command that comes to the catalog waits for one such transaction.
    private const int RowsSealedAtOnce = 250;
    private const int BytesSealedAtOnce = 4 * 1024 * 1024;

    // No term was begun here: nobody else writes to this database, or nobody can tell.
    private const long NoTerm = 0;

    private static readonly Func<DataConnection, byte[], IQueryable<CofferRow>> FindRow = CompiledQuery.Compile((DataConnection db, byte[] owner) =>
        db.GetTable<CofferRow>().Where(row => row.Owner == owner && row.Until == null
            && !db.GetTable<RevocationRow>().Any(revoked => revoked.Owner == owner && revoked.Until == null)));

    private long _term = NoTerm;

    // The newest term that was begun here as far as this store could tell: the database may have written it, and its answer have been lost. Its count of renewals began at random, so that no other's is taken for it.
    private TermBeat? _claimed;

    /// <summary>Opens the database, making or updating its tables.</summary>
    internal static async Task<LinqStore> OpenAsync(StoreDialect dialect, ServerPublicKeys server, CancellationToken cancellation = default)
    {
        var store = new LinqStore(dialect, server);
        await store.InTransactionAsync(async db =>
        {
            await dialect.LockSchemaAsync(db, cancellation).ConfigureAwait(false);
            await Schema.MigrateAsync(db, server, dialect, cancellation).ConfigureAwait(false);
            return true;
        }, cancellation).ConfigureAwait(false);
        return store;
    }

    public Task<StoredCoffer?> FindAsync(PublicKey owner, CancellationToken cancellation = default) => WithAsync(async db =>
    {
        var row = await FindRow(db, owner.Span.ToArray()).FirstOrDefaultAsync(cancellation).ConfigureAwait(false);
        return row is null ? null : new StoredCoffer(row.Name, new SealedCoffer(row.Revision, row.Sealed));
    });

    public Task<StoreState> ReadStateAsync(CancellationToken cancellation = default) => WithAsync(db => ReadStateAsync(db, cancellation));

    public Task<StoreChanges> ReadChangesAsync(long since, CancellationToken cancellation = default) => WithLongAsync(async db =>
    {
        // One view of all tables, which no writer waits for.
        await using var transaction = await db.BeginTransactionAsync(dialect.ReadIsolation, cancellation).ConfigureAwait(false);
        var state = await ReadStateAsync(db, cancellation).ConfigureAwait(false);
        if (state.Revision <= since) return new StoreChanges(state.Revision, [], IsWhole: false, HasContent(state));
        // Who was taken out before the oldest one that is kept has left no trace.
        var oldest = await db.GetTable<RevisionRow>().MinAsync(row => row.Revision, cancellation).ConfigureAwait(false);
        var isWhole = since == 0 || since < oldest - 1;
        if (isWhole) since = 0;
        var changes = new List<KeyValuePair<PublicKey, long?>>(isWhole ? state.Clients : 0);

        var revoked = (await db.GetTable<RevocationRow>().Where(row => row.Until == null).Select(row => row.Owner).ToListAsync(cancellation).ConfigureAwait(false))
            .Select(owner => new PublicKey(owner)).ToHashSet();

        // Clients that are gone come first, so that one which has a newer row since ends with that row.
        if (since > 0)
        {
            var gone = db.GetTable<CofferRow>().Where(row => row.Until > since).Select(row => row.Owner);
            await foreach (var owner in gone.AsAsyncEnumerable().WithCancellation(cancellation).ConfigureAwait(false)) changes.Add(new(new PublicKey(owner), null));
        }

        var touched = db.GetTable<RevocationRow>().Where(row => row.Revision > since || row.Until > since).Select(row => row.Owner);
        var current = db.GetTable<CofferRow>().Where(row => row.Until == null && (row.Revision > since || touched.Contains(row.Owner))).Select(row => new { row.Owner, row.Revision });
        await foreach (var row in current.AsAsyncEnumerable().WithCancellation(cancellation).ConfigureAwait(false))
        {
            var owner = new PublicKey(row.Owner);
            changes.Add(new(owner, revoked.Contains(owner) ? null : row.Revision));
        }
        return new StoreChanges(state.Revision, changes, isWhole, HasContent(state));
    }, cancellation);

    public IAsyncEnumerable<StoredClient> ReadClientsAsync(CancellationToken cancellation = default) => StreamAsync(db => Clients(db, Current(db)), Client, cancellation);

    // Sorted as it is read, without an index: a million take a second or two before the first one comes, and an index would cost every load more.
    public async IAsyncEnumerable<StoredClient> ReadClientsByNameAsync([EnumeratorCancellation] CancellationToken cancellation = default)
    {
        await LongWork.ResumeAsync();
        var clients = StreamAsync(db => Clients(db, Current(db).OrderBy(row => Sql.Collate(row.Name, dialect.BytewiseCollation))), Client, cancellation);
        await foreach (var client in clients.ConfigureAwait(false)) yield return client;
    }

    public Task<StoredRow?> FindClientAsync(PublicKey owner, CancellationToken cancellation = default)
    {
        var bytes = owner.Span.ToArray();
        return WithAsync(db => FindClientAsync(Current(db).Where(row => row.Owner == bytes), cancellation));
    }

    public Task<StoredRow?> FindClientAsync(string name, CancellationToken cancellation = default) =>
        WithAsync(db => FindClientAsync(Current(db).Where(row => row.Name == name), cancellation));

    public IAsyncEnumerable<PublicKey> ReadRevokedAsync(CancellationToken cancellation = default) =>
        StreamAsync(db => db.GetTable<RevocationRow>().Where(row => row.Until == null), row => new PublicKey(row.Owner), cancellation);

    public Task<bool> IsRevokedAsync(PublicKey owner, CancellationToken cancellation = default)
    {
        var bytes = owner.Span.ToArray();
        return WithAsync(db => db.GetTable<RevocationRow>().AnyAsync(row => row.Owner == bytes && row.Until == null, cancellation));
    }

    public IAsyncEnumerable<StoredRow> ReadRowsAsync(long revision, CancellationToken cancellation = default) => StreamAsync(
        db => db.GetTable<CofferRow>().Where(row => row.Revision > 0 && row.Revision <= revision && (row.Until == null || row.Until > revision)
            && db.GetTable<RevisionRow>().Any(kept => kept.Revision == revision)),
        Row,
        cancellation);

    public Task<IReadOnlyList<StoredRevision>> ReadHistoryAsync(CancellationToken cancellation = default) => WithAsync<IReadOnlyList<StoredRevision>>(async db =>
    {
        var rows = await db.GetTable<RevisionRow>().OrderByDescending(row => row.Revision).ToListAsync(cancellation).ConfigureAwait(false);
        return [.. rows.Select(Revision)];
    });

    public Task<bool> TryWriteAsync(StoredRevision revision, IEnumerable<RowChange> changes, int keep, CancellationToken cancellation = default) => TryAddRevisionAsync(isLong: true, revision, async db =>
    {
        var removed = new List<byte[]>();
        await dialect.InsertAsync(db, Puts(changes, removed), cancellation).ConfigureAwait(false);
        await CloseAsync(db, revision, removed, cancellation).ConfigureAwait(false);
        await PruneAsync(db, keep, cancellation).ConfigureAwait(false);
    }, cancellation);

    public Task KeepOwnAsync(StoredRow row, CancellationToken cancellation = default) => WithAsync(db =>
    {
        var (owner, bytes) = (row.Owner.Span.ToArray(), row.Coffer.Bytes.ToArray());
        return db.GetTable<CofferRow>().InsertOrUpdateAsync(
            () => new CofferRow { Owner = owner, Revision = 0, Name = row.Name, Digest = row.Digest, Sealed = bytes }, onDuplicateKeyUpdateSetter: null, cancellation);
    });

    public Task<bool> TrySetRevokedAsync(StoredRevision revision, PublicKey client, bool isRevoked, CancellationToken cancellation = default) => TryAddRevisionAsync(isLong: false, revision, async db =>
    {
        var owner = client.Span.ToArray();
        if (isRevoked) await db.InsertAsync(new RevocationRow { Owner = owner, Revision = revision.Revision }, token: cancellation).ConfigureAwait(false);
        else await db.GetTable<RevocationRow>().Where(row => row.Owner == owner && row.Until == null).Set(row => row.Until, revision.Revision).UpdateAsync(cancellation).ConfigureAwait(false);
    }, cancellation);

    public async Task<StoreTerm> BeginTermAsync(CancellationToken cancellation = default) => (await TryBeginTermAsync(after: long.MaxValue, cancellation).ConfigureAwait(false))!;

    public Task<StoreTerm?> BeginNextTermAsync(CancellationToken cancellation = default) => TryBeginTermAsync(after: Volatile.Read(ref _term), cancellation);

    private async Task<StoreTerm?> TryBeginTermAsync(long after, CancellationToken cancellation)
    {
        var claimed = Volatile.Read(ref _claimed);
        // Not as long as a load may take: until it has ended, no lease is granted.
        var begun = await InTransactionAsync(isLong: false, async db =>
        {
            var there = await Schema.ReadTermAsync(db, cancellation).ConfigureAwait(false);
            // Before anything of a successor's is ended. A term of this store's own, of which it was not told that it was written, is none.
            if (there.Term > after && there != claimed) return null;
            await dialect.EndWritersAsync(db, cancellation).ConfigureAwait(false);
            // So that the next catalog can end this, too, where it was left open.
            await dialect.MarkWriterAsync(db, cancellation).ConfigureAwait(false);
            return await TryBeginTermAsync(db, Math.Max(after, there.Term), cancellation).ConfigureAwait(false);
        }, cancellation).ConfigureAwait(false);
        if (begun is not null) Volatile.Write(ref _term, begun.Term);
        return begun;
    }

    public Task<long?> RenewTermAsync(CancellationToken cancellation = default) => WithAsync<long?>(async db =>
        await TryRenewTermAsync(db, cancellation).ConfigureAwait(false) ? await db.GetTable<RevisionRow>().MaxAsync(row => (long?)row.Revision, cancellation).ConfigureAwait(false) ?? 0 : null);

    public async Task EndTermAsync(CancellationToken cancellation = default)
    {
        var term = Volatile.Read(ref _term);
        if (term != NoTerm) await WithAsync(db => Terms(db).Where(row => row.Term == term).Set(row => row.Renewals, TermBeat.Over).UpdateAsync(cancellation)).ConfigureAwait(false);
    }

    public Task<TermBeat> ReadTermAsync(CancellationToken cancellation = default) =>
        WithAsync(db => Schema.ReadTermAsync(db, cancellation));

    public Task<StoreKeys> ReadKeysAsync(CancellationToken cancellation = default) => WithLongAsync(async db =>
    {
        var keys = await Schema.ReadKeysAsync(db, cancellation).ConfigureAwait(false);
        var rows = After(db, await ReadMarkAsync(db, cancellation).ConfigureAwait(false));
        return new StoreKeys(keys, AreAllFirst(keys) ? 0 : await rows.LongCountAsync(cancellation).ConfigureAwait(false));
    }, cancellation);

    public async Task<SealingStep> SealNextAsync(Func<StoredRow, StoredRow?> sealAnew, CancellationToken cancellation = default)
    {
        var step = SealingStep.Deposed;
        var isWritten = await TryWriteInTermAsync(isLong: false, async db =>
        {
            step = await SealNextAsync(db, sealAnew, cancellation).ConfigureAwait(false);
            return true;
        }, cancellation).ConfigureAwait(false);
        return isWritten ? step : SealingStep.Deposed;
    }

    public ValueTask DisposeAsync() => dialect.DisposeAsync();

    private async Task<StoreTerm?> TryBeginTermAsync(DataConnection db, long after, CancellationToken cancellation)
    {
        // The database may have been set back since, and no number is given twice.
        var last = Volatile.Read(ref _term);
        var renewals = Random.Shared.NextInt64(long.MaxValue / 2);
        var begun = await Terms(db).Where(row => row.Term <= after)
            .Set(row => row.Term, row => (row.Term > last ? row.Term : last) + 1).Set(row => row.Renewals, renewals).UpdateAsync(cancellation).ConfigureAwait(false);
        if (begun == 0) return null;
        var term = await Terms(db).Select(row => row.Term).SingleAsync(cancellation).ConfigureAwait(false);
        Volatile.Write(ref _claimed, new TermBeat(term, renewals));
        return new StoreTerm(term, (await ReadStateAsync(db, cancellation).ConfigureAwait(false)).Revision, await BeginSealingAsync(db, cancellation).ConfigureAwait(false));
    }

    // How far another key has come is worth nothing from now on: what this term writes is under its own.
    private async Task<bool> BeginSealingAsync(DataConnection db, CancellationToken cancellation)
    {
        var keys = await Schema.ReadKeysAsync(db, cancellation).ConfigureAwait(false);
        if (AreAllFirst(keys)) return false;
        if (!keys.Contains(server.First)) await Schema.WriteKeysAsync(db, keys.Append(server.First), cancellation).ConfigureAwait(false);
        if (await ReadMarkAsync(db, cancellation).ConfigureAwait(false) is null) await Schema.ForgetSealingAsync(db, cancellation).ConfigureAwait(false);
        return true;
    }

    private async Task<SealingStep> SealNextAsync(DataConnection db, Func<StoredRow, StoredRow?> sealAnew, CancellationToken cancellation)
    {
        var rows = await NextAsync(After(db, await ReadMarkAsync(db, cancellation).ConfigureAwait(false)), cancellation).ConfigureAwait(false);
        if (rows.Count == 0)
        {
            await Schema.WriteKeysAsync(db, [server.First], cancellation).ConfigureAwait(false);
            await Schema.ForgetSealingAsync(db, cancellation).ConfigureAwait(false);
            return SealingStep.Done;
        }

        foreach (var row in rows)
        {
            if (sealAnew(Row(row)) is not { } anew) continue;
            var (digest, bytes) = (anew.Digest, anew.Coffer.Bytes.ToArray());
            await db.GetTable<CofferRow>().Where(stored => stored.Owner == row.Owner && stored.Revision == row.Revision)
                .Set(stored => stored.Digest, digest).Set(stored => stored.Sealed, bytes).UpdateAsync(cancellation).ConfigureAwait(false);
        }
        await Schema.WriteSealingAsync(db, new SealingMark(server.First, new PublicKey(rows[^1].Owner), rows[^1].Revision), cancellation).ConfigureAwait(false);
        return SealingStep.More;
    }

    private static async Task<List<CofferRow>> NextAsync(IQueryable<CofferRow> rows, CancellationToken cancellation)
    {
        var next = new List<CofferRow>();
        var bytes = 0;
        await foreach (var row in rows.OrderBy(row => row.Owner).ThenBy(row => row.Revision).Take(RowsSealedAtOnce).AsAsyncEnumerable().WithCancellation(cancellation).ConfigureAwait(false))
        {
            next.Add(row);
            if ((bytes += row.Sealed.Length) >= BytesSealedAtOnce) break;
        }
        return next;
    }

    private bool AreAllFirst(IReadOnlyList<PublicKey> keys) => keys is [var only] && only == server.First;

    // Null where nothing was sealed anew under the first key since another one was.
    private async Task<SealingMark?> ReadMarkAsync(DataConnection db, CancellationToken cancellation) =>
        await Schema.ReadSealingAsync(db, cancellation).ConfigureAwait(false) is { } mark && mark.Under == server.First ? mark : null;

    private static IQueryable<CofferRow> After(DataConnection db, SealingMark? mark)
    {
        if (mark is null) return db.GetTable<CofferRow>();
        var (owner, revision) = (mark.Owner.Span.ToArray(), mark.Revision);
        return db.FromSql<CofferRow>($"SELECT owner, revision, until, name, digest, sealed FROM coffers WHERE (owner, revision) > ({owner}, {revision})");
    }

    private static IQueryable<TermRow> Terms(DataConnection db) => db.GetTable<TermRow>();

    // An update, so that a term which begins at the same time begins before or after, and sees or ends what is written.
    private async Task<bool> TryRenewTermAsync(DataConnection db, CancellationToken cancellation)
    {
        var term = Volatile.Read(ref _term);
        return term == NoTerm || await Terms(db).Where(row => row.Term == term).Set(row => row.Renewals, row => row.Renewals + 1).UpdateAsync(cancellation).ConfigureAwait(false) > 0;
    }

    private static IQueryable<CofferRow> Current(DataConnection db) => db.GetTable<CofferRow>().Where(row => row.Until == null && row.Revision > 0);

    private static IQueryable<ClientRow> Clients(DataConnection db, IQueryable<CofferRow> rows) => rows.Select(row => new ClientRow
    {
        Owner = row.Owner,
        Name = row.Name,
        Revision = row.Revision,
        Digest = row.Digest,
        IsRevoked = db.GetTable<RevocationRow>().Any(revoked => revoked.Owner == row.Owner && revoked.Until == null),
    });

    private static StoredClient Client(ClientRow row) => new(new PublicKey(row.Owner), row.Name, row.Revision, row.Digest, row.IsRevoked);

    private static async Task<StoredRow?> FindClientAsync(IQueryable<CofferRow> rows, CancellationToken cancellation) =>
        await rows.FirstOrDefaultAsync(cancellation).ConfigureAwait(false) is { } row ? Row(row) : null;

    private static async Task<StoreState> ReadStateAsync(DataConnection db, CancellationToken cancellation)
    {
        var newest = await db.GetTable<RevisionRow>().OrderByDescending(row => row.Revision).FirstOrDefaultAsync(cancellation).ConfigureAwait(false);
        if (newest is null) return new StoreState(0, null, null, null, 0);
        // None where keys were revoked before anything was loaded.
        var content = await Contents(db).FirstOrDefaultAsync(cancellation).ConfigureAwait(false);
        return new StoreState(newest.Revision, await Schema.ReadNewestSerialAsync(db, cancellation).ConfigureAwait(false), content?.Serial, content?.File, newest.Clients);
    }

    private static bool HasContent(StoreState state) => state.CurrentSerial is not null;

    // Loads and rollbacks, newest first.
    private static IQueryable<RevisionRow> Contents(DataConnection db) => db.GetTable<RevisionRow>()
        .Where(row => row.Kind == (int)RevisionKind.Load || row.Kind == (int)RevisionKind.Rollback)
        .OrderByDescending(row => row.Revision);

    // The one way in which a revision comes to be: checked, recorded and written in one transaction.
    private Task<bool> TryAddRevisionAsync(bool isLong, StoredRevision revision, Func<DataConnection, Task> write, CancellationToken cancellation) => TryWriteInTermAsync(isLong, async db =>
    {
        var state = await ReadStateAsync(db, cancellation).ConfigureAwait(false);
        if (state.Revision != revision.Revision - 1 || !await TryInsertAsync(db, revision, cancellation).ConfigureAwait(false)) return false;
        if (revision.Serial is { } serial && !(serial <= state.NewestSerial)) await Schema.WriteNewestSerialAsync(db, serial, cancellation).ConfigureAwait(false);
        await write(db).ConfigureAwait(false);
        return true;
    }, cancellation);

    // The one way in which the catalog writes: in its term, or not at all.
    private async Task<bool> TryWriteInTermAsync(bool isLong, Func<DataConnection, Task<bool>> tryWrite, CancellationToken cancellation)
    {
        Failpoint.Reach(Failpoint.BeforeTransaction);
        var isWritten = await InTransactionAsync(isLong, async db =>
        {
            await dialect.MarkWriterAsync(db, cancellation).ConfigureAwait(false);
            if (!await tryWrite(db).ConfigureAwait(false)) return false;

            // Last, so that the row is not locked for as long as a large load takes.
            if (!await TryRenewTermAsync(db, cancellation).ConfigureAwait(false)) return false;
            Failpoint.Reach(Failpoint.InTransaction);
            return true;
        }, cancellation).ConfigureAwait(false);
        Failpoint.Reach(Failpoint.AfterTransaction);
        return isWritten;
    }

    private async Task<bool> TryInsertAsync(DataConnection db, StoredRevision revision, CancellationToken cancellation)
    {
        try
        {
            await db.InsertAsync(Row(revision), token: cancellation).ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (dialect.IsTaken(e))
        {
            return false;
        }
    }

    private static IEnumerable<CofferRow> Puts(IEnumerable<RowChange> changes, List<byte[]> removed)
    {
        foreach (var change in changes)
        {
            if (change is RowChange.Put put)
                yield return new CofferRow { Owner = put.Owner.Span.ToArray(), Revision = put.Coffer.Revision, Name = put.Name, Digest = put.Digest, Sealed = put.Coffer.Bytes.ToArray() };
            else
                removed.Add(change.Owner.Span.ToArray());
        }
    }

    // What was current of the clients that have a new row, or are gone, counts no longer.
    private static async Task CloseAsync(DataConnection db, StoredRevision revision, List<byte[]> removed, CancellationToken cancellation)
    {
        var number = revision.Revision;
        var current = db.GetTable<CofferRow>().Where(row => row.Until == null && row.Revision < number);
        if (revision.Changed > 0)
        {
            var renewed = db.GetTable<CofferRow>().Where(row => row.Revision == number).Select(row => row.Owner);
            await current.Where(row => renewed.Contains(row.Owner)).Set(row => row.Until, number).UpdateAsync(cancellation).ConfigureAwait(false);
        }
        foreach (var batch in removed.Chunk(Batch))
            await current.Where(row => batch.Contains(row.Owner)).Set(row => row.Until, number).UpdateAsync(cancellation).ConfigureAwait(false);
    }

    // What no kept revision shows any more goes, with the revisions before the oldest kept one. What that one itself took out stays: nodes have yet to hear of it.
    private static async Task PruneAsync(DataConnection db, int keep, CancellationToken cancellation)
    {
        var oldest = await Contents(db).Skip(keep - 1).Select(row => (long?)row.Revision).FirstOrDefaultAsync(cancellation).ConfigureAwait(false);
        if (oldest is null) return;
        await db.GetTable<CofferRow>().DeleteAsync(row => row.Until < oldest, cancellation).ConfigureAwait(false);
        await db.GetTable<RevocationRow>().DeleteAsync(row => row.Until < oldest, cancellation).ConfigureAwait(false);
        await db.GetTable<RevisionRow>().DeleteAsync(row => row.Revision < oldest, cancellation).ConfigureAwait(false);
    }

    private Task<T> WithAsync<T>(Func<DataConnection, Task<T>> work) => TwiceAsync(async () =>
    {
        await using var db = dialect.Connect();
        return await work(db).ConfigureAwait(false);
    });

    // Once more where the first connection had ended; so nothing that may not be done twice.
    private async Task<T> TwiceAsync<T>(Func<Task<T>> work)
    {
        try
        {
            try
            {
                return await work().ConfigureAwait(false);
            }
            catch (Exception e) when (dialect.IsLost(e))
            {
                return await work().ConfigureAwait(false);
            }
        }
        catch (Exception e) when (dialect.Diagnose(e) is { } known)
        {
            throw known;
        }
    }

    private Task<T> WithLongAsync<T>(Func<DataConnection, Task<T>> work, CancellationToken cancellation) => OnceAsync(isLong: true, work, cancellation);

    private async Task<T> OnceAsync<T>(bool isLong, Func<DataConnection, Task<T>> work, CancellationToken cancellation)
    {
        await using var db = await ConnectAsync(isLong, cancellation).ConfigureAwait(false);
        try
        {
            return await work(db).ConfigureAwait(false);
        }
        catch (Exception e) when (dialect.Diagnose(e) is { } known)
        {
            throw known;
        }
    }

    // A connection that was just seen to answer; on a long one statements may take minutes.
    private Task<DataConnection> ConnectAsync(bool isLong, CancellationToken cancellation) => TwiceAsync(async () =>
    {
        var db = dialect.Connect();
        try
        {
            await db.ExecuteAsync("SELECT 1", cancellation).ConfigureAwait(false);
            if (isLong) dialect.AllowLong(db);
            return db;
        }
        catch
        {
            await db.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    });

    private Task<T> InTransactionAsync<T>(Func<DataConnection, Task<T>> work, CancellationToken cancellation) => InTransactionAsync(isLong: true, work, cancellation);

    private Task<T> InTransactionAsync<T>(bool isLong, Func<DataConnection, Task<T>> work, CancellationToken cancellation) => OnceAsync(isLong, async db =>
    {
        var isCommitting = false;
        try
        {
            await using var transaction = await db.BeginTransactionAsync(dialect.Isolation, cancellation).ConfigureAwait(false);
            var result = await work(db).ConfigureAwait(false);
            if (result is false) return result;
            isCommitting = true;
            await dialect.CommitAsync(db, transaction, cancellation).ConfigureAwait(false);
            return result;
        }
        // The database may not have heard of it.
        catch (Exception e) when (dialect.Diagnose(e) is { Fault: StoreFault.Unavailable } known)
        {
            throw new StoreException(known.Fault, known.Message, e) { MayBeOpen = true, MayBeWritten = isCommitting };
        }
    }, cancellation);

    private async IAsyncEnumerable<T> StreamAsync<TRow, T>(Func<DataConnection, IQueryable<TRow>> query, Func<TRow, T> map, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await using var db = await ConnectAsync(isLong: true, cancellation).ConfigureAwait(false);
        await using var rows = query(db).AsAsyncEnumerable().GetAsyncEnumerator(cancellation);
        while (await MoveAsync(rows).ConfigureAwait(false)) yield return map(rows.Current);
    }

    private async ValueTask<bool> MoveAsync<TRow>(IAsyncEnumerator<TRow> rows)
    {
        try
        {
            return await rows.MoveNextAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (dialect.Diagnose(e) is { } known)
        {
            throw known;
        }
    }

    private static StoredRow Row(CofferRow row) => new(new PublicKey(row.Owner), row.Name, row.Digest, new SealedCoffer(row.Revision, row.Sealed));

    private static RevisionRow Row(StoredRevision revision) => new()
    {
        Revision = revision.Revision,
        Kind = (int)revision.Kind,
        Serial = revision.Serial,
        Companion = revision.Companion?.Span.ToArray(),
        SealedAt = revision.SealedAt?.ToUnixTimeMilliseconds(),
        File = revision.File,
        At = revision.At.ToUnixTimeMilliseconds(),
        Source = revision.Source,
        Subject = revision.Subject?.Span.ToArray(),
        Clients = revision.Clients,
        Added = revision.Added,
        Changed = revision.Changed,
        Removed = revision.Removed,
    };

    private static StoredRevision Revision(RevisionRow row) => new(
        row.Revision, (RevisionKind)row.Kind, row.Serial, Key(row.Companion), row.SealedAt is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null, row.File,
        DateTimeOffset.FromUnixTimeMilliseconds(row.At), row.Source, Key(row.Subject), row.Clients, row.Added, row.Changed, row.Removed);

    private static PublicKey? Key(byte[]? bytes) => bytes is null ? null : new PublicKey(bytes);

    private sealed class ClientRow
    {
        public byte[] Owner { get; init; } = [];
        public string Name { get; init; } = "";
        public long Revision { get; init; }
        public byte[] Digest { get; init; } = [];
        public bool IsRevoked { get; init; }
    }
}
