using System.Diagnostics;
using System.Globalization;
using Coffer.Load;

namespace Coffer.Cluster.Tests.Faults;

/// <summary>What clients noticed of a fault. Times of fetches count from when it began.</summary>
/// <param name="Fetches">Those of the load, without sweeps.</param>
/// <param name="FetchesPerSecond">Those of them that ended well, over all of the case.</param>
/// <param name="Failed">The failed fetches: when each began, and how it failed.</param>
/// <param name="Disturbed">When each fetch began and ended that failed or was held up, and had not ended before the fault.</param>
/// <param name="Wrong">Answers of which there must be none: another client's, stale, or ones that only a stranger gets; of all that asked.</param>
/// <param name="WithoutSuccess">The longest time since the fault in which no fetch of the load ended well.</param>
/// <param name="Longest">The longest that a fetch of the load took that ended well after the fault had begun.</param>
/// <param name="PerSecondMeanwhile">Fetches of the load a second that ended well from the begin of the fault to its end.</param>
/// <param name="FailuresMayBeginFor">Only what began before that may have failed.</param>
/// <param name="Logs">The last lines of each node's log.</param>
internal sealed record FaultReport(
    Fault Fault, int Fetches, double FetchesPerSecond, IReadOnlyList<(TimeSpan Began, string How)> Failed, IReadOnlyList<(TimeSpan Began, TimeSpan Ended)> Disturbed,
    IReadOnlyList<FailoverFetch> Wrong, TimeSpan WithoutSuccess, TimeSpan Longest, double PerSecondMeanwhile, TimeSpan FailuresMayBeginFor, string Logs)
{
    /// <summary>Until the end of the last fetch that failed or was held up; after it every client was served, at no less than the rate that counts as a load.</summary>
    internal TimeSpan Recovery => Disturbed.Select(fetch => fetch.Ended).DefaultIfEmpty().Max();

    /// <summary>Fails where the case is void, an answer was wrong, a fetch failed that must not, or clients waited for too long.</summary>
    internal void Check()
    {
        Assert.True(Wrong.Count == 0, $"{this}\nwrong answers:\n{string.Join('\n', Wrong)}\n{Logs}");
        // Where there is no cluster for a time there is no load; the rate that it comes back to was waited for.
        Assert.True(Fault.Bound == FaultBound.UntilTold || FetchesPerSecond >= FaultCase.LeastRate, $"void: fewer than {FaultCase.LeastRate} fetches a second: {this}");
        var failed = Failed.Where(fetch => fetch.Began >= FailuresMayBeginFor).ToArray();
        Assert.True(failed.Length == 0, $"{this}\nfailed fetches, when they began after the fault, and how:\n{string.Join('\n', failed)}\n{Logs}");
        var waited = Disturbed.Where(fetch => fetch.Began < Fault.Bound.WaitsEndWithin && fetch.Ended > Fault.Bound.WaitsEndWithin).ToArray();
        Assert.True(waited.Length == 0, $"{this}\nfetches that waited, when they began and ended after the fault:\n{string.Join('\n', waited)}\n{Logs}");
        Assert.True(WithoutSuccess <= Fault.Bound.MostWithoutSuccess, $"{this}\n{Logs}");
        Assert.True(Longest <= Fault.Bound.Longest, $"{this}\n{Logs}");
        Assert.True(PerSecondMeanwhile >= Fault.Bound.LeastMeanwhile, $"{PerSecondMeanwhile:F0} fetches a second while it lasted: {this}\n{Logs}");
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Fault.Name} ({Fault.Bound.Words}): {Fetches} fetches ({FetchesPerSecond:F0}/s), {Failed.Count} failed, longest without success {WithoutSuccess.TotalSeconds:F1} s, longest fetch {Longest.TotalSeconds:F1} s, full recovery after {Recovery.TotalSeconds:F1} s");
}
