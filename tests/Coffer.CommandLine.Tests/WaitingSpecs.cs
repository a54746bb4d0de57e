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

        _clock.Advance(TimeSpan.FromSeconds(1));
        _clock.Advance(TimeSpan.FromSeconds(1));
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
        _clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Empty(_shown);
    }

    [Fact]
    public void Shows_nothing_of_a_wait_of_less_than_a_second()
    {
        using (var waiting = Over()) waiting.Begin();

        _clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Empty(_shown);
    }

    private Waiting Over() => new("comparing a.coffer", _shown.Add, _clock);
}
