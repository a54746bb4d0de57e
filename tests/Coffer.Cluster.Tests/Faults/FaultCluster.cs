using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Coffer.Client;
using Coffer.Cluster.Tests.Processes;
using Coffer.EndToEnd.Tests.Server;
using Coffer.Load;
using Coffer.Operations;
using Coffer.Operations.Rows;

namespace Coffer.Cluster.Tests.Faults;

/// <summary>Three nodes as published programs, each in a network namespace of its own, over mutual TLS on one PostgreSQL, with 2,000 clients and a supervisor.</summary>
/// <remarks>Node 2 keeps its data, and with it the audit trail that every node requires, on a disk of its own, which is small.</remarks>
public sealed class FaultCluster : IAsyncLifetime
{
    internal const int Nodes = ClusterNetwork.Nodes;

    /// <summary>The node with the small disk.</summary>
    internal const int SmallDisk = 2;

    /// <summary>How long may be waited for anything that will come.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private const int MemberCount = 2000;
    private const int Shards = 128;
    private const int MostHeld = (Shards + Nodes - 1) / Nodes;

    private readonly Lock _gate = new();
    private readonly RunningServer?[] _servers = new RunningServer?[Nodes];
    private readonly bool[] _isSupervised = new bool[Nodes];
    private readonly List<NodeExit> _exits = [];
    private readonly CancellationTokenSource _stop = new();
    private Task _supervising = Task.CompletedTask;
    private bool _isMounted;

    internal ClusterNetwork Network { get; private set; } = null!;

    internal ClusterBench Bench { get; private set; } = null!;

    internal Revisions Revisions { get; private set; } = null!;

    internal LoadClients Clients { get; } = new("seed of a test", MemberCount, secrets: 2, size: 32);

    internal IReadOnlyList<ServerAddress> Servers { get; private set; } = [];

    /// <summary>The nodes that run as they should.</summary>
    internal IEnumerable<int> Supervised => Enumerable.Range(0, Nodes).Where(node => _isSupervised[node]);

    /// <summary>A full disk's worth of nothing.</summary>
    internal string Filler => Path.Combine(Bench.DataDirectory(SmallDisk), "filler");

    public async ValueTask InitializeAsync()
    {
        Network = await ClusterNetwork.CreateAsync();
        Bench = await ClusterBench.CreateAsync(Network);
        Revisions = new Revisions(this);
        Servers = [.. Network.ClientAddresses.Select(address => ServerAddress.TryRead(address, out var read) ? read : throw new FormatException(address))];
        // Until it has been heard of the majority, a node that was started while it was cut off is in a cluster of its own, which never serves.
        await File.WriteAllTextAsync(Bench.FilePath("node.conf"), "coffer.cluster.join = 20s\n");
        Directory.CreateDirectory(Bench.DataDirectory(SmallDisk));
        await RunAsync("mount", "-t", "tmpfs", "-o", "size=64m,mode=0700", "tmpfs", Bench.DataDirectory(SmallDisk));
        _isMounted = true;
        for (var node = 0; node < Nodes; node++) Start(node);
        _supervising = SuperviseAsync();
        foreach (var server in _servers) await server!.ServingAsync();
        await Revisions.LoadAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _supervising;
        // What keeps the disk busy is to end first.
        foreach (var server in _servers) if (server is { ExitCode: null }) await server.KillAsync();
        if (_isMounted) await RunAsync("umount", Bench.DataDirectory(SmallDisk));
        if (Bench is not null) await Bench.DisposeAsync();
        if (Network is not null) await Network.DisposeAsync();
        Clients.Dispose();
        _stop.Dispose();
    }

    /// <summary>The program that is <paramref name="node"/> now.</summary>
    internal RunningServer Server(int node)
    {
        lock (_gate) return _servers[node]!;
    }

    /// <summary>Starts a node, which is started again from now on whenever it ends by itself.</summary>
    internal void Start(int node, params (string Option, string? Value)[] changes)
    {
        lock (_gate)
        {
            _servers[node] = Bench.Start(node, [("--audit-required", "true"), ("--config", Bench.FilePath("node.conf")), .. changes]);
            _isSupervised[node] = true;
        }
    }

    /// <summary>Asks a node to stop, and waits until it has; it stays stopped.</summary>
    internal async Task StopAsync(int node)
    {
        Unsupervise(node);
        Assert.Equal(0, (await Server(node).StopAsync()).ExitCode);
    }

    /// <summary>Has a node leave the cluster by coffer-ctl, and waits until it has ended; it stays so.</summary>
    internal async Task LeaveAsync(int node)
    {
        Unsupervise(node);
        var left = await Bench.ControlAsync(node, "cluster", "leave");
        Assert.True(left.ExitCode == 0, left.Error);
        Assert.Equal(0, (await Server(node).EndedAsync()).ExitCode);
    }

    /// <summary>Kills a node, which stays dead.</summary>
    internal async Task KillAsync(int node)
    {
        Unsupervise(node);
        await Server(node).KillAsync();
    }

    /// <summary>How nodes have ended by themselves since <paramref name="since"/>.</summary>
    internal IReadOnlyList<NodeExit> ExitsSince(long since)
    {
        lock (_gate) return [.. _exits.Where(exit => exit.At >= since)];
    }

    /// <summary>The revisions that the database holds, and who is revoked, as coffer-ctl prints them; asked for until they come.</summary>
    internal async Task<(string Revisions, string Revoked)> StoredAsync() => (await AskAsync("coffer", "history", "--json"), await AskAsync("coffer", "clients", "--revoked", "--json"));

    /// <summary>Whether the catalog writes a definition into the database now.</summary>
    internal async Task<bool> IsWritingAsync() => await Bench.Postgres.QueryAsync(Bench.Database, "SELECT 1 FROM pg_stat_activity WHERE application_name = 'coffer-server writer'") != "";

    /// <summary>How many coffers count in the database, and of how many revisions they are; without those that nodes keep for themselves.</summary>
    internal Task<string> CountedAsync() => Bench.Postgres.QueryAsync(Bench.Database, "SELECT count(*) || ' of ' || count(DISTINCT revision) FROM coffers WHERE until IS NULL AND revision > 0");

    /// <summary>Has coffer-ctl say something to a node until that succeeds; returns what it prints.</summary>
    internal async Task<string> AskAsync(params string[] arguments)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            if (await Bench.ControlAsync(TimeSpan.FromSeconds(20), Supervised.First(), arguments) is { ExitCode: 0 } asked) return asked.Text;
            await Task.Delay(200, patience.Token);
        }
    }

    /// <summary>The node that the catalog and the coordinator of the shards run on.</summary>
    internal async Task<int> OldestAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            foreach (var node in Supervised)
                if ((await MembersAsync(node)).FirstOrDefault(member => member.IsOldest) is { } oldest) return Find(oldest.Address);
            await Task.Delay(200, patience.Token);
        }
    }

    /// <summary>Waits until each of <paramref name="nodes"/> sees all of them, and nobody else, as members that it reaches.</summary>
    internal async Task FormedAsync(IReadOnlyCollection<int> nodes)
    {
        using var patience = new CancellationTokenSource(Patience);
        foreach (var node in nodes)
        {
            while (await MembersAsync(node) is var members && !(members.Count == nodes.Count && members.All(member => member is { Status: "up", IsReachable: true } && nodes.Contains(Find(member.Address)))))
            {
                Assert.False(patience.IsCancellationRequested, $"node {node} does not see {nodes.Count} nodes after {Patience}, but {string.Join(", ", members)}:\n{string.Join('\n', Server(node).Log.TakeLast(60))}");
                await Task.Delay(250);
            }
        }
    }

    internal Task FormedAsync() => FormedAsync([.. Enumerable.Range(0, Nodes)]);

    /// <summary>Waits until every shard is live and no node holds more than its part: after a node came shards move, and what moves is not live.</summary>
    internal async Task BalancedAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        while (await HeldAsync() is var held && !(held.Sum() == Shards && held.Max() <= MostHeld))
        {
            Assert.False(patience.IsCancellationRequested, $"the nodes hold {string.Join(", ", held)} of {Shards} shards after {Patience}");
            await Task.Delay(250);
        }
    }

    // How many shards each node holds; nothing where that is not known now.
    private async Task<int[]> HeldAsync()
    {
        var shown = await Bench.ControlAsync(TimeSpan.FromSeconds(10), Supervised.First(), "sharding", "stats", "--json");
        return shown is { ExitCode: 0 } ? [.. shown.Lines.Select(line => JsonSerializer.Deserialize(line, OperationsJson.Lines.ShardingStatsRow)!.Shards)] : [];
    }

    private void Unsupervise(int node)
    {
        lock (_gate) _isSupervised[node] = false;
    }

    private async Task SuperviseAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            for (var node = 0; node < Nodes; node++)
            {
                lock (_gate)
                {
                    if (!_isSupervised[node] || _servers[node]!.ExitCode is not { } code) continue;
                    _exits.Add(new(node, code, Stopwatch.GetTimestamp()));
                }
                Start(node);
            }
            await Task.Delay(200, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<IReadOnlyList<MemberRow>> MembersAsync(int node)
    {
        var shown = await Bench.ControlAsync(TimeSpan.FromSeconds(10), node, "cluster", "show", "--json");
        return shown is { ExitCode: 0 } ? [.. shown.Lines.Select(line => JsonSerializer.Deserialize(line, OperationsJson.Lines.MemberRow)!)] : [];
    }

    private int Find(string address) => Bench.Addresses.Index().First(known => address.EndsWith('@' + known.Item, StringComparison.Ordinal)).Index;

    private static async Task RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        var error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, string.Create(CultureInfo.InvariantCulture, $"{program} {string.Join(' ', arguments)}: {error} (this test mounts a tmpfs, which takes root)"));
    }
}

/// <summary>A node ended by itself.</summary>
/// <param name="At">When that was seen, in ticks of <see cref="Stopwatch"/>.</param>
internal sealed record NodeExit(int Node, int ExitCode, long At);
