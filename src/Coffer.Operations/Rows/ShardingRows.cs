namespace Coffer.Operations.Rows;

/// <summary>A kind of entity that is spread over the nodes.</summary>
/// <param name="Type">Its name.</param>
/// <param name="Nodes">How many nodes hold shards of it.</param>
/// <param name="Shards">How many shards are allocated; a shard is when it is needed first.</param>
/// <param name="Entities">How many entities are live.</param>
public sealed record RegionRow(string Type, int Nodes, int Shards, long Entities);

/// <summary>An allocated shard.</summary>
public sealed record ShardRow(string Type, string Shard, string Node, long Entities);

/// <summary>What a node holds.</summary>
public sealed record ShardingStatsRow(string Type, string Node, int Shards, long Entities);

/// <summary>Where the entity of a client is.</summary>
/// <param name="Key">The client's public key.</param>
/// <param name="Shard">The shard that it belongs to, for good.</param>
/// <param name="Node">The node that holds the shard; null where it is not allocated now.</param>
/// <param name="IsLive">Whether the entity is in memory.</param>
public sealed record LocationRow(string Key, string Shard, string? Node, bool IsLive);
