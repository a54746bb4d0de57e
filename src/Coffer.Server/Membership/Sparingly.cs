using System.Collections.Concurrent;

namespace Coffer.Server.Membership;

/// <summary>Lets each thing be said once a minute. Thread safe; remembers a bounded number of things, and lets none that is new be said beyond them.</summary>
internal sealed class Sparingly(TimeProvider clock)
{
    private const int MaxThings = 256;
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, long> _said = new(StringComparer.Ordinal);

    /// <summary>Whether <paramref name="thing"/> may be said now; then it counts as said.</summary>
    internal bool May(string thing)
    {
        var now = clock.GetTimestamp();
        if (_said.TryGetValue(thing, out var before)) return clock.GetElapsedTime(before, now) >= Every && _said.TryUpdate(thing, now, before);
        if (_said.Count >= MaxThings) Forget(now);
        return _said.Count < MaxThings && _said.TryAdd(thing, now);
    }

    private void Forget(long now)
    {
        foreach (var (thing, said) in _said)
            if (clock.GetElapsedTime(said, now) >= Every) _said.TryRemove(thing, out _);
    }
}
