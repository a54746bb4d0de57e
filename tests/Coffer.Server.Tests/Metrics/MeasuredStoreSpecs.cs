using System.Diagnostics.Metrics;
using Coffer.Server.Metrics;
using Coffer.Server.Storage;
using Coffer.Server.Tests.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace Coffer.Server.Tests.Metrics;

public sealed class MeasuredStoreSpecs
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
}
