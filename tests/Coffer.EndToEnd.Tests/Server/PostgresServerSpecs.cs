using System.Net;
using Coffer.Crypto.Keys;
using Coffer.EndToEnd.Tests.Monitoring;
using Coffer.Protocol.Frames;
using Coffer.Protocol.Messages;
using Coffer.Server.Tests.Conversations;
using Coffer.Tests.Shared;

namespace Coffer.EndToEnd.Tests.Server;

/// <summary>A server on PostgreSQL: what it stores, and what its clients get while the database is away.</summary>
[Takes(seconds: 80)]
public sealed class PostgresServerSpecs : IAsyncLifetime
{
    private const int Store = 4;

    private readonly ServerBench _bench = new();
    private readonly KeyPair _other;
    private PrivatePostgres _postgres = null!;
    private string _database = "";

    public PostgresServerSpecs() => _other = _bench.MakeKey("other.pem");

    public async ValueTask InitializeAsync()
    {
        _postgres = await PrivatePostgres.StartAsync();
        _database = await _postgres.CreateDatabaseAsync();
        _bench.Options["--store"] = _postgres.Address(_database);
        _bench.Options["--metrics"] = "127.0.0.1:0";
    }

    public async ValueTask DisposeAsync()
    {
        await _bench.DisposeAsync();
        await _postgres.DisposeAsync();
        _other.Dispose();
    }

    [Fact]
    public async Task Serves_what_it_loaded_after_a_restart_and_keeps_nothing_of_it_in_the_data_directory()
    {
        var first = await ServeTwoClientsAsync();
        Assert.Single((await _bench.FetchAsync(first)).Secrets);
        var log = (await first.StopAsync()).Error;

        Assert.Single((await _bench.FetchAsync(await _bench.ServeAsync())).Secrets);

        Assert.False(File.Exists(Path.Combine(_bench.DataDirectory, "coffer.db")));
        Assert.DoesNotContain(_postgres.Password, log, StringComparison.Ordinal);
        Assert.DoesNotContain("5432", await _postgres.QueryAsync(_database, "SELECT encode(sealed, 'escape') FROM coffers"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Warns_of_a_password_file_that_others_may_read()
    {
        File.SetUnixFileMode(_postgres.PasswordFile, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);

        var server = await ServeTwoClientsAsync();

        await server.LineAsync(line => line.Contains($"others than its owner may read or write the password file {_postgres.PasswordFile}", StringComparison.Ordinal), "that warns of the file");
    }

    [Theory]
    [InlineData("stopped")]
    [InlineData("killed")]
    [InlineData("silent")]
    public async Task Goes_on_with_live_clients_while_the_database_is(string away)
    {
        var server = await ServeTwoClientsAsync();
        using var monitored = await Monitored.OfAsync(server);
        await _bench.FetchAsync(server);
        await monitored.ReadyAsync(HttpStatusCode.OK);

        await (away switch { "stopped" => _postgres.StopAsync(), "killed" => _postgres.KillAsync(), _ => _postgres.SuspendAsync() });

        Assert.Equal(MessageType.OkGet, await GetAsync(server, _bench.Client));
        Assert.Equal(ErrorWord.Unavailable, await RefusalAsync(server, _other));
        await monitored.ScrapeAsync(scrape => scrape.Value("coffer_refusals_total", "coffer_refusal_reason", "unavailable") == 1);
        var checks = await monitored.ReadyAsync(HttpStatusCode.ServiceUnavailable);
        Assert.NotEqual("ok", checks["store"]);
        Assert.Equal(("ok", "ok"), (checks["definition"], checks["region"]));
        Assert.Equal(MessageType.OkGet, await GetAsync(server, _bench.Client));
        // Of one that is silent that is known only when a question has waited as long as one may.
        await server.LineAsync(line => line.Contains("; clients whose coffers are in memory go on", StringComparison.Ordinal), "that says that it is away");

        await (away == "silent" ? _postgres.ResumeAsync() : _postgres.StartAgainAsync());

        await monitored.ReadyAsync(HttpStatusCode.OK);
        Assert.Equal(MessageType.OkGet, await GetAsync(server, _other));
        await server.LineAsync(line => line.Contains("the database answers again", StringComparison.Ordinal), "that says so");
        Assert.Single(server.Log, line => line.Contains("; clients whose coffers are in memory go on", StringComparison.Ordinal));
        Assert.DoesNotContain(server.Log, line => line.Contains("cannot be read now", StringComparison.Ordinal));
        Assert.DoesNotContain(server.Log, line => line.Contains(_postgres.Password, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_rollback_that_is_wanted_while_the_database_is_away_leaves_its_line()
    {
        await ServeTwoClientsAsync();
        await _postgres.StopAsync();

        var ended = await _bench.ControlAsync("coffer", "rollback", "1", "--yes");

        Assert.NotEqual(0, ended.ExitCode);
        Assert.StartsWith("coffer-ctl: error: nothing was written: the database cannot be reached", ended.Error, StringComparison.Ordinal);
        var audit = (await _bench.ControlAsync("coffer", "audit", "tail", "--last", "100", "--once")).Lines;
        Assert.Contains("\"outcome\":\"store\"", Assert.Single(audit, line => line.Contains("\"event\":\"rollback\"", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Finds_a_restarted_database_with_the_first_question()
    {
        var server = await ServeTwoClientsAsync();
        await _bench.FetchAsync(server);
        await _postgres.StopAsync();
        await _postgres.StartAgainAsync();

        Assert.Equal(MessageType.OkGet, await GetAsync(server, _other));
    }

    [Fact]
    public async Task Refuses_to_start_with_a_wrong_password_and_shows_neither()
    {
        await File.WriteAllTextAsync(_bench.FilePath("wrong"), "not-this-one\n", TestContext.Current.CancellationToken);
        _bench.Options["--store"] = _bench.Options["--store"].Replace(_postgres.PasswordFile, _bench.FilePath("wrong"), StringComparison.Ordinal);

        var (error, hint) = await _bench.RefusalAsync(Store);

        Assert.Equal($"--store: postgres://coffer@127.0.0.1:{_postgres.Port}/{_database}: the database refuses the user or the password", error);
        Assert.Contains("password-file", hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refuses_to_start_without_the_database()
    {
        _bench.Options["--store"] = _postgres.Address("nowhere");

        var (error, hint) = await _bench.RefusalAsync(Store);

        Assert.Equal($"--store: postgres://coffer@127.0.0.1:{_postgres.Port}/nowhere: there is no database of that name", error);
        Assert.Contains("CREATE DATABASE", hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refuses_to_start_on_the_database_of_a_server_that_runs_and_starts_on_that_of_one_that_was_killed()
    {
        var running = await ServeTwoClientsAsync();
        _bench.Options["--data"] = _bench.FilePath("second");

        var (error, hint) = await _bench.RefusalAsync(Store);

        Assert.Equal($"--store: postgres://coffer@127.0.0.1:{_postgres.Port}/{_database}: a server or a cluster that runs has this database", error);
        Assert.Contains("--cluster", hint, StringComparison.Ordinal);
        Assert.Single((await _bench.FetchAsync(running)).Secrets);
        await running.KillAsync();
        Assert.Single((await _bench.FetchAsync(await _bench.ServeAsync())).Secrets);
    }

    [Fact]
    public async Task Takes_the_password_that_PGPASSFILE_names()
    {
        var file = _bench.FilePath("pgpass");
        await File.WriteAllTextAsync(file, $"127.0.0.1:{_postgres.Port}:*:coffer:{_postgres.Password}\n", TestContext.Current.CancellationToken);
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        _bench.Environment["PGPASSFILE"] = file;
        _bench.Options["--store"] = $"postgres://coffer@127.0.0.1:{_postgres.Port}/{_database}";

        await ServeTwoClientsAsync();
    }

    private Task<RunningServer> ServeTwoClientsAsync() => _bench.ServeDefinitionAsync($"""
        [clients]
        client = "{_bench.Client.PublicKey}"
        other = "{_other.PublicKey}"
        [client]
        PORT = 5432
        [other]
        PORT = 5432
        """);

    private async Task<MessageType> GetAsync(RunningServer server, KeyPair client)
    {
        using var peer = await AskAsync(server, client);
        return (await peer.ReadFrameAsync()).Type;
    }

    private async Task<ErrorWord> RefusalAsync(RunningServer server, KeyPair client)
    {
        using var peer = await AskAsync(server, client);
        return await peer.ReadErrorAsync(isSealed: true);
    }

    // Once: the client library would ask again.
    private async Task<RawPeer> AskAsync(RunningServer server, KeyPair client)
    {
        var peer = await RawPeer.ConnectAsync(await server.ServingAsync());
        await peer.LinkAsync(client, _bench.ServerKey);
        await peer.SendAsync(peer.Get());
        return peer;
    }
}
