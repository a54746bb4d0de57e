using System.Diagnostics.Metrics;
using System.Reflection;
using Coffer.Server.Catalog;
using Coffer.Server.Sessions;
using Coffer.Server.Storage;

namespace Coffer.Server.Metrics;

/// <summary>Why a connection was turned away before its first word.</summary>
public enum ConnectionLimit
{
    /// <summary>The node has as many as it may.</summary>
    Node,

    /// <summary>The address has as many as it may.</summary>
    Address,
}

/// <summary>What a node counts and times as it happens. docs/monitoring.md lists every instrument.</summary>
/// <remarks>
/// Thread safe. Names and units by OpenTelemetry's conventions. Every attribute has a closed set of values, so the number of series does not
/// grow with clients, addresses or time.
/// </remarks>
public sealed class CofferMetrics : IDisposable
{
    /// <summary>The name that an exporter asks for.</summary>
    public const string MeterName = "Coffer";

    private const string OutcomeKey = "coffer.fetch.outcome";
    private const string LoadOutcomeKey = "coffer.load.outcome";

    private static readonly KeyValuePair<string, object?> ServedOutcome = new(OutcomeKey, "served");
    private static readonly KeyValuePair<string, object?> RefusedOutcome = new(OutcomeKey, "refused");
    private static readonly KeyValuePair<string, object?> LeftOutcome = new(OutcomeKey, "left");
    private static readonly KeyValuePair<string, object?> LoadedOutcome = new(LoadOutcomeKey, "loaded");
    private static readonly KeyValuePair<string, object?> UnchangedOutcome = new(LoadOutcomeKey, "unchanged");
    private static readonly ClosedSet<Refusal> Reasons = new("coffer.refusal.reason");
    private static readonly ClosedSet<ConnectionLimit> Limits = new("coffer.connection.limit");
    private static readonly ClosedSet<StoreFault> Faults = new("error.type");
    private static readonly ClosedSet<LoadRefusal> LoadRefusals = new(LoadOutcomeKey);

    // In seconds: a handshake is some 150 µs of computing, a read of a row a millisecond, and what takes longer waits for something.
    private static readonly InstrumentAdvice<double> Moments = new()
    {
        HistogramBucketBoundaries = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    };

    private static readonly InstrumentAdvice<double> StoreTimes = new()
    {
        HistogramBucketBoundaries = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    };

    private readonly Counter<long> _fetches;
    private readonly Counter<long> _refusals;
    private readonly Histogram<double> _handshake;
    private readonly Histogram<double> _fetch;
    private readonly Counter<long> _turnedAway;
    private readonly Counter<long> _loads;
    private readonly Gauge<double> _lastLoad;
    private readonly Histogram<double> _store;
    private readonly Counter<long> _storeErrors;
    private int _connections;

    public CofferMetrics()
    {
        Meter = new Meter(new MeterOptions(MeterName) { Version = Assembly.GetExecutingAssembly().GetName().Version!.ToString(3) });
        _fetches = Meter.CreateCounter<long>("coffer.fetches", "{fetch}", "Conversations that are over or have given their client its coffer, by outcome.");
        _refusals = Meter.CreateCounter<long>("coffer.refusals", "{refusal}", "Conversations that the node ended, by reason.");
        _handshake = Meter.CreateHistogram("coffer.handshake.duration", "s", "From a whole Hello to its answer.", advice: Moments);
        _fetch = Meter.CreateHistogram("coffer.fetch.duration", "s", "From a whole Get to the coffer handed to the connection.", advice: Moments);
        _turnedAway = Meter.CreateCounter<long>("coffer.connections.turned_away", "{connection}", "Connections told busy, or reset, by the limit that was reached.");
        _loads = Meter.CreateCounter<long>("coffer.loads", "{load}", "Definitions that were to be loaded, by outcome.");
        _lastLoad = Meter.CreateGauge<double>("coffer.load.last.duration", "s", "How long the last load took that wrote a revision.");
        _store = Meter.CreateHistogram("coffer.store.operation.duration", "s", "What the store was waited for, by operation.", advice: StoreTimes);
        _storeErrors = Meter.CreateCounter<long>("coffer.store.errors", "{error}", "Operations that the store did not do, by fault.");
        Meter.CreateObservableUpDownCounter("coffer.connection.count", () => Volatile.Read(ref _connections), "{connection}", "Open connections.");
    }

    /// <summary>Where the instruments belong.</summary>
    public Meter Meter { get; }

    /// <summary>Every series that will ever be begins at zero, once somebody collects: of one that is born with its first event no rise is seen.</summary>
    public void BeginAtZero()
    {
        foreach (var outcome in new[] { ServedOutcome, RefusedOutcome, LeftOutcome }) _fetches.Add(0, outcome);
        foreach (var reason in Reasons.All) _refusals.Add(0, reason);
        foreach (var limit in Limits.All) _turnedAway.Add(0, limit);
        foreach (var outcome in LoadRefusals.All.Append(LoadedOutcome).Append(UnchangedOutcome)) _loads.Add(0, outcome);
        foreach (var fault in Faults.All) _storeErrors.Add(0, fault);
    }

    /// <summary>A connection was accepted.</summary>
    public void Connected() => Interlocked.Increment(ref _connections);

    /// <summary>A connection is closed.</summary>
    public void Disconnected() => Interlocked.Decrement(ref _connections);

    /// <summary>A connection was turned away.</summary>
    public void TurnedAway(ConnectionLimit limit) => _turnedAway.Add(1, Limits[limit]);

    /// <summary>A Hello was answered.</summary>
    public void Greeted(TimeSpan took) => _handshake.Record(took.TotalSeconds);

    /// <summary>A client has got its coffer.</summary>
    public void Served(TimeSpan took)
    {
        _fetches.Add(1, ServedOutcome);
        _fetch.Record(took.TotalSeconds);
    }

    /// <summary>A conversation was refused. <paramref name="isServed"/>: after its client had got its coffer, so that the fetch is counted already.</summary>
    public void Refused(Refusal refusal, bool isServed)
    {
        _refusals.Add(1, Reasons[refusal]);
        if (!isServed) _fetches.Add(1, RefusedOutcome);
    }

    /// <summary>A client ended the conversation before it got anything.</summary>
    public void Left() => _fetches.Add(1, LeftOutcome);

    /// <summary>A load is over.</summary>
    public void Loaded(LoadOutcome outcome, TimeSpan took)
    {
        _loads.Add(1, outcome switch
        {
            LoadOutcome.Loaded => LoadedOutcome,
            LoadOutcome.Unchanged => UnchangedOutcome,
            LoadOutcome.Refused refused => LoadRefusals[refused.Cause],
            _ => throw new InvalidOperationException($"no outcome is called {outcome.GetType()}"),
        });
        if (outcome is LoadOutcome.Loaded) _lastLoad.Record(took.TotalSeconds);
    }

    /// <summary>The store was waited for. <paramref name="operation"/> is one of a few fixed words.</summary>
    public void StoreAnswered(string operation, TimeSpan took) => _store.Record(took.TotalSeconds, new KeyValuePair<string, object?>("coffer.store.operation", operation));

    /// <summary>The store did not do what it was asked.</summary>
    public void StoreFailed(StoreFault fault) => _storeErrors.Add(1, Faults[fault]);

    /// <inheritdoc/>
    public void Dispose() => Meter.Dispose();
}
