namespace Coffer.Scale;

/// <summary>What happens to the simulated cluster.</summary>
internal enum ScaleEvent
{
    /// <summary>One node more joins.</summary>
    Join,

    /// <summary>One node dies, without a word to the others.</summary>
    Die,

    /// <summary>Each node leaves and comes again, one after the other.</summary>
    Restart,

    /// <summary>All nodes start at the same time, and nothing is live.</summary>
    Cold,
}

/// <summary>What a simulation starts from; times in seconds. Where each default is from, measured or assumed, stands in docs/scale.md, too.</summary>
internal sealed record ScaleInputs
{
    internal int Nodes { get; init; } = 3;

    internal int Clients { get; init; } = 100_000;

    /// <summary>Fetches a second. The clients ask in turn, in an order that the seed shuffles.</summary>
    internal double Rate { get; init; } = 1000;

    internal int Seed { get; init; } = 1;

    /// <summary>The longest time after the event that is looked at.</summary>
    internal double Horizon { get; init; } = 3600;

    /// <summary>How many coffers a second the database reads at most. Measured: one of its cores, by tests/bench-cluster.</summary>
    internal double DatabaseRate { get; init; } = 2000;

    /// <summary>From a node's death to the moment when its shards may be placed anew. Measured by tests/bench-cluster.</summary>
    internal double Downing { get; init; } = 10;

    /// <summary>What the coordinator takes to place a shard; it places one after the other. Measured on two nodes by tests/bench-cluster.</summary>
    internal double Placing { get; init; } = 0.005;

    /// <summary>From the moment a shard's entities are stopped on one node to the moment it may be placed on another. Assumed.</summary>
    internal double HandOff { get; init; } = 0.1;

    /// <summary>How long nothing is placed when the coordinator's node leaves. Assumed; a fetch of a rolling restart took 2.4 s at most (docs/operations.md).</summary>
    internal double HandOver { get; init; } = 1.5;

    /// <summary>From the moment a node has left until it serves again. Measured by tests/bench-cluster: 3.7 s; the rest is assumed, for its supervisor.</summary>
    internal double Start { get; init; } = 5;
}
