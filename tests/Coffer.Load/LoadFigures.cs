using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Coffer.Load;

/// <summary>What a load found out.</summary>
/// <param name="Seconds">From the first conversation's begin to the last one's end.</param>
/// <param name="Latencies">Of the good ones, in ticks of the stopwatch, ascending: to the checked coffer, from the begin or, at a given rate, from when it was due.</param>
/// <param name="Failures">How many ended otherwise, by how they ended.</param>
/// <param name="Before">The server's process before the first conversation, if it was named.</param>
/// <param name="After">The same after the last.</param>
internal sealed record LoadFigures(double Seconds, long[] Latencies, IReadOnlyDictionary<LoadEnd, int> Failures, ProcessFigures? Before, ProcessFigures? After)
{
    private int Failed => Failures.Values.Sum();

    internal bool IsGood => Failed == 0 && Latencies.Length > 0;

    private double PerSecond => Latencies.Length / Seconds;

    private double? CpuMicroseconds => Before is { } before && After is { } after && Latencies.Length > 0 ? (after.Cpu - before.Cpu).TotalMicroseconds / Latencies.Length : null;

    /// <summary>For people.</summary>
    internal string ToText()
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"{Latencies.Length} fetches in {Seconds:F2} s: {PerSecond:F0} a second, {Failed} failures");
        foreach (var (end, count) in Failures) text.AppendLine(CultureInfo.InvariantCulture, $"  {end}: {count}");
        text.AppendLine(CultureInfo.InvariantCulture, $"latency ms: p50 {Milliseconds(0.5):F2}, p99 {Milliseconds(0.99):F2}, p99.9 {Milliseconds(0.999):F2}, max {Milliseconds(1):F2}");
        if (CpuMicroseconds is { } cpu) text.AppendLine(CultureInfo.InvariantCulture, $"server: {cpu:F1} us CPU a fetch, resident {Before!.Value.ResidentKiB} KiB before, {After!.Value.ResidentKiB} KiB after");
        return text.ToString();
    }

    /// <summary>For scripts: one line.</summary>
    internal string ToJson() => JsonSerializer.Serialize(new Dictionary<string, object?>
    {
        ["fetches"] = Latencies.Length,
        ["failures"] = Failed,
        ["seconds"] = Math.Round(Seconds, 3),
        ["fetchesPerSecond"] = Math.Round(PerSecond, 1),
        ["p50Ms"] = Math.Round(Milliseconds(0.5), 3),
        ["p99Ms"] = Math.Round(Milliseconds(0.99), 3),
        ["p999Ms"] = Math.Round(Milliseconds(0.999), 3),
        ["maxMs"] = Math.Round(Milliseconds(1), 3),
        ["serverCpuUsPerFetch"] = CpuMicroseconds is { } cpu ? Math.Round(cpu, 2) : null,
        ["serverResidentKiBBefore"] = Before?.ResidentKiB,
        ["serverResidentKiBAfter"] = After?.ResidentKiB,
        ["failuresByEnd"] = Failures.ToDictionary(f => f.Key.ToString(), f => f.Value),
    });

    // Nearest rank.
    private double Milliseconds(double share) =>
        Latencies.Length == 0 ? 0 : Latencies[Math.Max(0, (int)Math.Ceiling(share * Latencies.Length) - 1)] * 1000.0 / System.Diagnostics.Stopwatch.Frequency;
}
