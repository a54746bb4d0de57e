using System.Net;
using System.Net.Sockets;
using Coffer.Crypto.Keys;
using Coffer.Server.Storage;
using Coffer.Tests.Shared;
using Npgsql;

namespace Coffer.Server.Tests.Storage;

/// <summary>The store on a real PostgreSQL.</summary>
public sealed class PostgresStoreSpecs(SharedPostgres shared) : StoreSpecs
{
    private readonly string _directory = Directory.CreateTempSubdirectory("coffer-store-").FullName;
    private readonly List<OpenedStore> _opened = [];
    private StoreAddress.Postgres? _address;

    private static StoredRevision Load => new(1, RevisionKind.Load, 1, Server, DateTimeOffset.UnixEpoch, null, DateTimeOffset.UnixEpoch, Source: null, Subject: null, 1, 1, 0, 0);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Is_made_once_by_three_nodes_that_start_at_once()
    {
        var address = (StoreAddress.Postgres)await shared.CreateDatabaseAsync();

        var opened = await Task.WhenAll(Enumerable.Range(0, 3).Select(i => Task.Run(() => OpenAsync($"node{i}", address), Cancellation)));

        var states = await Task.WhenAll(opened.Select(node => node.Store.ReadStateAsync(Cancellation)));
        Assert.Equal([0, 0, 0], states.Select(state => state.Revision));
        Assert.Equal("5", await SqlAsync("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'", address.Database));
    }

    [Fact]
    public async Task Is_brought_up_to_date_once_by_three_nodes_that_start_at_once()
    {
        Assert.True(await Store.TryWriteAsync(Load, [Put(KeyOf(1))], keep: 20, Cancellation));
        await ExecuteAsync(ToFirstVersion);

        var opened = await Task.WhenAll(Enumerable.Range(0, 3).Select(i => Task.Run(() => OpenAsync($"newer{i}", _address!), Cancellation)));

        Assert.All(await Task.WhenAll(opened.Select(node => node.Store.FindAsync(KeyOf(1), Cancellation))), Assert.NotNull);
        Assert.Equal("1", await SqlAsync("SELECT count(*) FROM terms", _address!.Database));
    }

    [Fact]
    public async Task Copies_rows_in()
    {
        var seen = "";

        Assert.True(await Store.TryWriteAsync(Load, Looking(), keep: 20, Cancellation));

        Assert.Equal("COPY FROM", seen);

        IEnumerable<RowChange> Looking()
        {
            yield return Put(KeyOf(1));
            seen = SqlAsync($"SELECT command FROM pg_stat_progress_copy WHERE datname = '{_address!.Database}'", "postgres").GetAwaiter().GetResult();
        }
    }

    [Fact]
    public async Task Of_two_nodes_that_write_the_same_revision_one_wins_whole()
    {
        var other = (await OpenAsync("other", _address!)).Store;
        var (mine, others) = (KeyOf(1), KeyOf(2));

        var won = await Task.WhenAll(WriteAsync(Store, mine), WriteAsync(other, others));

        Assert.Single(won, isWon => isWon);
        bool[] written = [await other.FindAsync(mine, Cancellation) is not null, await Store.FindAsync(others, Cancellation) is not null];
        Assert.Equal(won, written);
        Assert.Single(await Store.ReadHistoryAsync(Cancellation));

        static Task<bool> WriteAsync(ICofferStore store, PublicKey owner) => Task.Run(() => store.TryWriteAsync(Load, [Put(owner)], keep: 20, Cancellation));
    }

    [Fact]
    public async Task Begins_the_next_term_only_where_nobody_else_has_begun_one()
    {
        var other = (await OpenAsync("other", _address!)).Store;
        Assert.Equal(1, (await Store.BeginTermAsync(Cancellation)).Term);
        Assert.Equal(2, (await Store.BeginNextTermAsync(Cancellation))!.Term);
        Assert.Equal(3, (await other.BeginTermAsync(Cancellation)).Term);
        var begun = await other.ReadTermAsync(Cancellation);

        Assert.Null(await Store.BeginNextTermAsync(Cancellation));

        Assert.Equal(begun, await other.ReadTermAsync(Cancellation));
        Assert.True(await other.TryWriteAsync(Load, [Put(KeyOf(1))], keep: 20, Cancellation));
    }

    [Fact]
    public async Task Writes_no_revision_once_another_node_has_begun_a_later_term()
    {
        var client = KeyOf(1);
        var other = (await OpenAsync("other", _address!)).Store;
        await Store.BeginTermAsync(Cancellation);
        Assert.True(await Store.TryWriteAsync(Load, [Put(client)], keep: 20, Cancellation));

        Assert.Equal(new StoreTerm(2, 1, IsSealingDue: false), await other.BeginTermAsync(Cancellation));
        var begun = await other.ReadTermAsync(Cancellation);

        Assert.Null(await Store.RenewTermAsync(Cancellation));
        await Store.EndTermAsync(Cancellation);
        Assert.Equal(begun, await other.ReadTermAsync(Cancellation));
        Assert.False(await Store.TryWriteAsync(Load with { Revision = 2 }, [new RowChange.Remove(client)], keep: 20, Cancellation));
        Assert.False(await Store.TrySetRevokedAsync(Load with { Revision = 2, Kind = RevisionKind.Revoke, Subject = client }, client, isRevoked: true, Cancellation));
        Assert.NotNull(await other.FindAsync(client, Cancellation));
        Assert.True(await other.TrySetRevokedAsync(Load with { Revision = 2, Kind = RevisionKind.Revoke, Subject = client }, client, isRevoked: true, Cancellation));
    }

    [Fact]
    public async Task A_writer_that_was_suspended_holds_up_no_later_term()
    {
        var other = (await OpenAsync("other", _address!)).Store;
        using var resume = new ManualResetEventSlim();
        var isWriting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await Store.BeginTermAsync(Cancellation);
        var suspended = Task.Run(() => Store.TryWriteAsync(Load, Suspending(), keep: 20, Cancellation), Cancellation);
        await isWriting.Task;

        await other.BeginTermAsync(Cancellation);
        Assert.True(await other.TryWriteAsync(Load, [Put(KeyOf(2))], keep: 20, Cancellation));

        resume.Set();
        var e = await Assert.ThrowsAsync<StoreException>(() => suspended);
        Assert.Equal((StoreFault.Unavailable, true, false), (e.Fault, e.MayBeOpen, e.MayBeWritten));
        Assert.Null(await other.FindAsync(KeyOf(1), Cancellation));

        IEnumerable<RowChange> Suspending()
        {
            isWriting.SetResult();
            resume.Wait(Cancellation);
            yield return Put(KeyOf(1));
        }
    }

    [Fact]
    public async Task A_term_whose_beginning_was_left_open_holds_up_no_later_one()
    {
        var other = (await OpenAsync("other", _address!)).Store;
        await using var gate = new NpgsqlConnection($"Host={_address!.Host};Port={_address.Port};Username={_address.User};Password={(await shared.ServerAsync()).Password};Database={_address.Database}");
        await gate.OpenAsync(Cancellation);
        await using var held = await gate.BeginTransactionAsync(Cancellation);
        await using var hold = new NpgsqlCommand("LOCK TABLE revisions IN ACCESS EXCLUSIVE MODE", gate);
        await hold.ExecuteNonQueryAsync(Cancellation);
        // It has its number by then, and reads which revision counts.
        var suspended = Store.BeginTermAsync(Cancellation);
        await using var waiting = new NpgsqlCommand("SELECT EXISTS (SELECT FROM pg_locks WHERE relation = 'revisions'::regclass AND NOT granted)", gate);
        while (await waiting.ExecuteScalarAsync(Cancellation) is not true) await Task.Delay(20, Cancellation);

        var later = other.BeginTermAsync(Cancellation);

        Assert.Equal(StoreFault.Unavailable, (await Assert.ThrowsAsync<StoreException>(() => suspended)).Fault);
        await held.RollbackAsync(Cancellation);
        Assert.Equal(1, (await later).Term);
    }

    [Fact]
    public async Task A_term_has_a_number_of_its_own_on_a_database_that_was_set_back()
    {
        await Store.BeginTermAsync(Cancellation);
        await Store.BeginTermAsync(Cancellation);
        await SqlAsync("UPDATE terms SET term = 0", _address!.Database);

        Assert.Equal(3, (await Store.BeginTermAsync(Cancellation)).Term);
    }

    [Fact]
    public async Task Seals_nothing_anew_once_another_node_has_begun_a_later_term()
    {
        Assert.True(await Store.TryWriteAsync(Load, [Put(KeyOf(1))], keep: 20, Cancellation));
        var deposed = (await OpenAsync("next", _address!, new ServerPublicKeys(NextServer, Server))).Store;
        await deposed.BeginTermAsync(Cancellation);
        var other = (await OpenAsync("other", _address!, new ServerPublicKeys(NextServer, Server))).Store;
        await other.BeginTermAsync(Cancellation);

        Assert.Equal(SealingStep.Deposed, await deposed.SealNextAsync(row => row with { Digest = [2] }, Cancellation));

        Assert.Equal([1], (await other.FindClientAsync(KeyOf(1), Cancellation))!.Digest);
        Assert.Equal(1, (await other.ReadKeysAsync(Cancellation)).Left);
    }

    [Fact]
    public async Task Refuses_a_database_that_a_newer_version_made()
    {
        await SqlAsync("UPDATE meta SET value = '1000' WHERE key = 'schema'", _address!.Database);

        var e = await RefusedAsync(_address);

        Assert.Equal(StoreFault.Newer, e.Fault);
    }

    [Fact]
    public async Task Refuses_a_database_that_was_made_under_another_key()
    {
        Assert.True(await Store.TryWriteAsync(Load, [], 1, Cancellation));
        var e = await Assert.ThrowsAsync<StoreException>(() => OpenedStore.OpenAsync(DataDirectory.Open(Path.Combine(_directory, "other")), _address, KeyOf(7), Cancellation));

        Assert.Equal((StoreFault.OtherKey, $"the database was made under another server key, {Server}"), (e.Fault, e.Message));
    }

    [Fact]
    public async Task Refuses_another_key_on_an_empty_database_whose_term_is_not_over()
    {
        await Store.BeginTermAsync(Cancellation);

        var e = await Assert.ThrowsAsync<StoreException>(() => OpenAsync("other", _address!, NextServer));

        Assert.Equal((StoreFault.OtherKey, $"the database is that of a server or a cluster with another server key, {Server}, whose term in it is not over"), (e.Fault, e.Message));
        Assert.Equal([Server], (await Store.ReadKeysAsync(Cancellation)).Keys);
        Assert.NotNull(await Store.RenewTermAsync(Cancellation));
    }

    [Fact]
    public async Task Is_bound_to_another_key_while_it_is_empty_once_its_term_is_over()
    {
        await Store.BeginTermAsync(Cancellation);
        await Store.EndTermAsync(Cancellation);

        var other = (await OpenAsync("other", _address!, NextServer)).Store;

        Assert.Equal([NextServer], (await other.ReadKeysAsync(Cancellation)).Keys);
        Assert.Equal(2, (await other.BeginTermAsync(Cancellation)).Term);
    }

    [Fact]
    public async Task Refuses_a_wrong_password_without_showing_it()
    {
        var file = Path.Combine(_directory, "wrong");
        await File.WriteAllTextAsync(file, "not-this-one", Cancellation);

        var e = await RefusedAsync(_address! with { PasswordFile = file });

        Assert.Equal((StoreFault.Denied, "the database refuses the user or the password"), (e.Fault, e.Message));
        Assert.DoesNotContain("not-this-one", e.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refuses_a_password_file_that_cannot_be_read()
    {
        var e = await RefusedAsync(_address! with { PasswordFile = "/nowhere/password" });

        Assert.Equal((StoreFault.Denied, "the password file /nowhere/password cannot be read (no such directory)"), (e.Fault, e.Message));
    }

    [Fact]
    public async Task Says_that_a_password_is_missing()
    {
        var e = await RefusedAsync(_address! with { PasswordFile = null });

        Assert.Equal(StoreFault.Denied, e.Fault);
        Assert.Contains("password", e.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Refuses_to_speak_in_the_clear_where_encryption_is_required()
    {
        var e = await RefusedAsync(_address! with { SslMode = Npgsql.SslMode.Require });

        Assert.Equal(StoreFault.Denied, e.Fault);
        Assert.Contains("SSL", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Says_that_there_is_no_such_database()
    {
        var e = await RefusedAsync(_address! with { Database = "nowhere" });

        Assert.Equal((StoreFault.Missing, "there is no database of that name"), (e.Fault, e.Message));
    }

    [Fact]
    public async Task Says_that_a_user_may_make_no_tables()
    {
        var address = (StoreAddress.Postgres)await shared.CreateDatabaseAsync();
        var server = await shared.ServerAsync();
        await SqlAsync($"CREATE USER reader_of_{address.Database} PASSWORD '{server.Password}'; REVOKE CREATE ON SCHEMA public FROM PUBLIC", address.Database);

        var e = await RefusedAsync(address with { User = $"reader_of_{address.Database}" });

        Assert.Equal((StoreFault.Denied, "the user has too few rights in the database"), (e.Fault, e.Message));
    }

    [Fact]
    public async Task Opens_what_is_up_to_date_as_a_user_who_may_make_no_tables()
    {
        var database = _address!.Database;
        var server = await shared.ServerAsync();
        await SqlAsync(
            $"CREATE USER writer_of_{database} PASSWORD '{server.Password}'; REVOKE CREATE ON SCHEMA public FROM PUBLIC; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO writer_of_{database}", database);

        var store = (await OpenAsync("writer", _address with { User = $"writer_of_{database}" })).Store;

        Assert.True(await store.TryWriteAsync(Load, [Put(KeyOf(1))], keep: 20, Cancellation));
    }

    [Fact]
    public async Task Says_that_the_database_is_read_only()
    {
        await SqlAsync($"ALTER DATABASE {_address!.Database} SET default_transaction_read_only = on", "postgres");

        var e = await RefusedAsync(_address);

        Assert.Equal(StoreFault.NotWritable, e.Fault);
    }

    [Fact]
    public async Task Says_that_nobody_listens_there()
    {
        using var bound = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        bound.Bind(new IPEndPoint(IPAddress.Loopback, 0));

        var e = await RefusedAsync(_address! with { Port = ((IPEndPoint)bound.LocalEndPoint!).Port });

        Assert.Equal((StoreFault.Unavailable, "the database cannot be reached: Connection refused"), (e.Fault, e.Message));
    }

    [Fact]
    public async Task Answers_at_once_when_every_connection_of_the_pool_was_cut()
    {
        await Task.WhenAll(Enumerable.Range(0, 5).Select(i => Store.FindAsync(KeyOf(i), Cancellation)));

        await SqlAsync($"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{_address!.Database}'", "postgres");
        Assert.Null(await Store.FindAsync(KeyOf(1), Cancellation));
        await SqlAsync($"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{_address.Database}'", "postgres");
        Assert.Empty((await Store.ReadChangesAsync(0, Cancellation)).Clients);
        await SqlAsync($"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{_address.Database}'", "postgres");
        Assert.Empty(await Store.ReadClientsAsync(Cancellation).ToListAsync(Cancellation));
    }

    protected override async Task<ICofferStore> OpenAsync(ServerPublicKeys server)
    {
        _address ??= (StoreAddress.Postgres)await shared.CreateDatabaseAsync();
        return (await OpenAsync($"opened{_opened.Count}", _address, server)).Store;
    }

    protected override Task ExecuteAsync(string sql) => SqlAsync(sql, _address!.Database);

    protected override async ValueTask CleanAsync()
    {
        foreach (var opened in _opened) await opened.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private async Task<OpenedStore> OpenAsync(string directory, StoreAddress address, ServerPublicKeys? server = null)
    {
        var opened = await OpenedStore.OpenAsync(DataDirectory.Open(Path.Combine(_directory, directory)), address, server ?? Server, Cancellation);
        lock (_opened) _opened.Add(opened);
        return opened;
    }

    private Task<StoreException> RefusedAsync(StoreAddress address) => Assert.ThrowsAsync<StoreException>(() => OpenAsync("refused", address));

    private async Task<string> SqlAsync(string sql, string database) => await (await shared.ServerAsync()).QueryAsync(database, sql);

    private static RowChange.Put Put(PublicKey owner) => new(owner, "client", [1], new Coffer.Crypto.Sealing.SealedCoffer(1, new byte[] { 1 }));

    private static PublicKey KeyOf(int number) => new([.. Enumerable.Repeat((byte)(number + 100), PublicKey.Size)]);
}
