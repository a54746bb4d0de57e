using System.Data;
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

    private readonly string _connectionString;
    private readonly DataOptions _options;

    internal SqliteDialect(string file)
    {
        _connectionString = new SqliteConnectionStringBuilder { DataSource = file, DefaultTimeout = BusyTimeout, Pooling = true }.ToString();
        _options = new DataOptions().UseSQLite(_connectionString, SQLiteProvider.Microsoft);
    }

    internal override string Blob => "BLOB";

    internal override BulkCopyOptions BulkCopy { get; } = new() { BulkCopyType = BulkCopyType.MultipleRows, UseParameters = true, MaxBatchSize = 100 };

    // BEGIN IMMEDIATE: who checks the revision is the only writer until it commits.
    internal override IsolationLevel Isolation => IsolationLevel.Serializable;

    // A plain BEGIN: in a write-ahead log a reader sees one moment, and neither waits nor is waited for.
    internal override IsolationLevel ReadIsolation => IsolationLevel.ReadUncommitted;

    internal override DataConnection Connect() => new(_options);

    internal override Task LockSchemaAsync(DataConnection db, CancellationToken cancellation) => Task.CompletedTask;

    /// <summary>Sets what a database keeps for good; before the first transaction, because the log cannot be changed within one.</summary>
    internal void Prepare()
    {
        using var connection = new SqliteConnection(_connectionString);
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;";
        command.ExecuteNonQuery();
    }

    internal override StoreException? Diagnose(Exception exception) => exception is not SqliteException e ? null : e.SqliteErrorCode switch
    {
        SqliteErrors.Full => new StoreException(StoreFault.Full, "the disk of the database is full", e),
        SqliteErrors.Busy or SqliteErrors.Locked => new StoreException(StoreFault.Unavailable, "the database is locked by another program", e),
        SqliteErrors.Corrupt or SqliteErrors.NotADatabase => new StoreException(StoreFault.Damaged, "the file is damaged, or no database", e),
        SqliteErrors.CannotOpen or SqliteErrors.ReadOnly or SqliteErrors.Permission => new StoreException(StoreFault.NotWritable, "the database cannot be opened for writing", e),
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
        internal const int Corrupt = 11;
        internal const int Full = 13;
        internal const int CannotOpen = 14;
        internal const int NotADatabase = 26;
    }
}
