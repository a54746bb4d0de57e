using System.Globalization;
using Coffer.Cluster.Tests.Processes;
using Coffer.EndToEnd.Tests;
using Coffer.Server.Hosting;
using Coffer.Tests.Shared;

namespace Coffer.Cluster.Tests.Procedures;

/// <summary>The procedures of docs/operations.md for a cluster, on PostgreSQL and over mutual TLS: every command as it stands on the page, while clients fetch.</summary>
/// <remarks>A test starts two nodes; the third is there to be added. Steps of several procedures share a rolling restart: restarts are what takes time.</remarks>
public sealed class ClusterProcedureSpecs : IAsyncLifetime
{
    private readonly string _rolling = Procedure.Read("A rolling restart", 1)[0];
    private readonly ProcedureBench _bench = new();
    private readonly string[] _addresses = [.. FreePorts.Find(3).Select((port, index) => $"127.0.0.{index + 1}:{port.ToString(CultureInfo.InvariantCulture)}")];
    private PrivatePostgres _postgres = null!;

    private IReadOnlyList<ProcedureNode> Two => [.. _bench.Nodes.Take(2)];

    private ProcedureNode Third => _bench.Nodes[2];

    public async ValueTask InitializeAsync()
    {
        try
        {
            await StartTwoAsync();
        }
        catch
        {
            // Nobody disposes of what did not come to be.
            await DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _bench.DisposeAsync();
        if (_postgres is not null) await _postgres.DisposeAsync();
    }

    [Fact]
    public async Task Nodes_come_and_go_and_keys_authority_and_version_are_changed_and_nobody_notices()
    {
        await using var clients = _bench.Fetch(Two, _bench.Shop);

        await AddRenewAndRemoveTheThirdAsync();
        await ChangeCompanionAuthorityAndVersionAsync();

        await clients.NoneFailedAsync();
    }

    [Fact]
    public async Task A_clients_key_is_changed_without_an_outage_and_a_dump_is_restored()
    {
        var keygen = Procedure.Read("A client's key", 4)[0];
        var dump = Procedure.Read("Backup and restore: PostgreSQL", 4);

        await _bench.RunAsync(Two[0], keygen);
        var second = _bench.ReadKey("shop-2.pem");
        await using (var clients = _bench.Fetch(Two, _bench.Shop))
        {
            await _bench.EditAsync(ProcedureBench.Define("first", ("shop", _bench.Shop.PublicKey), ("shop-2", second.PublicKey)));
            await clients.NoneFailedAsync();
        }
        await using (var clients = _bench.Fetch(Two, second))
        {
            await _bench.EditAsync(ProcedureBench.Define("first", ("shop", second.PublicKey)));
            Assert.Equal("KeyUnknown", await _bench.FetchAsync(Two[1], _bench.Shop));

            await _bench.RunAsync(Two[0], dump[0]);
            await clients.NoneFailedAsync();
        }
        File.Copy(_bench.FilePath("definition.coffer"), _bench.FilePath("dumped.coffer"));
        await _bench.EditAsync(ProcedureBench.Define("lost", ("shop", second.PublicKey)));
        File.Move(_bench.FilePath("definition.coffer"), _bench.FilePath("lost.coffer"));
        foreach (var node in Two) File.Copy(_bench.FilePath("dumped.coffer"), node.Definition, overwrite: true);

        var early = await _bench.TryAsync(Two[0], dump[2]);
        await _bench.RunAtOnceAsync(Two, dump[1]);
        await _bench.RunAsync(Two[0], dump[2]);
        await _bench.RunAtOnceAsync(Two, dump[3]);

        Assert.NotEqual(0, early.ExitCode);
        Assert.Contains("is being accessed by other users", early.Error, StringComparison.Ordinal);
        foreach (var node in Two) Assert.Equal("first", await _bench.FetchAsync(node, second));
        await _bench.RunAsync(Two[1], "coffer-ctl coffer load lost.coffer --yes");
        foreach (var node in Two) Assert.Equal("lost", await _bench.FetchAsync(node, second));
    }

    [Fact]
    public async Task The_servers_key_is_changed_without_an_outage_for_clients_of_either_key()
    {
        var blocks = Procedure.Read("The server's key", 9);

        await using var old = _bench.Fetch(Two, _bench.Shop);
        await _bench.RunAsync(Two[0], blocks[0]);
        var newKey = _bench.ReadKey("server-2.pem").PublicKey;
        _bench.Variables["NEW_SERVER_KEY"] = newKey.ToString();
        await _bench.RunInTurnAsync(Two, blocks[1]);
        await _bench.RunInTurnAsync(Two, blocks[2]);
        await _bench.RunInTurnAsync(Two, _rolling);
        await using var moved = _bench.Fetch(Two, _bench.Shop, newKey);
        await _bench.RunInTurnAsync(Two, blocks[3]);
        await _bench.RunInTurnAsync(Two, _rolling);
        await _bench.RunAsync(Two[0], blocks[4]);
        await _bench.RunAsync(Two[0], blocks[5]);
        await _bench.RunInTurnAsync(Two, blocks[6]);
        await _bench.RunAsync(Two[0], blocks[7]);
        await old.NoneFailedAsync();
        await _bench.RunInTurnAsync(Two, blocks[8]);
        await _bench.RunInTurnAsync(Two, _rolling);
        await moved.NoneFailedAsync();

        foreach (var node in Two)
        {
            Assert.Equal("first", await _bench.FetchAsync(node, _bench.Shop, newKey));
            Assert.NotEqual("first", await _bench.FetchAsync(node, _bench.Shop));
        }
    }

    [Fact]
    public async Task Of_two_nodes_the_second_one_is_the_cluster_when_the_first_is_lost_for_good_and_is_joined_by_it_later()
    {
        var blocks = Procedure.Read("A majority lost for good", 3);

        await Two[0].KillAsync();
        Assert.Equal((int)ExitCode.Downed, await Two[1].EndedAsync());
        _bench.Variables["SEEDS"] = _addresses[1];
        await _bench.RunAsync(Two[1], blocks[0]);
        Assert.Equal("first", await _bench.FetchAsync(Two[1], _bench.Shop));
        await _bench.RunAsync(Two[1], "coffer-ctl coffer revoke shop && coffer-ctl coffer restore shop");

        _bench.Variables["SEEDS"] = $"{_addresses[1]},{_addresses[0]}";
        await _bench.RunInTurnAsync(Two, blocks[1]);
        var two = await _bench.RunAsync(Two[0], blocks[2]);

        Assert.Equal(2, two.Lines.Count(line => line.Contains("\tup\t", StringComparison.Ordinal)));
        foreach (var node in Two) Assert.Equal("first", await _bench.FetchAsync(node, _bench.Shop));
    }

    private async Task AddRenewAndRemoveTheThirdAsync()
    {
        var (more, less) = (Procedure.Read("A node more", 3), Procedure.Read("A node less", 2));

        Seeds(3);
        await _bench.RunAsync(Third, more[0]);
        await _bench.RunInTurnAsync(_bench.Nodes, more[1]);
        var three = await _bench.RunAsync(Third, more[2]);
        Assert.Equal(3, three.Lines.Count(line => line.Contains("\tup\t", StringComparison.Ordinal)));
        Assert.Equal("first", await _bench.FetchAsync(Third, _bench.Shop));

        var before = await File.ReadAllTextAsync(Path.Combine(Third.Settings, "certificates", "node.pem"));
        await _bench.RunAsync(Third, Procedure.Read("A node's certificate", 1)[0]);
        await _bench.RunAsync(Third, _rolling);
        Assert.NotEqual(before, await File.ReadAllTextAsync(Path.Combine(Third.Settings, "certificates", "node.pem")));
        Assert.Equal("first", await _bench.FetchAsync(Third, _bench.Shop));

        Seeds(2);
        await _bench.RunInTurnAsync(Two, less[0]);
        await _bench.RunAsync(Third, less[1]);
        // The process has ended; that it is gone from the list takes a moment more.
        await _bench.RunAsync(Two[0], $"until ! coffer-ctl cluster show | grep -F '@{_addresses[2]}' >/dev/null; do sleep 0.1; done");
    }

    private async Task ChangeCompanionAuthorityAndVersionAsync()
    {
        var (companion, authority) = (Procedure.Read("A companion's key", 6), Procedure.Read("The certificates' authority", 4));

        await _bench.RunAsync(Two[0], companion[0]);
        _bench.Variables["NEW_COMPANION"] = _bench.ReadKey("companion-2.pem").PublicKey.ToString();
        await _bench.RunAsync(Two[0], authority[0]);
        await _bench.RunInTurnAsync(Two, companion[1]);
        await _bench.RunInTurnAsync(Two, authority[1]);
        await _bench.RunInTurnAsync(Two, _rolling);

        await File.WriteAllTextAsync(_bench.FilePath("definition.toml"), Shop("second"));
        await _bench.RunAsync(Two[0], companion[2]);
        await _bench.RunInTurnAsync(Two, companion[3]);
        await _bench.RunAsync(Two[0], companion[4]);
        await _bench.RunInTurnAsync(Two, companion[5]);
        await _bench.RunInTurnAsync(Two, authority[2]);
        await _bench.RunInTurnAsync(Two, _rolling);

        await _bench.RunInTurnAsync(Two, authority[3]);
        _bench.Variables["NEW"] = Programs.Folder;
        await _bench.RunInTurnAsync(Two, Procedure.Read("A new version", 1)[0]);

        foreach (var node in Two)
        {
            Assert.Equal(Path.Combine(node.ProgramFolder, "coffer-server"), node.RunningProgram);
            Assert.Equal("second", await _bench.FetchAsync(node, _bench.Shop));
        }
        var old = await _bench.TryAsync(Two[0], "coffer-companion seal definition.toml --key companion.pem --server-key \"$SERVER_KEY\" --out old.coffer; coffer-ctl coffer load old.coffer --yes");
        Assert.Equal(1, old.ExitCode);
        Assert.Contains(_bench.Companion.ToString(), old.Error, StringComparison.Ordinal);
    }

    private async Task StartTwoAsync()
    {
        _postgres = await PrivatePostgres.StartAsync();
        var database = await _postgres.CreateDatabaseAsync();
        var ports = FreePorts.Find(6);
        Seeds(2);
        for (var i = 0; i < 3; i++)
        {
            var node = _bench.AddNode(
                $"127.0.0.{i + 1}", ports[2 * i], ports[2 * i + 1], ("COFFER_STORE", _postgres.Address(database)), ("COFFER_CLUSTER", _addresses[i]), ("COFFER_SEEDS", _bench.Variables["SEEDS"]));
            File.AppendAllText(Path.Combine(node.Settings, "server.env"), $"COFFER_CERTIFICATES={Path.Combine(node.Settings, "certificates")}\n");
        }
        foreach (var (name, value) in new[] { ("PGHOST", "127.0.0.1"), ("PGPORT", _postgres.Port.ToString(CultureInfo.InvariantCulture)), ("PGUSER", "coffer"), ("PGPASSWORD", _postgres.Password), ("PGDATABASE", database) })
            _bench.Variables[name] = value;
        await _bench.RunInTurnAsync(Two, Procedure.Read("A node more", 3)[0]);
        await _bench.EditAsync(Shop("first"), load: false);
        await _bench.RunAtOnceAsync(Two, "systemctl start coffer-server");
    }

    private void Seeds(int count) => _bench.Variables["SEEDS"] = string.Join(',', _addresses.Take(count));

    private string Shop(string password) => ProcedureBench.Define(password, ("shop", _bench.Shop.PublicKey));
}
