using Akka.Actor;

namespace Coffer.Server.Catalog;

/// <summary>Which nodes may be serving now, as far as the catalog of this term can tell. Not thread safe.</summary>
/// <param name="clock">Its timestamps must go on while the process is suspended.</param>
/// <param name="settings">Null where every node holds its lease for good.</param>
internal sealed class LeaseBook(TimeProvider clock, LeaseSettings? settings)
{
    private const long Never = long.MaxValue;

    private readonly Dictionary<Address, long> _ends = [];

    // Until then some node may hold a lease of an earlier term.
    private long _earlierEnd = long.MinValue;

    /// <summary>A term begins; <paramref name="isFirst"/> where there was none before it that could have granted a lease.</summary>
    internal void Begin(bool isFirst)
    {
        _ends.Clear();
        _earlierEnd = settings is null || isFirst ? long.MinValue : End();
    }

    /// <summary>A lease is granted to <paramref name="node"/>, which counts from no later than now.</summary>
    internal void Granted(Address node) => _ends[node] = End();

    /// <summary>Who may be serving, and until when: what a new revision waits for.</summary>
    /// <param name="members">The nodes of the cluster.</param>
    internal Holders Now(IEnumerable<Address> members)
    {
        Forget(_ends, clock.GetTimestamp());
        return new Holders(clock, settings is null ? members.ToDictionary(node => node, _ => Never) : new(_ends), _earlierEnd);
    }

    // A hundredth later than the holder's own clock says: no two clocks run at quite the same rate, and time synchronization turns one by a thousandth at most.
    private long End() => (settings! with { Length = settings.Length * 1.01 }).EndOf(clock.GetTimestamp(), clock);

    // Whose lease has run out.
    private static void Forget(Dictionary<Address, long> ends, long now)
    {
        foreach (var (node, end) in ends)
            if (end <= now) ends.Remove(node);
    }

    /// <summary>Those that may serve something older than a new revision, fewer as time goes on.</summary>
    internal sealed class Holders(TimeProvider clock, Dictionary<Address, long> ends, long earlierEnd)
    {
        /// <summary>Who has not confirmed, and whose lease has not run out.</summary>
        internal IReadOnlyCollection<Address> Waiting => ends.Keys;

        /// <summary>This node confirmed the new revision.</summary>
        internal void Confirmed(Address node) => ends.Remove(node);

        /// <summary>Whether nobody is left.</summary>
        internal bool AreNone()
        {
            var now = clock.GetTimestamp();
            Forget(ends, now);
            return ends.Count == 0 && earlierEnd <= now;
        }
    }
}
