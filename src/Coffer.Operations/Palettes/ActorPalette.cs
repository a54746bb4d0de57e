using Coffer.Operations.Rows;

namespace Coffer.Operations.Palettes;

/// <summary>The node from within.</summary>
public static class ActorPalette
{
    /// <summary>Its name.</summary>
    public const string Name = "actor";

    /// <summary>How many rows there may be.</summary>
    public static readonly OperationArgument Limit = new("limit", ArgumentKind.Number, "how many rows to show at most; 200 unless given") { ValueName = "N" };

    public static readonly Operation<ActorRow> Hierarchy = new(
        Name, "hierarchy", "the actors of this node as a tree; many of one kind are counted", OperationsJson.Lines.ActorRow, Rendering<ActorRow>.Lines(Line))
    {
        Arguments = [Limit],
        Examples = ["", "--limit 50"],
    };

    public static readonly Operation<ActorSystemRow> System = new(
        Name, "system", "versions, uptime, memory, collections and threads of this node", OperationsJson.Lines.ActorSystemRow,
        Rendering<ActorSystemRow>.Fields(
            new("system", r => r.System),
            new("version", r => r.Version),
            new("akka", r => r.Akka),
            new("runtime", r => r.Runtime),
            new("process", r => Shown.Number(r.Process)),
            new("uptimeSeconds", r => Shown.Seconds(r.UptimeSeconds)),
            new("cpuSeconds", r => Shown.Seconds(r.CpuSeconds)),
            new("processors", r => Shown.Number(r.Processors)),
            new("threads", r => Shown.Number(r.Threads)),
            new("poolThreads", r => Shown.Number(r.PoolThreads)),
            new("pendingWork", r => Shown.Number(r.PendingWork)),
            new("residentBytes", r => Shown.Bytes(r.ResidentBytes)),
            new("heapBytes", r => Shown.Bytes(r.HeapBytes)),
            new("allocatedBytes", r => Shown.Bytes(r.AllocatedBytes)),
            new("collections", r => string.Join(" / ", r.Collections)),
            new("pauseSeconds", r => Shown.Seconds(r.PauseSeconds))));

    private static string Line(ActorRow row)
    {
        var indent = new string(' ', 2 * row.Depth);
        return row.Count == 1 ? $"{indent}{row.Name}  ({row.Type})" : $"{indent}… and {row.Count} more  ({row.Type})";
    }
}
