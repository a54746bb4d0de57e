using Microsoft.Extensions.Logging;

namespace Coffer.Cluster.Tests.Formation;

/// <summary>How nodes become one cluster.</summary>
public sealed class FormationSpecs
{
    [Theory]
    [InlineData(0, 1, 2)]
    [InlineData(2, 1, 0)]
    [InlineData(1, 2, 0)]
    public async Task Three_nodes_are_one_cluster_in_whatever_order_they_start(params int[] order)
    {
        await using var nodes = new NodesInProcess(3);

        var started = await nodes.FormAsync(order);

        await nodes.LoadAsync(started[2], "not-a-real-secret", serial: 1);
        foreach (var node in started) Assert.Equal("not-a-real-secret", await node.FetchAsync(nodes.Client));
    }

    [Fact]
    public async Task A_node_that_leaves_does_not_say_that_the_others_have_left()
    {
        await using var nodes = new NodesInProcess(2);
        var leaving = await nodes.StartAsync(0);
        leaving.LogFrom(LogLevel.Information);
        var staying = await nodes.StartAsync(1);
        foreach (var node in new[] { leaving, staying }) await node.Entering;
        await leaving.SeesAsync(2);
        leaving.HearsOutItsClusterBeforeItStops();

        await leaving.StopAsync();

        var said = Assert.Single(await leaving.LogAsync(), line => line.Contains($"coffer@{nodes.Addresses[1]} ", StringComparison.Ordinal));
        Assert.Contains("is a node of the cluster", said, StringComparison.Ordinal);
    }
}
