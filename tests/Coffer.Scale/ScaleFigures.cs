using System.Globalization;
using System.Text;

namespace Coffer.Scale;

/// <summary>What a simulation found; times in seconds after the event.</summary>
/// <param name="Moved">How many times a shard was placed on another node than before.</param>
/// <param name="Balanced">When the last shard was placed before the strategy wanted no more; null if it still did.</param>
/// <param name="WorstShare">Of the node that had most clients at any second: how many to an even share.</param>
/// <param name="LastShare">The same in the end.</param>
/// <param name="Lost">Entities that were live and were to start cold.</param>
/// <param name="Live">When the last of those was live again; null if some were not, and where none was lost.</param>
/// <param name="Reads">Rows read from the database.</param>
/// <param name="MostReads">In the second with most of them.</param>
/// <param name="Fetches">How many were begun.</param>
/// <param name="Held">Those that met a shard without a place, or waited for the database to get to their row.</param>
/// <param name="HeldP99">How long they waited; one in a hundred of them longer.</param>
/// <param name="HeldMax">The longest.</param>
/// <param name="Unavailable">Those that waited longer than a session does: their clients ask again.</param>
/// <param name="StateSize">What the coordinator writes for each shard that it places, in the end, bytes.</param>
/// <param name="Shards">In the end, of each node.</param>
internal sealed record ScaleFigures(
    int Moved, double? Balanced, double WorstShare, double LastShare, int Lost, double? Live, int Reads, int MostReads, long Fetches, int Held, double HeldP99, double HeldMax, int Unavailable, int StateSize,
    IReadOnlyDictionary<int, IReadOnlyList<int>> Shards)
{
    public override string ToString()
    {
        var text = new StringBuilder();
        Line(text, $"shards moved             {Moved}");
        Line(text, $"balanced after           {Seconds(Balanced)}");
        Line(text, $"clients of fullest node  {WorstShare:F2} of an even share at worst, {LastShare:F2} in the end");
        Line(text, $"entities made cold       {Lost}, all live again after {Seconds(Live)}");
        Line(text, $"rows read                {Reads}, at most {MostReads} in a second");
        Line(text, $"fetches held up          {Held} of {Fetches}, p99 {HeldP99:F3} s, max {HeldMax:F3} s; {Unavailable} of them longer than a session waits");
        Line(text, $"coordinator's state      {StateSize} bytes");
        return text.ToString();
    }

    private static void Line(StringBuilder text, FormattableString line) => text.Append("  ").Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');

    private static string Seconds(double? seconds) => seconds is { } known ? string.Create(CultureInfo.InvariantCulture, $"{known:F1} s") : "-";
}
