using System.Diagnostics.Metrics;
using Coffer.Server.Audit;
using Coffer.Server.Catalog;
using Coffer.Server.Metrics;
using Coffer.Server.Sessions;
using Coffer.Server.Tests.Audit;
using Microsoft.Extensions.Logging.Abstractions;

namespace Coffer.Server.Tests.Metrics;

public sealed class NodeGaugesSpecs
{
    private readonly GatedSink _sink = new();
    private readonly Dictionary<string, long> _read = [];

    [Fact]
    public async Task Tells_how_many_lines_of_the_audit_wait_and_how_many_are_lost()
    {
        await using var trail = AuditTrail.Over(_sink, isRequired: false, new AuditSettings(), "test", TimeProvider.System);
        using var meter = new Meter("audit");
        var view = new NodeView(default, new NodeLease(TimeProvider.System, new LeaseSettings(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(2))));
        NodeGauges.AddTo(meter, view, new LiveEntities(1, default), new OpenSessions(TimeProvider.System), new SessionLog(NullLogger.Instance, TimeProvider.System), trail, () => false);
        using var listener = Listen(meter);

        // One is being written, five wait.
        _sink.Hold();
        trail.RecordNumber(0);
        await _sink.EnteredAsync();
        for (var i = 1; i <= 5; i++) trail.RecordNumber(i);
        listener.RecordObservableInstruments();
        Assert.Equal((5, 0), (_read["coffer.audit.lag"], _read["coffer.audit.lost"]));

        _sink.Release();
        await Trail.UntilAsync(() => _sink.Lines.Length == 6);
        _sink.Failure = new IOException("No space left on device");
        trail.RecordNumber(6);
        await Trail.UntilAsync(() => trail.Lost == 1);
        listener.RecordObservableInstruments();
        Assert.Equal((0, 1), (_read["coffer.audit.lag"], _read["coffer.audit.lost"]));
    }

    private MeterListener Listen(Meter meter)
    {
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, it) =>
            {
                if (instrument.Meter == meter) it.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<int>((instrument, value, _, _) => _read[instrument.Name] = value);
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => _read[instrument.Name] = value);
        listener.Start();
        return listener;
    }
}
