using Akka.Actor;

namespace Coffer.Server.Edge;

/// <summary>A message that an actor gets after a while, unless it moves that time or clears it first. Not thread safe.</summary>
/// <remarks>
/// One timer of the platform, moved from state to state: Akka's scheduler makes some eight objects for each time that is set, and holds on to those that were
/// cleared. The message may be on its way while the time is moved, so who gets it looks at <see cref="IsOver"/>.
/// </remarks>
internal sealed class Deadline : IDisposable
{
    private readonly Timer _timer;
    private long _at = long.MaxValue;

    internal Deadline(IActorRef actor, object message) => _timer = new Timer(_ => actor.Tell(message, ActorRefs.NoSender));

    /// <summary>Whether it was set and that time has come.</summary>
    internal bool IsOver => Environment.TickCount64 >= _at;

    /// <summary>From now on it is <paramref name="after"/> from now, to the millisecond.</summary>
    internal void Set(TimeSpan after)
    {
        _at = Environment.TickCount64 + (long)after.TotalMilliseconds;
        _timer.Change(after, Timeout.InfiniteTimeSpan);
    }

    /// <summary>From now on there is none.</summary>
    internal void Clear()
    {
        _at = long.MaxValue;
        _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void Dispose() => _timer.Dispose();
}
