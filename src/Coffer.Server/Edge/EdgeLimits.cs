namespace Coffer.Server.Edge;

/// <summary>How many connections a node takes. Configuration: <c>coffer.limits</c>.</summary>
public sealed record EdgeLimits
{
    /// <summary>Open connections; the next one is answered Error <c>busy</c>.</summary>
    public int Connections { get; init; } = 10_000;

    /// <summary>Open connections of one address; 0 for no such limit.</summary>
    public int ConnectionsPerAddress { get; init; }

    /// <summary>Connections that may at once be told <c>busy</c>; beyond them a new one is reset without a word.</summary>
    public int BusyConnections { get; init; } = 1_000;

    /// <summary>The kernel's queue of connections not accepted yet.</summary>
    public int Backlog { get; init; } = 1_024;
}
