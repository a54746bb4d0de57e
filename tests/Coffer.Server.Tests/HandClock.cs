namespace Coffer.Server.Tests;

/// <summary>A clock that stands still until the spec moves it.</summary>
internal sealed class HandClock : TimeProvider
{
    private long _now;

    internal TimeSpan Now
    {
        get => new(Volatile.Read(ref _now));
        set => Volatile.Write(ref _now, value.Ticks);
    }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Volatile.Read(ref _now);
}
