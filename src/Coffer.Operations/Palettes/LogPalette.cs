using Coffer.Operations.Rows;

namespace Coffer.Operations.Palettes;

/// <summary>The node's log.</summary>
public static class LogPalette
{
    /// <summary>Its name.</summary>
    public const string Name = "log";

    /// <summary>A level.</summary>
    public static readonly OperationArgument LeastLevel = new("level", ArgumentKind.Text, "the least level to log from now on: debug, info, warning or error; until the node stops") { IsPositional = true, ValueName = "LEVEL", Choices = ["debug", "info", "warning", "error"] };

    /// <summary>How many of the last lines of the log to begin with.</summary>
    public static readonly OperationArgument Last = CofferPalette.Last with { Help = "how many of the last lines to begin with, of the last 1000, which are held in memory; 10 unless given" };

    public static readonly Operation<LogRow> Tail = new(
        Name, "tail", "the last lines of this node's log, and those to come", OperationsJson.Lines.LogRow, Rendering<LogRow>.Lines(r => r.Line))
    {
        Arguments = [Last, CofferPalette.Once],
        Follows = true,
        WhenEmpty = "nothing was logged yet",
        Examples = ["", "--last 100 --once"],
    };

    public static readonly Operation<LevelRow> Level = new(
        Name, "level", "show the least level that is logged, or change it", OperationsJson.Lines.LevelRow, Rendering<LevelRow>.Lines(r => r.Before is null ? r.Level : $"{r.Level}, before: {r.Before}"))
    {
        Kind = OperationKind.Setting,
        Arguments = [LeastLevel],
        Examples = ["", "debug"],
    };
}
