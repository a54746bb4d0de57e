using System.Net;
using System.Text.Json;
using Coffer.Crypto.Keys;
using Coffer.Crypto.Sealing;
using Coffer.Operations;
using Coffer.Server.Audit;
using Coffer.Server.Hosting;
using Coffer.Server.Operations;
using Coffer.Server.Storage;
using Coffer.Server.Tests.Audit;
using Coffer.Server.Tests.Catalog;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Coffer.Server.Tests.Operations;

/// <summary>The control socket alone: before the actors start and after they have stopped.</summary>
public sealed class OperationsServerSpecs : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("coffer-control-").FullName;
    private readonly KeyPair _key = KeyPair.Generate();
    private readonly KeyPair _second = KeyPair.Generate();
    private StorageSeal _seal = null!;
    private OpenedStore _opened = null!;
    private WatchedStore _store = null!;
    private AuditTrail _audit = null!;
    private IHost _host = null!;

    private OperationsServer Server => _host.Services.GetServices<IHostedService>().OfType<OperationsServer>().Single();

    public async ValueTask InitializeAsync()
    {
        _seal = new StorageSeal(_key);
        _opened = await OpenedStore.OpenAsync(DataDirectory.Open(_directory), address: null, _key.PublicKey);
        _store = new WatchedStore(_opened.Store);
        Build();
    }

    public async ValueTask DisposeAsync()
    {
        _host.Dispose();
        await _audit.DisposeAsync();
        await _opened.DisposeAsync();
        _seal.Dispose();
        _key.Dispose();
        _second.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public void Starts_first_and_stops_last()
    {
        Assert.IsType<OperationsServer>(_host.Services.GetServices<IHostedService>().First());
    }

    [Fact]
    public async Task Answers_before_the_actors_start_and_leaves_no_socket()
    {
        await Server.StartAsync(TestContext.Current.CancellationToken);
        using var control = new ControlClient(Server.SocketPath);

        var status = await control.GetAsync("/v1/coffer/status");
        var members = await control.GetAsync("/v1/cluster/show");
        var load = await control.PostAsync("/v1/coffer/load", [1]);
        await Server.StopAsync(TestContext.Current.CancellationToken);

        Assert.Equal("starting", status.Row.GetProperty("state").GetString());
        Assert.Equal((HttpStatusCode.Conflict, "busy"), (members.Status, members.End.Code));
        Assert.Equal((HttpStatusCode.Conflict, "busy"), (load.Status, load.End.Code));
        Assert.False(File.Exists(Server.SocketPath));
    }

    [Fact]
    public async Task Tells_the_status_while_the_database_hangs_but_not_how_much_is_left_to_seal()
    {
        await Server.StartAsync(TestContext.Current.CancellationToken);
        using var control = new ControlClient(Server.SocketPath);
        var left = (await control.GetAsync("/v1/coffer/status")).Row.GetProperty("leftToSeal");

        var hanging = _store.HoldKeys();
        var status = await control.GetAsync("/v1/coffer/status");
        hanging.SetResult();
        await Server.StopAsync(TestContext.Current.CancellationToken);

        Assert.Equal(0, left.GetInt64());
        Assert.Equal(("starting", JsonValueKind.Null), (status.Row.GetProperty("state").GetString(), status.Row.GetProperty("leftToSeal").ValueKind));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Says_ahead_of_the_audits_last_lines_that_fewer_are_held_than_were_asked_for(bool isStartedAgain)
    {
        // Two MiB, in parts that may all wait at once.
        var lines = 0;
        while (lines < 16_000)
        {
            for (var end = lines + 4_000; lines < end; lines++) _audit.RecordNumber(lines);
            await _audit.FollowAsync(1, TestContext.Current.CancellationToken).FirstAsync(line => Trail.Numbers([line.Text])[0] == lines - 1, TestContext.Current.CancellationToken);
        }
        if (isStartedAgain) await BuildAnewAsync();
        await Server.StartAsync(TestContext.Current.CancellationToken);
        using var control = new ControlClient(Server.SocketPath);

        var all = await control.GetAsync("/v1/coffer/audit/tail?once=true&last=100000");
        var some = await control.GetAsync("/v1/coffer/audit/tail?once=true&last=4000");
        await Server.StopAsync(TestContext.Current.CancellationToken);

        var held = all.Rows.Count - 1;
        Assert.InRange(held, 4_000, 15_999);
        Assert.Equal($"fewer lines are held in memory than were asked for: {held}; the audit itself has them all", all.Rows[0].GetProperty("note").GetString());
        Assert.Equal(Enumerable.Range(lines - held, held), Trail.Numbers(all.Rows.Skip(1).Select(row => row.GetRawText())));
        Assert.Equal((true, held), (all.End.IsWhole, all.End.Rows));
        Assert.Equal(Enumerable.Range(lines - 4_000, 4_000), Trail.Numbers(some.Rows.Select(row => row.GetRawText())));
    }

    [Fact]
    public async Task Says_to_one_operator_too_many_that_it_is_so_until_another_has_gone()
    {
        await Server.StartAsync(TestContext.Current.CancellationToken);
        var others = Enumerable.Range(0, 64).Select(_ => new ControlClient(Server.SocketPath)).ToArray();
        // Each goes on to hold its connection.
        foreach (var other in others) Assert.True((await other.GetAsync("/v1/")).End.IsWhole);
        using var control = new ControlClient(Server.SocketPath);

        var refused = await control.PostAsync("/v1/coffer/load", [1]);
        others[0].Dispose();
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (!(await control.GetAsync("/v1/")).End.IsWhole) await Task.Delay(10, patience.Token);

        Assert.Equal((HttpStatusCode.Conflict, "busy"), (refused.Status, refused.End.Code));
        Assert.Equal(["the server has 64 connections of operators open, and takes no more"], refused.End.Errors);
        foreach (var other in others) other.Dispose();
        await Server.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public void Says_before_the_start_that_the_socket_cannot_be_made()
    {
        var inTheWay = DataDirectoryPath.SocketIn(_directory);
        Directory.CreateDirectory(inTheWay);

        var refused = Assert.Throws<StartupException>(Server.Bind);

        Assert.Equal(
            (ExitCode.Store, $"--data: the control socket {inTheWay} cannot be made: a directory is in its place", "move that away, or name another directory"),
            (refused.ExitCode, Assert.Single(refused.Messages), refused.Hint));
    }

    [Fact]
    public async Task Replaces_a_socket_that_a_dead_server_left()
    {
        await File.WriteAllTextAsync(DataDirectoryPath.SocketIn(_directory), "", TestContext.Current.CancellationToken);
        await Server.StartAsync(TestContext.Current.CancellationToken);
        using var control = new ControlClient(Server.SocketPath);

        Assert.True((await control.GetAsync("/v1/")).End.IsWhole);

        await Server.StopAsync(TestContext.Current.CancellationToken);
    }

    private void Build()
    {
        var config = ServerConfig.Read(null, cluster: null);
        var options = new ServerOptions { KeyFile = "", Companions = [], Listen = new IPEndPoint(IPAddress.Loopback, 0), DataDirectory = _directory, Audit = new AuditTarget.File(Path.Combine(_directory, "audit.jsonl")) };
        _audit = AuditTrail.Open(options.Audit, isRequired: false, config.Audit, "test", TimeProvider.System);
        _host = NodeHost.Build(new NodeParts(options, config, new ServerKeys(_key, _second), _seal, _store, _audit, Leases: null));
    }

    private async Task BuildAnewAsync()
    {
        _host.Dispose();
        await _audit.DisposeAsync();
        Build();
    }
}
