using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using Coffer.Server.Metrics;
using Coffer.Server.Storage;
using Coffer.Server.Tests.Hosting;
using Coffer.Server.Tests.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace Coffer.Server.Tests.Metrics;

public sealed partial class MeasuredStoreSpecs
{
    [Fact]
    public async Task Times_what_failed_and_counts_it_by_its_fault()
    {
        using var metrics = new CofferMetrics();
        var measured = new List<string>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, it) =>
        {
            if (instrument.Meter == metrics.Meter) it.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<double>((instrument, _, tags, _) => measured.Add($"{instrument.Name} {tags[0].Value}"));
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => measured.Add($"{instrument.Name} {tags[0].Value} {value}"));
        listener.Start();

        await Assert.ThrowsAsync<StoreException>(() => new MeasuredStore(new BrokenStore(), metrics, TimeProvider.System, NullLogger.Instance).ReadStateAsync(TestContext.Current.CancellationToken));

        Assert.Equal(["coffer.store.errors unavailable 1", "coffer.store.operation.duration read_state"], measured);
    }

    [Fact]
    public void The_page_lists_every_operation_that_is_measured()
    {
        var measured = Measured().Matches(Read("src/Coffer.Server/Metrics/MeasuredStore.cs")).Select(match => match.Groups[1].Value).Distinct().Order(StringComparer.Ordinal);

        var listed = Word().Matches(Listed().Match(Read("docs/monitoring.md")).Groups[1].Value).Select(match => match.Groups[1].Value);

        Assert.Equal(measured, listed);
    }

    private static string Read(string file) => File.ReadAllText(Path.Combine(SettingsPageSpecs.Root, file));

    [GeneratedRegex("MeasureAsync\\(\"([a-z_]+)\"")]
    private static partial Regex Measured();

    [GeneratedRegex("`coffer_store_operation`: ([^|]+)")]
    private static partial Regex Listed();

    [GeneratedRegex("`([a-z_]+)`")]
    private static partial Regex Word();
}
