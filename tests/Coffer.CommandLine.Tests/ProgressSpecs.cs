namespace Coffer.CommandLine.Tests;

public sealed class ProgressSpecs
{
    private readonly HandClock _clock = new();
    private readonly List<string> _shown = [];

    [Fact]
    public void Shows_nothing_of_work_that_is_done_within_a_second()
    {
        using (var progress = Over(100))
        {
            _clock.Advance(TimeSpan.FromMilliseconds(999));
            progress.Report(100);
        }

        Assert.Empty(_shown);
    }

    [Fact]
    public void Shows_how_far_longer_work_has_come_and_clears_the_line()
    {
        using (var progress = Over(200))
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            progress.Report(50);
            _clock.Advance(TimeSpan.FromMilliseconds(100));
            progress.Report(150);
        }

        Assert.Equal(["\rreading a.toml: 25 %", "\rreading a.toml: 75 %", "\r\e[K"], _shown);
    }

    [Fact]
    public void Leaves_a_pause_between_what_it_shows()
    {
        using var progress = Over(200);
        _clock.Advance(TimeSpan.FromSeconds(1));
        progress.Report(50);

        _clock.Advance(TimeSpan.FromMilliseconds(99));
        progress.Report(100);

        Assert.Equal(["\rreading a.toml: 25 %"], _shown);
    }

    private Progress Over(long total) => new("reading a.toml", total, _shown.Add, _clock);
}
