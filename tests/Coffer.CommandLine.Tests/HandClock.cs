namespace Coffer.CommandLine.Tests;

/// <summary>A clock that a test moves, with one timer at most, which rings each time it is moved.</summary>
internal sealed class HandClock : TimeProvider
{
    private long _now;
    private Action? _ring;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => _now;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        _ring = () => callback(state);
        return new HandTimer();
    }

    internal void Advance(TimeSpan time)
    {
        _now += time.Ticks;
        _ring?.Invoke();
    }

    // Rings on after it was disposed, as a timer's last ring may come then.
    private sealed class HandTimer : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
