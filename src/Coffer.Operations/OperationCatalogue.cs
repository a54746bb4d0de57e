using Coffer.Operations.Palettes;

namespace Coffer.Operations;

/// <summary>A family of operations.</summary>
/// <param name="Name">One word.</param>
/// <param name="Summary">One line for people.</param>
/// <param name="Operations">What there is, in the order help shows it in.</param>
public sealed record Palette(string Name, string Summary, IReadOnlyList<Operation> Operations);

/// <summary>All operations there are.</summary>
public static class OperationCatalogue
{
    /// <summary>By palette, in the order help shows them in.</summary>
    public static readonly IReadOnlyList<Palette> Palettes =
    [
        new(CofferPalette.Name, "definitions, clients and conversations",
        [
            CofferPalette.Status, CofferPalette.Load, CofferPalette.Clients, CofferPalette.ClientDetail, CofferPalette.History, CofferPalette.Rollback,
            CofferPalette.Revoke, CofferPalette.Restore, CofferPalette.Sessions, CofferPalette.AuditTail,
        ]),
        new(ClusterPalette.Name, "the nodes and how they stand together",
        [
            ClusterPalette.Show, ClusterPalette.Status, ClusterPalette.Leader, ClusterPalette.Join, ClusterPalette.Leave, ClusterPalette.Down,
            ClusterPalette.DownUnreachable, ClusterPalette.Tail,
        ]),
        new(ShardingPalette.Name, "how clients are spread over the nodes", [ShardingPalette.Regions, ShardingPalette.Shards, ShardingPalette.Stats, ShardingPalette.Locate]),
        new(LogPalette.Name, "this node's log", [LogPalette.Tail, LogPalette.Level]),
        new(ActorPalette.Name, "this node from within", [ActorPalette.Hierarchy, ActorPalette.System]),
    ];

    /// <summary>All of them.</summary>
    public static IEnumerable<Operation> Operations => Palettes.SelectMany(p => p.Operations);
}
