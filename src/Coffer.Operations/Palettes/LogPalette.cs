using Coffer.Operations.Rows;

namespace Coffer.Operations.Palettes;

/// <summary>The node's log.</summary>
public static class LogPalette
{
    /// <summary>Its name.</summary>
    public const string Name = "log";

    /// <summary>A level.</summary>
    public static readonly OperationArgument LeastLevel = new("level", ArgumentKind.Text, "the least level to log from now on: debug, info, warning or error; until the node stops") { IsPositional = true, ValueName = "LEVEL", Choices = ["debug", "info", "warning", "error"] };

    public static readonly Operation<LogRow> Tail = new(
        Name, "tail", "the last lines of this node's log, and those to come", OperationsJson.Lines.LogRow, Rendering<LogRow>.Lines(r => r.Line))
    {
        Arguments = [CofferPalette.Last, CofferPalette.Once],
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
