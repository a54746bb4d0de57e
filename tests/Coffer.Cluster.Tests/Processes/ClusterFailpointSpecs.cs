using System.Globalization;
using Coffer.EndToEnd.Tests.Server;
using Coffer.Tests.Shared;

namespace Coffer.Cluster.Tests.Processes;

/// <summary>A node with the catalog that dies by itself in the middle of a load leaves the others with the old revision whole or the new one whole, and they go on.</summary>
[Takes(seconds: 65)]
public sealed class ClusterFailpointSpecs : IAsyncLifetime
{
    // As a shell counts it: 128 and SIGKILL.
    private const int Killed = 137;

    private readonly TwoDefinitions _definitions = new();
    private ClusterBench _bench = null!;

    public async ValueTask InitializeAsync() => _bench = await ClusterBench.CreateAsync();

    public async ValueTask DisposeAsync()
    {
        _definitions.Dispose();
        await _bench.DisposeAsync();
    }

    [Theory]
    [InlineData("in-transaction", 1)]
    [InlineData("before-telling", 2)]
    public async Task When_the_catalogs_node_is_killed_in_a_load_the_others_have_the_old_revision_whole_or_the_new_one_and_take_the_next(string point, int counts)
    {
        await LoadFirstAloneAsync();
        // The first seed begins the cluster, so it is the oldest: the catalog is there.
        RunningServer[] nodes = [_bench.StartWithFailpoint(0, point), _bench.Start(1), _bench.Start(2)];
        // Those that join the first one know best why they do not.
        foreach (var node in nodes.Reverse()) await node.ServingAsync();
        var term = await TermAsync();

        var load = await _bench.ControlAsync(1, "coffer", "load", _bench.Seal(_definitions.Toml(2)), "--yes");

        Assert.Equal(Killed, (await nodes[0].EndedAsync()).ExitCode);
        Assert.Contains("the catalog went away", load.Error, StringComparison.Ordinal);
        await TakenOverAsync(term);
        foreach (var node in new[] { 1, 2 }) await ServesAsync(node, nodes[node], counts, definition: counts);

        await _bench.LoadAsync(2, _definitions.Toml(3 - counts));
        foreach (var node in new[] { 1, 2 }) await ServesAsync(node, nodes[node], counts + 1, definition: 3 - counts);
    }

    // Whatever the node with the failpoint loaded would be its last.
    private async Task LoadFirstAloneAsync()
    {
        var alone = _bench.Start(0, ("--cluster", null), ("--seeds", null), ("--certificates", null), ("--definition", _bench.Seal(_definitions.Toml(1))));
        await alone.ServingAsync();
        Assert.Equal(0, (await alone.StopAsync()).ExitCode);
    }

    private async Task<long> TermAsync() => long.Parse(await _bench.Postgres.QueryAsync(_bench.Database, "SELECT term FROM terms"), CultureInfo.InvariantCulture);

    private async Task TakenOverAsync(long term)
    {
        using var patience = new CancellationTokenSource(RunningServer.Patience);
        while (await TermAsync() == term) await Task.Delay(100, patience.Token);
    }

    // The catalog tells them of its revision once its term has begun.
    private async Task ServesAsync(int node, RunningServer server, int revision, int definition)
    {
        using var patience = new CancellationTokenSource(RunningServer.Patience);
        while (!(await _bench.ControlAsync(node, "coffer", "status")).Text.Contains($"\nrevision\t{revision}\n", StringComparison.Ordinal)) await Task.Delay(100, patience.Token);
        await _definitions.IsServedAsync(definition, client => _bench.TryFetchAsync(server, client));
    }
}
