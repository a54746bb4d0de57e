using Coffer.EndToEnd.Tests.Server;
using Coffer.Tests.Shared;

namespace Coffer.Cluster.Tests.Processes;

/// <summary>How a node comes to its cluster, or why it does not. Node 0 is a cluster by itself, where a test starts it.</summary>
[Takes(seconds: 120)]
public sealed class EntrySpecs : IAsyncLifetime
{
    private ClusterBench _bench = null!;

    public async ValueTask InitializeAsync() => _bench = await ClusterBench.CreateAsync();

    public async ValueTask DisposeAsync() => await _bench.DisposeAsync();

    [Fact]
    public async Task Without_certificates_a_node_takes_loopback_addresses_only()
    {
        var ended = await _bench.Start(0, ("--certificates", null), ("--cluster", "10.0.0.1:9190"), ("--seeds", null)).EndedAsync();

        Assert.Equal(2, ended.ExitCode);
        Assert.StartsWith("coffer-server: error: --cluster: 10.0.0.1:9190: without --certificates nodes talk in the clear, which is for loopback addresses only\n", ended.Error, StringComparison.Ordinal);
        Assert.Equal(2, ended.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.False(Directory.Exists(_bench.DataDirectory(0)));
    }

    [Fact]
    public async Task A_node_whose_seeds_are_not_there_ends_in_time_and_names_them()
    {
        var ended = await _bench.Start(1, ("--config", await PatienceAsync("2s"))).EndedAsync();

        Assert.Equal(9, ended.ExitCode);
        Assert.Contains($"coffer-server: error: not let into a cluster within 2 s: {_bench.Addresses[0]} (", ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_without_a_certificate_is_refused_and_both_sides_say_so()
    {
        var member = await BeginAsync();

        var ended = await _bench.Start(1, ("--certificates", null), ("--seeds", $"{_bench.Addresses[0]},{_bench.Addresses[1]}"), ("--config", await PatienceAsync("10s"))).EndedAsync();

        Assert.Equal(9, ended.ExitCode);
        Assert.Contains($"coffer-server: error: not let into a cluster within 10 s: {_bench.Addresses[0]} (", ended.Error, StringComparison.Ordinal);
        Assert.Contains("coffer-server: hint: nodes with --certificates let none in without; ", ended.Error, StringComparison.Ordinal);
        Assert.Contains("ended the connection before it said anything, as one does that talks over TLS alone: this node has no --certificates", ended.Error, StringComparison.Ordinal);
        await member.LineAsync(
            line => line.Contains("refused a connection to the cluster's port, from 127.0.0.", StringComparison.Ordinal) && line.Contains(": it talks in the clear, as a node without --certificates does;", StringComparison.Ordinal),
            "about the node without a certificate");
        Assert.Equal("not-a-real-secret", await _bench.FetchAsync(member));
    }

    [Fact]
    public async Task A_node_that_waits_for_its_seeds_joins_by_the_member_that_an_operator_names()
    {
        var member = await BeginAsync();
        var waiting = await StartWaitingAsync(1);

        var joined = await _bench.ControlAsync(1, "cluster", "join", _bench.Addresses[0]);

        Assert.True(joined.ExitCode == 0, joined.Error);
        Assert.Equal($"joining {Member}\n", joined.Text);
        Assert.Equal("not-a-real-secret", await _bench.FetchAsync(waiting));
        Assert.Contains($"{_bench.Addresses[1]}\tup\t", (await _bench.ControlAsync(0, "cluster", "show")).Text, StringComparison.Ordinal);
        Assert.Equal(1, (await _bench.ControlAsync(1, "cluster", "join", Member)).ExitCode);
        Assert.Equal("not-a-real-secret", await _bench.FetchAsync(member));
    }

    [Fact]
    public async Task An_operator_makes_a_node_join_no_cluster_of_another_key_and_none_that_is_not_there()
    {
        var member = await BeginAsync();
        using var other = _bench.MakeKey("other.pem");
        await StartWaitingAsync(1, ("--key", _bench.FilePath("other.pem")), ("--store", _bench.Postgres.Address(await _bench.Postgres.CreateDatabaseAsync())));

        var otherKey = await _bench.ControlAsync(1, "cluster", "join", Member);
        var itself = await _bench.ControlAsync(1, "cluster", "join", $"akka.ssl.tcp://coffer@{_bench.Addresses[1]}");
        var nobody = await _bench.ControlAsync(1, "cluster", "join", $"akka.ssl.tcp://coffer@{_bench.Addresses[2]}");

        Assert.Equal((1, 1, 1), (otherKey.ExitCode, itself.ExitCode, nobody.ExitCode));
        Assert.Contains($"its cluster's server key is {_bench.ServerKey}, this node's {other.PublicKey}", otherKey.Error, StringComparison.Ordinal);
        Assert.Contains("is in no cluster itself", itself.Error, StringComparison.Ordinal);
        Assert.Contains("does not answer", nobody.Error, StringComparison.Ordinal);
        await member.LineAsync(line => line.Contains($"as a node of this cluster: its server key is {other.PublicKey}", StringComparison.Ordinal), "about the other key");
    }

    [Fact]
    public async Task An_operator_makes_a_node_join_no_cluster_with_another_length_of_a_lease()
    {
        var member = await BeginAsync();
        await File.WriteAllTextAsync(_bench.FilePath("other.conf"), "coffer.catalog.lease = 20s\n");
        await StartWaitingAsync(1, ("--config", _bench.FilePath("other.conf")));

        var refused = await _bench.ControlAsync(1, "cluster", "join", Member);

        Assert.Equal(1, refused.ExitCode);
        Assert.Contains($"refused by {Member}: its cluster's coffer.catalog.lease is 10s, this node's 20s", refused.Error, StringComparison.Ordinal);
        await member.LineAsync(line => line.Contains("as a node of this cluster: its coffer.catalog.lease is 20s, the cluster's 10s", StringComparison.Ordinal), "about the other lease");
    }

    [Fact]
    public async Task A_node_that_would_begin_a_second_cluster_on_the_database_of_one_that_runs_does_not_and_says_why()
    {
        var member = await BeginAsync();

        var ended = await _bench.Start(1, ("--seeds", _bench.Addresses[1]), ("--config", await PatienceAsync("8s"))).EndedAsync();

        Assert.Equal(9, ended.ExitCode);
        Assert.Contains("coffer-server: error: not let into a cluster within 8 s: the database (a cluster that runs has it)", ended.Error, StringComparison.Ordinal);
        Assert.Equal("not-a-real-secret", await _bench.FetchAsync(member));
        Assert.DoesNotContain(member.Log, line => line.Contains("lease has run out", StringComparison.Ordinal) || line.Contains("another catalog", StringComparison.Ordinal));
    }

    private string Member => $"akka.ssl.tcp://coffer@{_bench.Addresses[0]}";

    private async Task<RunningServer> BeginAsync()
    {
        var member = _bench.Start(0, ("--seeds", _bench.Addresses[0]));
        await member.ServingAsync();
        await _bench.LoadAsync(0, _bench.OneClient("not-a-real-secret"));
        return member;
    }

    // Node 2, the first of its seeds, is never started.
    private async Task<RunningServer> StartWaitingAsync(int node, params (string Option, string? Value)[] changes)
    {
        var waiting = _bench.Start(node, [("--seeds", $"{_bench.Addresses[2]},{_bench.Addresses[node]}"), .. changes]);
        await waiting.LineAsync(line => line.Contains("looks for its cluster: waits for", StringComparison.Ordinal), "that says whom it waits for");
        return waiting;
    }

    private async Task<string> PatienceAsync(string time)
    {
        await File.WriteAllTextAsync(_bench.FilePath("node.conf"), $"coffer.cluster.join = {time}\n");
        return _bench.FilePath("node.conf");
    }
}
