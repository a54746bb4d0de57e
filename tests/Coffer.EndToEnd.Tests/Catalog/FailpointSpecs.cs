using System.Text;
using Coffer.Crypto.Keys;
using Coffer.EndToEnd.Tests.Server;
using Coffer.Tests.Shared;

namespace Coffer.EndToEnd.Tests.Catalog;

/// <summary>A server that dies by itself in the middle of a change comes back with the old revision whole or the new one whole, and says which.</summary>
[Takes(seconds: 175)]
public sealed class FailpointSpecs(FailpointSpecs.SharedPostgres shared) : IClassFixture<FailpointSpecs.SharedPostgres>, IAsyncDisposable
{
    // As a shell counts it: 128 and SIGKILL.
    private const int Killed = 137;

    private readonly ServerBench _bench = new();
    private readonly TwoDefinitions _definitions = new();

    public async ValueTask DisposeAsync()
    {
        _definitions.Dispose();
        await _bench.DisposeAsync();
    }

    /// <summary>Each point, and whether the transaction was committed there.</summary>
    public static TheoryData<string, bool> Points => new()
    {
        { "before-transaction", false },
        { "in-transaction", false },
        { "after-transaction", true },
        { "before-telling", true },
        { "after-telling", true },
    };

    [Theory]
    [MemberData(nameof(Points))]
    public Task Killed_in_a_load_it_has_the_old_revision_whole_or_the_new_one(string point, bool isNew) => DiesInALoadAsync(point, isNew);

    [Theory]
    [MemberData(nameof(Points))]
    public async Task Killed_in_a_load_on_PostgreSQL_it_has_the_old_revision_whole_or_the_new_one(string point, bool isNew)
    {
        _bench.Options["--store"] = shared.Postgres.Address(await shared.Postgres.CreateDatabaseAsync());

        await DiesInALoadAsync(point, isNew);
    }

    [Theory]
    [MemberData(nameof(Points))]
    public async Task Killed_in_a_rollback_it_has_the_old_revision_whole_or_the_new_one(string point, bool isNew)
    {
        await ServeFirstAsync();
        _bench.Seal(_definitions.Toml(2));
        await (await StartAsync(point: null)).StopAsync();
        var dying = await StartAsync(point);

        await Assert.ThrowsAsync<HttpRequestException>(() => ControlSocket.PostAsync(_bench.DataDirectory, "coffer/rollback?revision=1"));

        Assert.Equal(Killed, (await dying.EndedAsync()).ExitCode);
        await ServesAsync(isNew ? 3 : 2, content: isNew ? 1 : 2);
    }

    [Theory]
    [MemberData(nameof(Points))]
    public async Task Killed_in_a_revocation_it_has_cut_the_client_off_or_not(string point, bool isNew)
    {
        await ServeFirstAsync();
        var dying = await StartAsync(point);

        await Assert.ThrowsAsync<HttpRequestException>(() => ControlSocket.PostAsync(_bench.DataDirectory, "coffer/revoke?client=client-3"));

        Assert.Equal(Killed, (await dying.EndedAsync()).ExitCode);
        await ServesAsync(isNew ? 2 : 1, content: 1, revoked: isNew ? 3 : null);
    }

    [Theory]
    [InlineData("in-transaction")]
    [InlineData("after-transaction")]
    public async Task Killed_while_it_seals_all_anew_for_another_server_key_it_serves_and_goes_on(string point)
    {
        await ServeFirstAsync();
        using var next = _bench.MakeKey("next.pem");
        (_bench.Options["--key"], _bench.Options["--second-key"]) = (_bench.FilePath("next.pem"), _bench.Options["--key"]);

        Assert.Equal(Killed, (await _bench.StartWithFailpoint(point).EndedAsync()).ExitCode);

        var changing = await ServesAsync(revision: 1, content: 1);
        await changing.LineAsync(line => line.Contains($"all that is stored is sealed under server key {next.PublicKey} now", StringComparison.Ordinal), "that all is sealed anew");
        await changing.StopAsync();

        _bench.Options.Remove("--second-key");
        await ServesAsync(revision: 1, content: 1, pinned: next.PublicKey);
    }

    [Fact]
    public async Task The_published_server_has_no_failpoint()
    {
        _bench.Environment["COFFER_FAILPOINT"] = "before-transaction";

        var server = await _bench.ServeDefinitionAsync(_bench.OneClient("A = 1"));

        Assert.Single((await _bench.FetchAsync(server)).Secrets);
        var name = Encoding.Unicode.GetBytes("COFFER_FAILPOINT");
        Assert.Equal(-1, (await File.ReadAllBytesAsync(Programs.Server, TestContext.Current.CancellationToken)).AsSpan().IndexOf(name));
        Assert.NotEqual(-1, (await File.ReadAllBytesAsync(Programs.ServerWithFailpoints + ".dll", TestContext.Current.CancellationToken)).AsSpan().IndexOf(name));
    }

    private async Task DiesInALoadAsync(string point, bool isNew)
    {
        await ServeFirstAsync();
        var dying = await StartAsync(point);

        _bench.Seal(_definitions.Toml(2));
        await dying.SignalAsync("HUP");

        Assert.Equal(Killed, (await dying.EndedAsync()).ExitCode);
        await ServesAsync(isNew ? 2 : 1, content: isNew ? 2 : 1);
    }

    private async Task ServeFirstAsync()
    {
        _bench.Options["--definition"] = _bench.Seal(_definitions.Toml(1));
        await (await StartAsync(point: null)).StopAsync();
    }

    private async Task<RunningServer> StartAsync(string? point)
    {
        var server = point is null ? _bench.Start() : _bench.StartWithFailpoint(point);
        await server.ServingAsync();
        return server;
    }

    // Without --definition: what is stored is what is served.
    private async Task<RunningServer> ServesAsync(long revision, int content, int? revoked = null, PublicKey? pinned = null)
    {
        _bench.Options.Remove("--definition");
        var server = await StartAsync(point: null);
        var line = await server.LineAsync(line => line.Contains("serving on", StringComparison.Ordinal), "that says what it serves");
        var served = await _definitions.IsServedAsync(content, client => _bench.TryFetchAsync(server, client, pinned), revoked);
        Assert.Contains($": {served} clients, revision {revision},", line, StringComparison.Ordinal);
        return server;
    }

    /// <summary>One PostgreSQL for all that need a database in it.</summary>
    public sealed class SharedPostgres : IAsyncLifetime
    {
        internal PrivatePostgres Postgres { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Postgres = await PrivatePostgres.StartAsync();

        public ValueTask DisposeAsync() => Postgres.DisposeAsync();
    }
}
