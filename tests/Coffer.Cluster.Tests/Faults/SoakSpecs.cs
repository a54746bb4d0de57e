using System.Diagnostics;
using System.Globalization;

namespace Coffer.Cluster.Tests.Faults;

/// <summary>Faults at random, one after the other, for a time: <c>make soak TIME=… SEED=…</c>.</summary>
[Collection(nameof(FaultCluster))]
public sealed class SoakSpecs(FaultCluster cluster)
{
    [Fact(Explicit = true)]
    public async Task Clients_get_what_is_theirs_and_nothing_stale_whatever_happens()
    {
        var time = TimeSpan.FromMinutes(double.Parse(Variable("SOAK_MINUTES") ?? "10", CultureInfo.InvariantCulture));
        var seed = int.Parse(Variable("SOAK_SEED") ?? Random.Shared.Next().ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        Say($"soak of {time.TotalMinutes} minutes, seed {seed}");

        var drawn = new Random(seed);
        var reports = new List<FaultReport>();
        for (var begin = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(begin) < time;)
        {
            var report = await FaultCase.RunAsync(cluster, FaultCatalogue.All[drawn.Next(FaultCatalogue.All.Count)]);
            Say(report.ToString());
            report.Check();
            reports.Add(report);
        }

        Say(string.Create(
            CultureInfo.InvariantCulture,
            $"in all {reports.Count} faults, {reports.Sum(report => report.Fetches)} fetches, {reports.Sum(report => report.Failed.Count)} failed, none stale or wrong, longest without success {reports.Max(report => report.WithoutSuccess).TotalSeconds:F1} s, longest recovery {reports.Max(report => report.Recovery).TotalSeconds:F1} s"));
    }

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    private static void Say(string words) => TestContext.Current.TestOutputHelper?.WriteLine(words);
}
