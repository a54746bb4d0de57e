using Coffer.Cluster.Tests.Formation;
using Coffer.Server.Storage;
using Coffer.Tests.Shared;

namespace Coffer.Cluster.Tests.Catalog;

/// <summary>Loads of a cluster whose every node clients poll.</summary>
[Takes(seconds: 60)]
public sealed class PolledLoadSpecs
{
    [Fact]
    public async Task A_Get_on_any_node_that_begins_after_the_acknowledgement_never_gets_an_older_coffer()
    {
        await using var postgres = await PrivatePostgres.StartAsync();
        Assert.True(StoreAddress.TryRead(postgres.Address(await postgres.CreateDatabaseAsync()), out var database, out var problem), problem?.Message);
        await using var nodes = new NodesInProcess(3, database);
        var serial = 0L;
        PolledNode[] polled = [.. (await nodes.FormAsync(0, 1, 2)).Select(node => new PolledNode(node.ClientAddress, toml => nodes.TryLoadAsync(node, toml, ++serial), command => node.Catalog.AskAsync(command)))];

        await new PolledLoads(nodes.Client, nodes.ServerKey, loads: 210, polled).RunAsync(pollers: 3);
    }
}
