using System.Globalization;
using Coffer.Cluster.Tests.Processes;
using Coffer.Tests.Shared;

namespace Coffer.Cluster.Tests.Procedures;

/// <summary>The procedures of docs/operations.md for a cluster, on PostgreSQL and over mutual TLS: every command as it stands on the page, while clients fetch.</summary>
/// <remarks>A test starts two nodes; the third is there to be added. Steps of several procedures share a rolling restart: restarts are what takes time.</remarks>
public abstract class ClusterProcedureSpecs : IAsyncLifetime
{
    private PrivatePostgres _postgres = null!;

    private protected string Rolling { get; } = Procedure.Read("A rolling restart", 1)[0];

    private protected ProcedureBench Bench { get; } = new();

    private protected string[] Addresses { get; } = [.. FreePorts.Find(3).Select((port, index) => $"127.0.0.{index + 1}:{port.ToString(CultureInfo.InvariantCulture)}")];

    private protected IReadOnlyList<ProcedureNode> Two => [.. Bench.Nodes.Take(2)];

    private protected ProcedureNode Third => Bench.Nodes[2];

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
        await Bench.DisposeAsync();
        if (_postgres is not null) await _postgres.DisposeAsync();
    }

    // The nodes' role may do nothing but own their database, and the operator's is what the page says.
    private async Task StartTwoAsync()
    {
        _postgres = await PrivatePostgres.StartAsync();
        await _postgres.AddUserAsync("nodes");
        await _postgres.AddUserAsync("keeper", "CREATEDB IN ROLE nodes");
        var database = await _postgres.CreateDatabaseAsync("nodes");
        var ports = FreePorts.Find(6);
        Seeds(2);
        for (var i = 0; i < 3; i++)
        {
            var node = Bench.AddNode(
                $"127.0.0.{i + 1}", ports[2 * i], ports[2 * i + 1], ("COFFER_STORE", _postgres.Address(database, "nodes")), ("COFFER_CLUSTER", Addresses[i]), ("COFFER_SEEDS", Bench.Variables["SEEDS"]));
            File.AppendAllText(Path.Combine(node.Settings, "server.env"), $"COFFER_CERTIFICATES={Path.Combine(node.Settings, "certificates")}\n");
        }
        foreach (var (name, value) in new[] { ("PGHOST", "127.0.0.1"), ("PGPORT", _postgres.Port.ToString(CultureInfo.InvariantCulture)), ("PGUSER", "keeper"), ("PGPASSWORD", _postgres.Password), ("PGDATABASE", database) })
            Bench.Variables[name] = value;
        await Bench.RunInTurnAsync(Two, Procedure.Read("A node more", 3)[0]);
        await Bench.EditAsync(Shop("first"), load: false);
        await Bench.RunAtOnceAsync(Two, "systemctl start coffer-server");
    }

    private protected void Seeds(int count) => Bench.Variables["SEEDS"] = string.Join(',', Addresses.Take(count));

    private protected string Shop(string password) => ProcedureBench.Define(password, ("shop", Bench.Shop.PublicKey));
}
