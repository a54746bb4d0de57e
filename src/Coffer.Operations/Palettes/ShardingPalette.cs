using Coffer.Operations.Rows;

namespace Coffer.Operations.Palettes;

/// <summary>How entities are spread over the nodes.</summary>
public static class ShardingPalette
{
    /// <summary>Its name.</summary>
    public const string Name = "sharding";

    /// <summary>A client's key.</summary>
    public static readonly OperationArgument Key = new("key", ArgumentKind.Text, "the client's public key") { IsRequired = true, IsPositional = true, ValueName = "KEY" };

    public static readonly Operation<RegionRow> Regions = new(
        Name, "regions", "the kinds of entities that are spread", OperationsJson.Lines.RegionRow,
        Rendering<RegionRow>.Table(
            new("type", r => r.Type),
            new("nodes", r => Shown.Number(r.Nodes), IsNumber: true),
            new("shards", r => Shown.Number(r.Shards), IsNumber: true),
            new("entities", r => Shown.Number(r.Entities), IsNumber: true)));

    public static readonly Operation<ShardRow> Shards = new(
        Name, "shards", "the shards that are allocated, and where", OperationsJson.Lines.ShardRow,
        Rendering<ShardRow>.Table(
            new("type", r => r.Type),
            new("shard", r => r.Shard, IsNumber: true),
            new("node", r => r.Node),
            new("entities", r => Shown.Number(r.Entities), IsNumber: true)))
    {
        WhenEmpty = "no shard is allocated: none was needed yet",
    };

    public static readonly Operation<ShardingStatsRow> Stats = new(
        Name, "stats", "what each node holds", OperationsJson.Lines.ShardingStatsRow,
        Rendering<ShardingStatsRow>.Table(
            new("type", r => r.Type),
            new("node", r => r.Node),
            new("shards", r => Shown.Number(r.Shards), IsNumber: true),
            new("entities", r => Shown.Number(r.Entities), IsNumber: true)));

    public static readonly Operation<LocationRow> Locate = new(
        Name, "locate", "the shard and the node of a client's entity", OperationsJson.Lines.LocationRow,
        Rendering<LocationRow>.Fields(
            new("key", r => r.Key),
            new("shard", r => r.Shard),
            new("node", r => Shown.Text(r.Node)),
            new("isLive", r => Shown.Decision(r.IsLive))))
    {
        Arguments = [Key],
        Examples = ["CBB6-21F6-0BDC-97DC-03BA-C693-CEF3-696D-3F33-6B21-F6D3-3C70-DDE0-27E5-458A-F339"],
    };
}
