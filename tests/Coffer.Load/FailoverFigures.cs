using System.Diagnostics;
using System.Text.Json;

namespace Coffer.Load;

/// <summary>What a load with failover found out.</summary>
/// <param name="Seconds">How long it went on.</param>
/// <param name="Fetches">How many fetches there were.</param>
/// <param name="Failures">How many of them failed, by how.</param>
/// <param name="LongestWithoutSuccess">The longest time in which no fetch of any worker ended well, the run's begin and end included.</param>
/// <param name="Longest">The longest that a fetch took that ended well.</param>
internal sealed record FailoverFigures(double Seconds, int Fetches, IReadOnlyDictionary<string, int> Failures, TimeSpan LongestWithoutSuccess, TimeSpan Longest)
{
    internal bool IsGood => Failures.Count == 0 && Fetches > 0;

    internal static FailoverFigures Of(IReadOnlyCollection<FailoverFetch> fetches, long begin, long end)
    {
        var good = fetches.Where(fetch => fetch.Failure is null).ToArray();
        long[] ends = [begin, .. good.Select(fetch => fetch.End).Order(), end];
        return new(
            Stopwatch.GetElapsedTime(begin, end).TotalSeconds,
            fetches.Count,
            fetches.Where(fetch => fetch.Failure is not null).CountBy(fetch => fetch.Failure!).ToDictionary(),
            ends.Zip(ends.Skip(1), Stopwatch.GetElapsedTime).Max(),
            good.Select(fetch => Stopwatch.GetElapsedTime(fetch.Begin, fetch.End)).DefaultIfEmpty().Max());
    }

    /// <summary>For scripts: one line.</summary>
    internal string ToJson() => JsonSerializer.Serialize(new Dictionary<string, object?>
    {
        ["fetches"] = Fetches,
        ["failures"] = Failures.Values.Sum(),
        ["seconds"] = Math.Round(Seconds, 3),
        ["fetchesPerSecond"] = Math.Round(Fetches / Seconds, 1),
        ["longestWithoutSuccessMs"] = Math.Round(LongestWithoutSuccess.TotalMilliseconds, 1),
        ["longestMs"] = Math.Round(Longest.TotalMilliseconds, 1),
        ["failuresByEnd"] = Failures,
    });
}
