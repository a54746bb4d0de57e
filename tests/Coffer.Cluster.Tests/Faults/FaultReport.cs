using System.Diagnostics;
using System.Globalization;
using Coffer.Load;

namespace Coffer.Cluster.Tests.Faults;

/// <summary>What clients noticed of a fault.</summary>
/// <param name="Fetches">Those of the load, without sweeps.</param>
/// <param name="FetchesPerSecond">Those of them that ended well, over all of the case.</param>
/// <param name="Failed">The failed fetches: when each began after the fault, and how it failed.</param>
/// <param name="Wrong">Answers of which there must be none: another client's, stale, or ones that only a stranger gets; of all that asked.</param>
/// <param name="WithoutSuccess">The longest time in which no fetch ended well.</param>
/// <param name="Recovery">From the fault to the end of the last fetch that failed or was held up; after it every client was served, at the full rate.</param>
/// <param name="Logs">The last lines of each node's log.</param>
internal sealed record FaultReport(
    Fault Fault, int Fetches, double FetchesPerSecond, IReadOnlyList<(TimeSpan Began, string How)> Failed, IReadOnlyList<FailoverFetch> Wrong, TimeSpan WithoutSuccess, TimeSpan Recovery, string Logs)
{
    internal static FaultReport Of(Fault fault, FailoverFigures figures, IReadOnlyList<FailoverFetch> fetches, IReadOnlyList<FailoverFetch> swept, IReadOnlyList<FailoverFetch> wrong, long faultBegin, long recovered, string logs) => new(
        fault,
        figures.Fetches,
        fetches.Count(fetch => fetch.Failure is null) / figures.Seconds,
        [.. fetches.Concat(swept).Where(fetch => fetch.Failure is not null).Select(fetch => (Stopwatch.GetElapsedTime(faultBegin, fetch.Begin), fetch.Failure!))],
        wrong,
        figures.LongestWithoutSuccess,
        Stopwatch.GetElapsedTime(faultBegin, recovered),
        logs);

    /// <summary>Fails where the case is void, an answer was wrong, or a fetch failed that must not.</summary>
    internal void Check()
    {
        Assert.True(Wrong.Count == 0, $"{this}\nwrong answers:\n{string.Join('\n', Wrong)}\n{Logs}");
        if (Fault.Bound == FaultBound.Any) return;
        Assert.True(FetchesPerSecond >= FaultCase.LeastRate, $"void: fewer than {FaultCase.LeastRate} fetches a second: {this}");
        var failed = Failed.Where(fetch => fetch.Began >= Fault.Bound.FailuresMayBeginFor).ToArray();
        Assert.True(failed.Length == 0, $"{this}\nfailed fetches, when they began after the fault, and how:\n{string.Join('\n', failed)}\n{Logs}");
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Fault.Name} ({Fault.Bound.Words}): {Fetches} fetches ({FetchesPerSecond:F0}/s), {Failed.Count} failed, longest without success {WithoutSuccess.TotalSeconds:F1} s, full recovery after {Recovery.TotalSeconds:F1} s");
}
