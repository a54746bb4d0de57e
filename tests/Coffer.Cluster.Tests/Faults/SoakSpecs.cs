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
        var time = TimeSpan.FromSeconds(Variable("SOAK_SECONDS"));
        var seed = Variable("SOAK_SEED");
        Say($"soak of {time}, seed {seed}");

        var drawn = new Random(seed);
        var reports = new List<FaultReport>();
        for (var begin = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(begin) < time;)
        {
            // Of its own chance, so that how often a fault draws changes nothing of what follows it.
            var report = await FaultCase.RunAsync(cluster, FaultCatalogue.All[drawn.Next(FaultCatalogue.All.Count)], new Random(drawn.Next()));
            Say(report.ToString());
            report.Check();
            reports.Add(report);
        }

        Say(string.Create(
            CultureInfo.InvariantCulture,
            $"in all {reports.Count} faults, {reports.Sum(report => report.Fetches)} fetches, {reports.Sum(report => report.Failed.Count)} failed, none stale or wrong, longest without success {reports.Max(report => report.WithoutSuccess).TotalSeconds:F1} s, longest recovery {reports.Max(report => report.Recovery).TotalSeconds:F1} s"));
    }

    private static int Variable(string name) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var value) ? value : throw new InvalidOperationException($"{name} is no number: run 'make soak'");

    private static void Say(string words) => TestContext.Current.TestOutputHelper?.WriteLine(words);
}
