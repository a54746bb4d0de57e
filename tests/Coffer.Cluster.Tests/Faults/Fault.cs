namespace Coffer.Cluster.Tests.Faults;

/// <summary>Something that happens to a cluster, and what clients may notice of it.</summary>
/// <param name="Name">What happens, for people.</param>
/// <param name="Bound">Which fetches may fail.</param>
/// <param name="InflictAsync">Makes it happen, and undoes it, also where it fails.</param>
internal sealed record Fault(string Name, FaultBound Bound, Func<FaultCase, Task> InflictAsync)
{
    public override string ToString() => Name;
}

/// <summary>Which fetches may fail.</summary>
internal sealed record FaultBound(string Words, TimeSpan FailuresMayBeginFor)
{
    /// <summary>None.</summary>
    internal static readonly FaultBound None = new("no failed fetch", TimeSpan.MinValue);

    /// <summary>Only what began before so many seconds after the fault.</summary>
    internal static FaultBound After(int seconds) => new($"no fetch fails that began {seconds} s after it", TimeSpan.FromSeconds(seconds));

    /// <summary>Any: there is no cluster that could answer.</summary>
    internal static readonly FaultBound Any = new("unavailable, not wrong", TimeSpan.MaxValue);
}
