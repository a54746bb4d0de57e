namespace Coffer.CommandLine.Tests;

public sealed class WaitingSpecs
{
    private readonly HandClock _clock = new();
    private readonly List<string> _shown = [];

    [Fact]
    public void Shows_each_second_of_a_wait_and_clears_the_line_once()
    {
        using var waiting = Over();
        waiting.Begin();

        _clock.PassSecond();
        _clock.PassSecond();
        waiting.Dispose();
        waiting.Dispose();

        Assert.Equal(["\r\e[Kcomparing a.coffer: 1 s", "\r\e[Kcomparing a.coffer: 2 s", "\r\e[K"], _shown);
    }

    [Fact]
    public void Shows_nothing_of_a_wait_that_was_over_before_it_began()
    {
        var waiting = Over();
        waiting.Dispose();

        waiting.Begin();
        _clock.PassSecond();

        Assert.Empty(_shown);
    }

    [Fact]
    public void Shows_nothing_of_a_wait_of_less_than_a_second()
    {
        using (var waiting = Over()) waiting.Begin();

        _clock.PassSecond();

        Assert.Empty(_shown);
    }

    private Waiting Over() => new("comparing a.coffer", _shown.Add, _clock);

    /// <summary>A clock that a test moves, with one timer, which rings every second.</summary>
    private sealed class HandClock : TimeProvider
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

        internal void PassSecond()
        {
            _now += TimeSpan.TicksPerSecond;
            _ring?.Invoke();
        }
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
