using System.Data;
using Coffer.CommandLine;
using LinqToDB;
using LinqToDB.Data;
using LinqToDB.DataProvider.SQLite;
using Microsoft.Data.Sqlite;

namespace Coffer.Server.Storage;

/// <summary>SQLite in a file: write-ahead log, every commit forced to disk.</summary>
internal sealed class SqliteDialect : StoreDialect
{
    // How long a reader or the writer waits for the other at most, in seconds.
    private const int BusyTimeout = 30;

    private readonly string _file;
    private readonly string _connectionString;
    private readonly DataOptions _options;

    // Null where the system does not say.
    private readonly (ulong Device, ulong Inode)? _opened;

    internal SqliteDialect(string file)
    {
        _file = file;
        _opened = Identity();
        _connectionString = new SqliteConnectionStringBuilder { DataSource = file, DefaultTimeout = BusyTimeout, Pooling = true }.ToString();
        _options = new DataOptions().UseSQLite(_connectionString, SQLiteProvider.Microsoft);
    }

    internal override string Blob => "BLOB";

    internal override string BytewiseCollation => "BINARY";

    internal override string HasMeta => "SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'meta')";

    internal override bool IsShared => false;

    // BEGIN IMMEDIATE: who checks the revision is the only writer until it commits.
    internal override IsolationLevel Isolation => IsolationLevel.Serializable;

    // A plain BEGIN: in a write-ahead log a reader sees one moment, and neither waits nor is waited for.
    internal override IsolationLevel ReadIsolation => IsolationLevel.ReadUncommitted;

    // What is written into a file that no name leads to any more would be gone with the next start.
    internal override DataConnection Connect() => _opened is null || Identity() == _opened
        ? new(_options)
        : throw new StoreException(StoreFault.Missing, "the file of the database was replaced or removed while the server has it open: restart the server; stop it before the file is replaced");

    // One statement, prepared once: a statement of many rows costs more, because its parameters are looked up by name one after the other.
    internal override Task InsertAsync(DataConnection db, IEnumerable<CofferRow> rows, CancellationToken cancellation)
    {
        using var command = (SqliteCommand)db.OpenDbConnection().CreateCommand();
        command.Transaction = (SqliteTransaction?)db.Transaction;
        command.CommandText = "INSERT INTO coffers (owner, revision, name, digest, sealed) VALUES ($owner, $revision, $name, $digest, $sealed)";
        var owner = command.Parameters.Add("$owner", SqliteType.Blob);
        var revision = command.Parameters.Add("$revision", SqliteType.Integer);
        var name = command.Parameters.Add("$name", SqliteType.Text);
        var digest = command.Parameters.Add("$digest", SqliteType.Blob);
        var content = command.Parameters.Add("$sealed", SqliteType.Blob);
        foreach (var row in rows)
        {
            cancellation.ThrowIfCancellationRequested();
            (owner.Value, revision.Value, name.Value, digest.Value, content.Value) = (row.Owner, row.Revision, row.Name, row.Digest, row.Sealed);
            command.ExecuteNonQuery();
        }
        return Task.CompletedTask;
    }

    internal override Task LockSchemaAsync(DataConnection db, CancellationToken cancellation) => Task.CompletedTask;

    /// <summary>Sets what a database keeps for good, and where this process sorts; before the first transaction, because the log cannot be changed within one.</summary>
    internal void Prepare()
    {
        using var connection = new SqliteConnection(_connectionString);
        connection.Open();
        using var command = connection.CreateCommand();
        var directory = Path.GetDirectoryName(Path.GetFullPath(_file))!;
        // What is too much to be sorted in memory goes into a file beside the database: where the root is read only, there is no other place.
        command.CommandText = $"PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA temp_store_directory = '{directory.Replace("'", "''", StringComparison.Ordinal)}';";
        command.ExecuteNonQuery();
    }

    private (ulong Device, ulong Inode)? Identity() => FileStatus.Of(_file) is { } status ? (status.Device, status.Inode) : null;

    internal override void AllowLong(DataConnection db)
    {
    }

    // Who may check the revision is alone.
    internal override bool IsTaken(Exception exception) => false;

    internal override bool IsLost(Exception exception) => false;

    internal override StoreException? Diagnose(Exception exception) => exception is not SqliteException e ? null : e.SqliteErrorCode switch
    {
        SqliteErrors.Full => new StoreException(StoreFault.Full, "the disk of the database is full", e),
        SqliteErrors.Busy or SqliteErrors.Locked => new StoreException(StoreFault.Unavailable, "the database is locked by another program", e),
        SqliteErrors.Corrupt or SqliteErrors.NotADatabase => new StoreException(StoreFault.Damaged, "the file is damaged, or no database", e),
        SqliteErrors.CannotOpen or SqliteErrors.ReadOnly or SqliteErrors.Permission => new StoreException(StoreFault.NotWritable, "the database cannot be opened for writing", e),
        // The index of the log, which is mapped into memory, is made to its size beforehand.
        SqliteErrors.InputOutput when e.SqliteExtendedErrorCode == SqliteErrors.NoRoomForIndex => new StoreException(StoreFault.Full, "the disk of the database is full", e),
        SqliteErrors.InputOutput => new StoreException(StoreFault.Unavailable, "the disk of the database fails", e),
        _ => null,
    };

    public override ValueTask DisposeAsync()
    {
        using var connection = new SqliteConnection(_connectionString);
        SqliteConnection.ClearPool(connection);
        return default;
    }

    /// <summary>Source: sqlite.org/rescode.html.</summary>
    private static class SqliteErrors
    {
        internal const int Permission = 3;
        internal const int Busy = 5;
        internal const int Locked = 6;
        internal const int ReadOnly = 8;
        internal const int InputOutput = 10;
        internal const int NoRoomForIndex = InputOutput | (19 << 8);
        internal const int Corrupt = 11;
        internal const int Full = 13;
        internal const int CannotOpen = 14;
        internal const int NotADatabase = 26;
    }
}
