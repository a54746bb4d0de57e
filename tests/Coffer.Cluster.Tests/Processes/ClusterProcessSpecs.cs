using Coffer.Client;
using Coffer.EndToEnd.Tests.Server;
using Coffer.Protocol.Messages;
using Coffer.Server.Tests.Conversations;
using Coffer.Tests.Shared;

namespace Coffer.Cluster.Tests.Processes;

/// <summary>Nodes as published programs, over mutual TLS on one PostgreSQL.</summary>
[Takes(seconds: 75)]
public sealed class ClusterProcessSpecs : IAsyncLifetime
{
    private ClusterBench _bench = null!;

    public async ValueTask InitializeAsync() => _bench = await ClusterBench.CreateAsync();

    public async ValueTask DisposeAsync() => await _bench.DisposeAsync();

    [Fact]
    public async Task Serves_from_every_node_and_goes_on_without_those_that_leave_or_are_downed()
    {
        var nodes = await _bench.ServeAsync();
        await _bench.LoadAsync(1, _bench.OneClient("not-a-real-secret"));
        foreach (var node in nodes) Assert.Equal("not-a-real-secret", await _bench.FetchAsync(node));

        var left = await _bench.ControlAsync(1, "cluster", "leave", _bench.Addresses[0]);
        var leaving = await nodes[0].EndedAsync();
        Assert.Equal((0, 0), (left.ExitCode, leaving.ExitCode));
        Assert.Equal($"akka.ssl.tcp://coffer@{_bench.Addresses[0]} is leaving: it stops once it has handed over what it holds\n", left.Text);
        Assert.Contains($"node {_bench.Addresses[0]} has left the cluster", leaving.Error, StringComparison.Ordinal);
        foreach (var node in nodes.Skip(1)) Assert.Equal("not-a-real-secret", await _bench.FetchAsync(node));

        var downed = await _bench.ControlAsync(1, "cluster", "down", _bench.Addresses[2]);
        var ended = await nodes[2].EndedAsync();
        Assert.Equal((0, 8), (downed.ExitCode, ended.ExitCode));
        Assert.Equal($"downed akka.ssl.tcp://coffer@{_bench.Addresses[2]}\n", downed.Text);
        Assert.Contains("this node was downed by the cluster", ended.Error, StringComparison.Ordinal);
        Assert.Equal("not-a-real-secret", await _bench.FetchAsync(nodes[1]));

        Assert.Equal(0, (await _bench.ControlAsync(1, "cluster", "leave")).ExitCode);
        Assert.Equal(0, (await nodes[1].EndedAsync()).ExitCode);
    }

    [Fact]
    public async Task A_first_seed_that_is_stopped_hands_over_and_joins_the_others_when_it_is_started_again()
    {
        var nodes = await _bench.ServeAsync();
        await _bench.LoadAsync(0, _bench.OneClient("not-a-real-secret"));

        var stopped = await nodes[0].StopAsync();

        Assert.Equal(0, stopped.ExitCode);
        foreach (var node in nodes.Skip(1))
        {
            await node.LineAsync(line => line.Contains($"@{_bench.Addresses[0]} has left the cluster, which has 2 nodes now", StringComparison.Ordinal), "about the node that left");
            Assert.Equal("not-a-real-secret", await _bench.FetchAsync(node));
        }

        var again = _bench.Start(0);

        Assert.Equal("not-a-real-secret", await _bench.FetchAsync(again));
        Assert.Contains(again.Log, line => line.EndsWith($"node {_bench.Addresses[0]} is in a cluster of 3 nodes", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_client_that_is_revoked_on_one_node_is_cut_off_on_all_of_them_until_it_is_restored()
    {
        var nodes = await _bench.ServeAsync();
        await _bench.LoadAsync(0, _bench.OneClient("not-a-real-secret"));
        foreach (var node in nodes) Assert.Equal("not-a-real-secret", await _bench.FetchAsync(node));
        using var linked = await RawPeer.ConnectAsync(await nodes[2].ServingAsync());
        await linked.LinkAsync(_bench.Client, _bench.ServerKey);

        var revoked = await _bench.ControlAsync(0, "coffer", "revoke", "client");
        Assert.True(revoked.ExitCode == 0, revoked.Error);
        Assert.Equal(ErrorWord.Revoked, await linked.ReadErrorAsync(isSealed: true));
        foreach (var node in nodes) Assert.IsType<FetchFailure.KeyUnknown>(Assert.IsType<FetchOutcome.Failed>(await _bench.TryFetchAsync(node)).Cause);

        var restored = await _bench.ControlAsync(1, "coffer", "restore", "client");
        Assert.True(restored.ExitCode == 0, restored.Error);
        foreach (var node in nodes) Assert.Equal("not-a-real-secret", await _bench.FetchAsync(node));
    }

    [Fact]
    public async Task A_node_that_does_not_answer_is_shown_and_taken_out_by_an_operator()
    {
        // The resolver would be first.
        var config = _bench.FilePath("config.conf");
        await File.WriteAllTextAsync(config, "akka.cluster.split-brain-resolver.stable-after = 1h");
        var nodes = await _bench.ServeAsync(("--config", config));
        await _bench.LoadAsync(0, _bench.OneClient("not-a-real-secret"));
        Assert.Equal("not-a-real-secret", await _bench.FetchAsync(nodes[0]));
        var tail = _bench.StartControl(0, "cluster", "tail");

        await nodes[2].SignalAsync("STOP");
        await tail.LineAsync(line => line.Contains("unreachable", StringComparison.Ordinal) && line.Contains(_bench.Addresses[2], StringComparison.Ordinal), "about the node that does not answer");
        Assert.Contains("\"isReachable\":false", (await _bench.ControlAsync(0, "cluster", "show", "--json")).Text, StringComparison.Ordinal);
        var stats = await _bench.ControlAsync(0, "sharding", "stats");
        Assert.NotEqual(0, stats.ExitCode);
        Assert.Contains("not every node answered", stats.Error, StringComparison.Ordinal);

        var downed = await _bench.ControlAsync(0, "cluster", "down-unreachable");
        Assert.Equal(0, downed.ExitCode);
        Assert.Contains(_bench.Addresses[2], downed.Text, StringComparison.Ordinal);
        await tail.LineAsync(line => line.Contains("removed", StringComparison.Ordinal) && line.Contains(_bench.Addresses[2], StringComparison.Ordinal), "about the node that was taken out");
        foreach (var node in nodes.Take(2)) Assert.Equal("not-a-real-secret", await _bench.FetchAsync(node));
    }
}
