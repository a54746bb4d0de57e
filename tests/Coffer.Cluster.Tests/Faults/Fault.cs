namespace Coffer.Cluster.Tests.Faults;

/// <summary>Something that happens to a cluster, and what clients may notice of it.</summary>
/// <param name="Name">What happens, for people.</param>
/// <param name="Bound">Which fetches may fail or wait.</param>
/// <param name="InflictAsync">Makes it happen, and undoes it, also where it fails.</param>
internal sealed record Fault(string Name, FaultBound Bound, Func<FaultCase, Task> InflictAsync)
{
    public override string ToString() => Name;
}

/// <summary>Which fetches may fail, and which may wait.</summary>
/// <param name="Words">The same for people.</param>
/// <param name="FailuresMayBeginFor">Only what began so soon after the fault may fail.</param>
internal sealed record FaultBound(string Words, TimeSpan FailuresMayBeginFor)
{
    // Nodes that went on without their leases would serve nothing for longer; a busy machine stands still for less.
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    /// <summary>None may fail.</summary>
    internal static readonly FaultBound None = new("no failed fetch", TimeSpan.MinValue);

    /// <summary>None may fail, and somebody is served all the time.</summary>
    internal static readonly FaultBound Served = new($"no failed fetch, no {Pause.TotalSeconds} s without a success", TimeSpan.MinValue) { MostWithoutSuccess = Pause };

    /// <summary>None may fail or wait for long, and all the while as many are served as count as a load: the fault takes nothing from most of the nodes.</summary>
    internal static readonly FaultBound AsBefore = new($"no failed fetch, none longer than {Pause.TotalSeconds} s, {FaultCase.LeastRate} a second all the while", TimeSpan.MinValue)
    {
        MostWithoutSuccess = Pause,
        Longest = Pause,
        LeastMeanwhile = FaultCase.LeastRate,
    };

    /// <summary>Any may fail until the cluster is told to go on: until then there is none that could answer.</summary>
    internal static readonly FaultBound UntilTold = new("unavailable, not wrong, until it is told to go on", TimeSpan.MaxValue);

    /// <summary>What began before that and failed, or was held up, has ended by then.</summary>
    internal TimeSpan WaitsEndWithin { get; private init; } = TimeSpan.MaxValue;

    /// <summary>The longest time in which no fetch may end well.</summary>
    internal TimeSpan MostWithoutSuccess { get; private init; } = TimeSpan.MaxValue;

    /// <summary>The longest that a fetch may take that ends well.</summary>
    internal TimeSpan Longest { get; private init; } = TimeSpan.MaxValue;

    /// <summary>The least rate of fetches a second that end well while it lasts.</summary>
    internal double LeastMeanwhile { get; private init; }

    /// <summary>Only what began before so many seconds after the fault may fail.</summary>
    internal static FaultBound After(int seconds) => new($"no fetch fails that began {seconds} s after it", TimeSpan.FromSeconds(seconds));

    /// <summary>Likewise, and by then nobody waits any more.</summary>
    internal static FaultBound Within(int seconds) => new($"served within {seconds} s", TimeSpan.FromSeconds(seconds)) { WaitsEndWithin = TimeSpan.FromSeconds(seconds) };
}
