using Coffer.EndToEnd.Tests.Server;

namespace Coffer.Cluster.Tests.Processes;

/// <summary>Nodes as published programs, over mutual TLS on one PostgreSQL.</summary>
public sealed class ClusterProcessSpecs : IAsyncLifetime
{
    private ClusterBench _bench = null!;

    public async ValueTask InitializeAsync() => _bench = await ClusterBench.CreateAsync();

    public async ValueTask DisposeAsync() => await _bench.DisposeAsync();

    [Fact]
    public async Task Serves_from_every_node_and_stops_without_a_word_of_trouble()
    {
        var nodes = await _bench.ServeAsync();
        await _bench.LoadAsync(1, _bench.OneClient("not-a-real-secret"));

        foreach (var node in nodes) Assert.Equal("not-a-real-secret", await _bench.FetchAsync(node));
        foreach (var node in nodes) Assert.Equal(0, (await node.StopAsync()).ExitCode);
        Assert.All(nodes.SelectMany(node => node.Log), line => Assert.DoesNotMatch(" warn | error ", line));
    }
}
