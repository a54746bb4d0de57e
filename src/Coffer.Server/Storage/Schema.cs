using System.Globalization;
using Coffer.Crypto.Keys;
using LinqToDB;
using LinqToDB.Async;
using LinqToDB.Data;

namespace Coffer.Server.Storage;

/// <summary>Makes the tables and brings older ones up to date, a step at a time, all in one transaction.</summary>
internal static class Schema
{
    private const string VersionKey = "schema";
    private const string ServerKey = "server";
    private const string SerialKey = "serial";
    private const string SealingKey = "sealing";

    /// <summary>What leads from version n to n + 1. A step that was released never changes; <c>{blob}</c> is the database's word.</summary>
    private static readonly string[][] Steps =
    [
        [
            "CREATE TABLE coffers (owner {blob} NOT NULL, revision BIGINT NOT NULL, until BIGINT NULL, name TEXT NOT NULL, digest {blob} NOT NULL, sealed {blob} NOT NULL, PRIMARY KEY (owner, revision))",
            "CREATE INDEX coffers_revision ON coffers (revision)",
            "CREATE INDEX coffers_until ON coffers (until) WHERE until IS NOT NULL",
            "CREATE TABLE revocations (owner {blob} NOT NULL, revision BIGINT NOT NULL, until BIGINT NULL, PRIMARY KEY (owner, revision))",
            "CREATE TABLE revisions (revision BIGINT NOT NULL PRIMARY KEY, kind INTEGER NOT NULL, serial BIGINT NULL, companion {blob} NULL, sealed_at BIGINT NULL, at BIGINT NOT NULL, source BIGINT NULL, subject {blob} NULL, clients INTEGER NOT NULL, added INTEGER NOT NULL, changed INTEGER NOT NULL, removed INTEGER NOT NULL)",
        ],
        [
            "CREATE TABLE terms (id INTEGER NOT NULL PRIMARY KEY, term BIGINT NOT NULL, renewals BIGINT NOT NULL)",
            "INSERT INTO terms (id, term, renewals) VALUES (1, 0, 0)",
        ],
        [
            "ALTER TABLE revisions ADD COLUMN file TEXT NULL",
        ],
    ];

    /// <summary>Brings the database up to date and binds one that is new, or in which nothing was ever loaded, to the first key of <paramref name="server"/>.</summary>
    /// <param name="db">The database.</param>
    /// <param name="server">The keys that are held.</param>
    /// <param name="dialect">Its own.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="StoreException">It has rows under a key that is not held, others are at work on it under one, or a newer version made it.</exception>
    internal static async Task MigrateAsync(DataConnection db, ServerPublicKeys server, StoreDialect dialect, CancellationToken cancellation)
    {
        // IF NOT EXISTS would ask for the right to make tables first, which nobody needs where there is nothing to be made.
        if (!await db.ExecuteAsync<bool>(dialect.HasMeta, cancellation).ConfigureAwait(false))
            await db.ExecuteAsync("CREATE TABLE meta (key TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL)", cancellation).ConfigureAwait(false);
        var meta = (await db.GetTable<MetaRow>().ToListAsync(cancellation).ConfigureAwait(false)).ToDictionary(row => row.Key, row => row.Value);
        if (meta.TryGetValue(ServerKey, out var keys) && Keys(keys) is var under && under.FirstOrDefault(key => !server.Holds(key)) is var missing && missing != default)
        {
            if (await db.GetTable<RevisionRow>().AnyAsync(cancellation).ConfigureAwait(false))
                throw new StoreException(StoreFault.OtherKey, under.Count == 1 ? $"the database was made under another server key, {missing}" : $"the database still has rows under another server key, {missing}");

            if (dialect.IsShared && await IsAtWorkAsync(db, cancellation).ConfigureAwait(false))
                throw new StoreException(StoreFault.OtherKey, $"the database is that of a server or a cluster with another server key, {missing}, whose term in it is not over");

            // Nothing was ever loaded: a first start with the wrong key is no reason to refuse the right one. What may be there is the server's own.
            await db.GetTable<CofferRow>().DeleteAsync(cancellation).ConfigureAwait(false);
            keys = null;
        }

        var version = meta.TryGetValue(VersionKey, out var text) ? int.Parse(text, CultureInfo.InvariantCulture) : 0;
        if (version > Steps.Length)
            throw new StoreException(StoreFault.Newer, $"the database was made by a newer version of Coffer (schema {version}, this one knows {Steps.Length})");

        foreach (var statement in Steps.Skip(version).SelectMany(step => step))
            await db.ExecuteAsync(statement.Replace("{blob}", dialect.Blob, StringComparison.Ordinal), cancellation).ConfigureAwait(false);
        await SetAsync(db, VersionKey, Steps.Length.ToString(CultureInfo.InvariantCulture), cancellation).ConfigureAwait(false);
        if (keys is null) await WriteKeysAsync(db, [server.First], cancellation).ConfigureAwait(false);
    }

    private static async Task<bool> IsAtWorkAsync(DataConnection db, CancellationToken cancellation) =>
        await ReadTermAsync(db, cancellation).ConfigureAwait(false) is { IsOver: false };

    /// <summary>The term that was begun last.</summary>
    internal static Task<TermBeat> ReadTermAsync(DataConnection db, CancellationToken cancellation) =>
        db.GetTable<TermRow>().Select(row => new TermBeat(row.Term, row.Renewals)).SingleAsync(cancellation);

    /// <summary>The keys that rows may be sealed under: one, or two while the server's key is being changed.</summary>
    /// <remarks>Their texts, joined by a space: a version that knows of one key alone refuses two.</remarks>
    internal static async Task<IReadOnlyList<PublicKey>> ReadKeysAsync(DataConnection db, CancellationToken cancellation) =>
        Keys((await ReadAsync(db, ServerKey, cancellation).ConfigureAwait(false))!);

    internal static Task WriteKeysAsync(DataConnection db, IEnumerable<PublicKey> keys, CancellationToken cancellation) => SetAsync(db, ServerKey, string.Join(' ', keys), cancellation);

    /// <summary>How far sealing anew has come, and under which key; null where it has not begun.</summary>
    internal static async Task<SealingMark?> ReadSealingAsync(DataConnection db, CancellationToken cancellation) =>
        await ReadAsync(db, SealingKey, cancellation).ConfigureAwait(false) is { } text && text.Split(' ') is [var under, var owner, var revision]
            ? new SealingMark(PublicKey.Parse(under), PublicKey.Parse(owner), long.Parse(revision, CultureInfo.InvariantCulture))
            : null;

    internal static Task WriteSealingAsync(DataConnection db, SealingMark mark, CancellationToken cancellation) =>
        SetAsync(db, SealingKey, string.Create(CultureInfo.InvariantCulture, $"{mark.Under} {mark.Owner} {mark.Revision}"), cancellation);

    internal static Task ForgetSealingAsync(DataConnection db, CancellationToken cancellation) => db.GetTable<MetaRow>().DeleteAsync(row => row.Key == SealingKey, cancellation);

    /// <summary>The greatest serial that was ever loaded, which outlives its revision: a rollback does not make an old definition new.</summary>
    internal static async Task<long?> ReadNewestSerialAsync(DataConnection db, CancellationToken cancellation) =>
        await ReadAsync(db, SerialKey, cancellation).ConfigureAwait(false) is { } text
            ? long.Parse(text, CultureInfo.InvariantCulture)
            : null;

    internal static Task WriteNewestSerialAsync(DataConnection db, long serial, CancellationToken cancellation) =>
        SetAsync(db, SerialKey, serial.ToString(CultureInfo.InvariantCulture), cancellation);

    private static Task<int> SetAsync(DataConnection db, string key, string value, CancellationToken cancellation) =>
        db.GetTable<MetaRow>().InsertOrUpdateAsync(() => new MetaRow { Key = key, Value = value }, _ => new MetaRow { Value = value }, cancellation);

    private static List<PublicKey> Keys(string text) => [.. text.Split(' ').Select(key => PublicKey.Parse(key))];

    private static Task<string?> ReadAsync(DataConnection db, string key, CancellationToken cancellation) =>
        db.GetTable<MetaRow>().Where(row => row.Key == key).Select(row => row.Value).FirstOrDefaultAsync(cancellation);
}

/// <summary>The row that was sealed anew last; they go by owner and revision.</summary>
/// <param name="Under">The key that they are sealed under.</param>
/// <param name="Owner">The row's.</param>
/// <param name="Revision">The row's.</param>
internal sealed record SealingMark(PublicKey Under, PublicKey Owner, long Revision);
