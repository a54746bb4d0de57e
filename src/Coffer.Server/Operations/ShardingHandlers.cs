using System.Runtime.CompilerServices;
using Akka.Actor;
using Akka.Cluster;
using Akka.Cluster.Sharding;
using Coffer.Crypto.Keys;
using Coffer.Operations;
using Coffer.Operations.Palettes;
using Coffer.Operations.Rows;
using Coffer.Server.Coffers;

namespace Coffer.Server.Operations;

/// <summary>What the palette <c>sharding</c> does.</summary>
/// <param name="system">This node's actors, once they have started.</param>
/// <param name="shards">How many shards of coffers there are.</param>
internal sealed class ShardingHandlers(Func<ActorSystem> system, int shards)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly CofferShardExtractor _extractor = new(shards);

    internal void AddTo(OperationHandlers handlers)
    {
        handlers.Handle(ShardingPalette.Regions, RegionsAsync);
        handlers.Handle(ShardingPalette.Shards, ShardsAsync);
        handlers.Handle(ShardingPalette.Stats, StatsAsync);
        handlers.Handle(ShardingPalette.Locate, LocateAsync);
    }

    private async IAsyncEnumerable<RegionRow> RegionsAsync(OperationCall call, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (var (type, nodes) in ReadAsync(cancellation).ConfigureAwait(false))
        {
            var held = nodes.Values.Where(node => node.Count > 0).ToArray();
            yield return new RegionRow(type, held.Length, held.Sum(node => node.Count), held.Sum(node => node.Values.Sum(entities => (long)entities)));
        }
    }

    private async IAsyncEnumerable<ShardRow> ShardsAsync(OperationCall call, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (var (type, nodes) in ReadAsync(cancellation).ConfigureAwait(false))
            foreach (var row in nodes.SelectMany(node => node.Value.Select(shard => new ShardRow(type, shard.Key, node.Key.ToString(), shard.Value))).OrderBy(row => row.Shard.Length).ThenBy(row => row.Shard, StringComparer.Ordinal))
                yield return row;
    }

    private async IAsyncEnumerable<ShardingStatsRow> StatsAsync(OperationCall call, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (var (type, nodes) in ReadAsync(cancellation).ConfigureAwait(false))
            foreach (var (node, held) in nodes.OrderBy(node => node.Key.ToString(), StringComparer.Ordinal))
                yield return new ShardingStatsRow(type, node.ToString(), held.Count, held.Values.Sum(entities => (long)entities));
    }

    private async Task<LocationRow> LocateAsync(OperationCall call, CancellationToken cancellation)
    {
        if (!PublicKey.TryRead(call.Required(ShardingPalette.Key), out var client, out var problem)) throw new OperationException(OperationFault.Usage, $"key: {problem.Message}", problem.Hint);
        var entity = CofferShardExtractor.EntityIdOf(client);
        var shard = _extractor.ShardId(entity);
        var nodes = await ReadAsync(CofferRegistration.TypeName, cancellation).ConfigureAwait(false);
        var node = nodes.FirstOrDefault(n => n.Value.ContainsKey(shard)).Key;
        return new LocationRow(client.ToString(), shard, node?.ToString(), node is not null && await IsLiveAsync(node, shard, entity, cancellation).ConfigureAwait(false));
    }

    // Asked by its path, because a region's list of its entities may be longer than a message between nodes.
    private async Task<bool> IsLiveAsync(Address node, string shard, string entity, CancellationToken cancellation)
    {
        var path = new RootActorPath(node) / "system" / "sharding" / CofferRegistration.TypeName / shard / entity;
        try
        {
            return (await system().ActorSelection(path).Ask<ActorIdentity>(new Identify(entity), Patience, cancellation).ConfigureAwait(false)).Subject is not null;
        }
        catch (AskTimeoutException)
        {
            return false;
        }
    }

    private async IAsyncEnumerable<(string Type, IReadOnlyDictionary<Address, IReadOnlyDictionary<string, int>> Nodes)> ReadAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        foreach (var type in ClusterSharding.Get(system()).ShardTypeNames.Order(StringComparer.Ordinal))
            yield return (type, await ReadAsync(type, cancellation).ConfigureAwait(false));
    }

    // How many entities each shard has, by the node that holds it.
    private async Task<IReadOnlyDictionary<Address, IReadOnlyDictionary<string, int>>> ReadAsync(string type, CancellationToken cancellation)
    {
        var region = ClusterSharding.Get(system()).ShardRegion(type);
        var stats = await region.Ask<ClusterShardingStats>(new GetClusterShardingStats(Patience), Patience + TimeSpan.FromSeconds(1), cancellation).ConfigureAwait(false);
        // Every node has a region: none means that the coordinator gave up waiting for one of them.
        if (stats.Regions.Count == 0)
            throw new OperationException(OperationFault.Refused, $"where shards are is not known now: not every node answered within {Patience.TotalSeconds:0} s", "look at 'coffer-ctl cluster show', and try again once every member is reachable");
        return stats.Regions.ToDictionary(r => Global(r.Key), r => (IReadOnlyDictionary<string, int>)r.Value.Stats.ToDictionary());
    }

    private Address Global(Address node) => node.HasGlobalScope ? node : Cluster.Get(system()).SelfAddress;
}
