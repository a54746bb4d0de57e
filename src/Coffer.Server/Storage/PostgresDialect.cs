using System.Data;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Coffer.CommandLine;
using Coffer.Crypto.Keys;
using Coffer.Server.Catalog;
using LinqToDB;
using LinqToDB.Data;
using LinqToDB.DataProvider.PostgreSQL;
using Npgsql;

namespace Coffer.Server.Storage;

/// <summary>PostgreSQL 13 or newer, over a pool of connections.</summary>
internal sealed class PostgresDialect : StoreDialect
{
    private const int OldestMajor = 13;

    // Any number that no other program takes in this database: "Coffer" in ASCII.
    private const long SchemaLock = 0x43_6F_66_66_65_72;

    private const string Name = "coffer-server";
    private const string WriterName = $"{Name} writer";

    // A client waits four seconds for its coffer.
    private const int ShortTimeout = 3;

    // In seconds, for a statement of a load. That a host is gone TCP finds out before, unless something was under way to it.
    private const int LongTimeout = 600;

    private readonly NpgsqlDataSource _source;
    private readonly DataOptions _options;

    internal PostgresDialect(StoreAddress.Postgres address)
    {
        var builder = new NpgsqlDataSourceBuilder(ConnectionString(address));
        // Read for each new connection, so that a changed password needs no restart.
        if (address.PasswordFile is { } file) builder.UsePasswordProvider(_ => ReadPassword(file), (_, _) => new(ReadPassword(file)));
        if (address.RootCertificate is { } root) builder.UseRootCertificates(ReadCertificates(root));
        _source = builder.Build();
        _options = new DataOptions().UseConnectionFactory(PostgreSQLTools.GetDataProvider(PostgreSQLVersion.v13), _ => _source.CreateConnection());
    }

    internal override string Blob => "BYTEA";

    internal override string BytewiseCollation => "C";

    internal override string HasMeta => "SELECT to_regclass(quote_ident(current_schema()) || '.meta') IS NOT NULL";

    internal override bool IsShared => true;

    // Two writers of the same revision: the second waits at the primary key of revisions until the first has committed, and then meets its row.
    internal override IsolationLevel Isolation => IsolationLevel.ReadCommitted;

    internal override IsolationLevel ReadIsolation => IsolationLevel.RepeatableRead;

    internal override DataConnection Connect() => new(_options);

    internal override void AllowLong(DataConnection db) => db.CommandTimeout = LongTimeout;

    // As a statement, which may take as long as any other of its transaction: Npgsql gives its own COMMIT the connection's short time. Where no standby has confirmed in time,
    // the database has committed all the same, says so in a warning, and then that all is well.
    internal override async Task CommitAsync(DataConnection db, DataConnectionTransaction transaction, CancellationToken cancellation)
    {
        var connection = (NpgsqlConnection)db.OpenDbConnection();
        var isConfirmed = true;
        connection.Notice += Hear;
        try
        {
            await db.ExecuteAsync("COMMIT", cancellation).ConfigureAwait(false);
        }
        finally
        {
            connection.Notice -= Hear;
        }
        if (!isConfirmed) throw new StoreException(StoreFault.Unavailable, "the standby has not confirmed it in time");

        void Hear(object sender, NpgsqlNoticeEventArgs heard) => isConfirmed &= heard.Notice.InvariantSeverity != "WARNING";
    }

    // COPY. Rows are sealed while they are read, so this is work more than it is waiting.
    internal override Task InsertAsync(DataConnection db, IEnumerable<CofferRow> rows, CancellationToken cancellation) => LongWork.RunAsync(() =>
    {
        var copied = db.GetTable<CofferRow>().BulkCopy(new BulkCopyOptions { BulkCopyType = BulkCopyType.ProviderSpecific }, rows.TakeWhile(_ => !cancellation.IsCancellationRequested));
        cancellation.ThrowIfCancellationRequested();
        return Task.FromResult(copied);
    });

    internal override async Task LockSchemaAsync(DataConnection db, CancellationToken cancellation)
    {
        await db.ExecuteAsync($"SELECT pg_advisory_xact_lock({SchemaLock})", cancellation).ConfigureAwait(false);
        var version = ((NpgsqlConnection)db.OpenDbConnection()).PostgreSqlVersion;
        if (version.Major < OldestMajor) throw new StoreException(StoreFault.TooOld, $"the database is PostgreSQL {version}, expected {OldestMajor} or newer");
    }

    internal override Task MarkWriterAsync(DataConnection db, CancellationToken cancellation) =>
        db.ExecuteAsync($"SET LOCAL application_name = '{WriterName}'", cancellation);

    internal override Task EndWritersAsync(DataConnection db, CancellationToken cancellation) => db.ExecuteAsync(
        $"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND usename = current_user AND application_name = '{WriterName}' AND pid <> pg_backend_pid()",
        cancellation);

    internal override bool IsTaken(Exception exception) => exception is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation, TableName: "revisions" };

    internal override bool IsLost(Exception exception) =>
        exception is NpgsqlException { InnerException: IOException } or PostgresException { SqlState: PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown };

    internal override StoreException? Diagnose(Exception exception) => exception switch
    {
        StoreException known => known,
        PostgresException e => Diagnose(e),
        { InnerException: StoreException known } => known,
        NpgsqlException { InnerException: AuthenticationException } e => new(StoreFault.Denied, "the certificate of the database is not trusted", e),
        NpgsqlException { InnerException: SocketException or IOException or TimeoutException } or SocketException or TimeoutException => Unreachable(exception),
        // Asked for a password that it has not, or for an encryption that the other side does not have.
        NpgsqlException e => new(StoreFault.Denied, $"the database cannot be connected to: {e.Message}", e),
        _ => null,
    };

    public override ValueTask DisposeAsync() => _source.DisposeAsync();

    private static StoreException? Diagnose(PostgresException e) => e.SqlState switch
    {
        PostgresErrorCodes.DiskFull => new(StoreFault.Full, "the disk of the database is full", e),
        PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification => new(StoreFault.Denied, "the database refuses the user or the password", e),
        PostgresErrorCodes.InsufficientPrivilege => new(StoreFault.Denied, "the user has too few rights in the database", e),
        PostgresErrorCodes.InvalidCatalogName => new(StoreFault.Missing, "there is no database of that name", e),
        PostgresErrorCodes.ReadOnlySqlTransaction => new(StoreFault.NotWritable, "the database is read only: a standby, or set so", e),
        PostgresErrorCodes.TooManyConnections => new(StoreFault.Unavailable, "the database takes no more connections", e),
        PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown => new(StoreFault.Unavailable, "the database is shutting down", e),
        PostgresErrorCodes.CannotConnectNow => new(StoreFault.Unavailable, "the database is starting or shutting down", e),
        PostgresErrorCodes.QueryCanceled => new(StoreFault.Unavailable, "the database has cancelled it: a timeout of its own, or its operator", e),
        PostgresErrorCodes.IoError => new(StoreFault.Unavailable, "the disk of the database fails", e),
        PostgresErrorCodes.DataCorrupted or PostgresErrorCodes.IndexCorrupted => new(StoreFault.Damaged, "the database is damaged", e),
        _ when e.IsTransient => new(StoreFault.Unavailable, "the database cannot do it now", e),
        _ => null,
    };

    private static StoreException Unreachable(Exception e) => new(StoreFault.Unavailable, e switch
    {
        { InnerException: SocketException socket } => $"the database cannot be reached: {socket.Message}",
        SocketException socket => $"the database cannot be reached: {socket.Message}",
        TimeoutException or { InnerException: TimeoutException } => "the database did not answer in time",
        _ => "the connection to the database broke",
    }, e);

    private static string ConnectionString(StoreAddress.Postgres address) => new NpgsqlConnectionStringBuilder
    {
        Host = address.Host,
        Port = address.Port,
        Username = address.User,
        Database = address.Database,
        SslMode = address.SslMode,
        ApplicationName = Name,
        MaxPoolSize = address.Connections,
        Timeout = 5,
        CommandTimeout = ShortTimeout,
        // A host that is gone does not close its connections.
        TcpKeepAlive = true,
        TcpKeepAliveTime = 5,
        TcpKeepAliveInterval = 2,
        // Nothing here changes a session.
        NoResetOnClose = true,
        GssEncryptionMode = GssEncryptionMode.Disable,
    }.ToString();

    private static X509Certificate2Collection ReadCertificates(string file)
    {
        try
        {
            var certificates = new X509Certificate2Collection();
            certificates.ImportFromPem(RegularFile.ReadAllText(file));
            return certificates.Count > 0 ? certificates : throw new StoreException(StoreFault.Denied, $"the root certificate {file} is no PEM of a certificate");
        }
        catch (CryptographicException e)
        {
            throw new StoreException(StoreFault.Denied, $"the root certificate {file} is damaged", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreException(StoreFault.Denied, $"the root certificate {file} cannot be read ({FileFault.Describe(e)})", e);
        }
    }

    /// <summary>Whether others than the owner of <paramref name="passwordFile"/> may read or write it, as for a key file.</summary>
    internal static bool IsOpenToOthers(string passwordFile) => FileStatus.Of(passwordFile) is { } status && KeyFile.IsOpenToOthers(passwordFile, (UnixFileMode)status.Mode);

    /// <summary>The password that <paramref name="file"/> holds.</summary>
    internal static string ReadPassword(string file)
    {
        try
        {
            return RegularFile.ReadAllText(file).TrimEnd('\r', '\n');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreException(StoreFault.Denied, $"the password file {file} cannot be read ({FileFault.Describe(e)})", e);
        }
    }
}
