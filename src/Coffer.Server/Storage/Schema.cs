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
    ];

    /// <summary>Brings the database up to date and binds a new one to <paramref name="server"/>.</summary>
    /// <exception cref="StoreException">It belongs to another key, or a newer version made it.</exception>
    internal static async Task MigrateAsync(DataConnection db, PublicKey server, string blob, CancellationToken cancellation)
    {
        await db.ExecuteAsync("CREATE TABLE IF NOT EXISTS meta (key TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL)", cancellation).ConfigureAwait(false);
        var meta = (await db.GetTable<MetaRow>().ToListAsync(cancellation).ConfigureAwait(false)).ToDictionary(row => row.Key, row => row.Value);
        if (meta.TryGetValue(ServerKey, out var owner) && owner != server.ToString())
            throw new StoreException(StoreFault.OtherKey, $"the database was made under another server key, {owner}");

        var version = meta.TryGetValue(VersionKey, out var text) ? int.Parse(text, CultureInfo.InvariantCulture) : 0;
        if (version > Steps.Length)
            throw new StoreException(StoreFault.Newer, $"the database was made by a newer version of Coffer (schema {version}, this one knows {Steps.Length})");

        foreach (var statement in Steps.Skip(version).SelectMany(step => step))
            await db.ExecuteAsync(statement.Replace("{blob}", blob, StringComparison.Ordinal), cancellation).ConfigureAwait(false);
        await SetAsync(db, VersionKey, Steps.Length.ToString(CultureInfo.InvariantCulture), cancellation).ConfigureAwait(false);
        await SetAsync(db, ServerKey, server.ToString(), cancellation).ConfigureAwait(false);
    }

    /// <summary>The greatest serial that was ever loaded, which outlives its revision: a rollback does not make an old definition new.</summary>
    internal static async Task<long?> ReadNewestSerialAsync(DataConnection db, CancellationToken cancellation) =>
        await db.GetTable<MetaRow>().Where(row => row.Key == SerialKey).Select(row => row.Value).FirstOrDefaultAsync(cancellation).ConfigureAwait(false) is { } text
            ? long.Parse(text, CultureInfo.InvariantCulture)
            : null;

    internal static Task WriteNewestSerialAsync(DataConnection db, long serial, CancellationToken cancellation) =>
        SetAsync(db, SerialKey, serial.ToString(CultureInfo.InvariantCulture), cancellation);

    private static Task<int> SetAsync(DataConnection db, string key, string value, CancellationToken cancellation) =>
        db.GetTable<MetaRow>().InsertOrUpdateAsync(() => new MetaRow { Key = key, Value = value }, _ => new MetaRow { Value = value }, cancellation);
}
