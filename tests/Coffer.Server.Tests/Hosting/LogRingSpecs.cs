using Coffer.Server.Hosting;
using Microsoft.Extensions.Logging;

namespace Coffer.Server.Tests.Hosting;

/// <summary>Following the log.</summary>
public sealed class LogRingSpecs : IDisposable
{
    private readonly LogRing _ring = new();
    private readonly ILogger _log;
    private int _logged;

    public LogRingSpecs() => _log = _ring.CreateLogger("Coffer");

    public void Dispose() => _ring.Dispose();

    [Theory]
    [InlineData(3, 5, 3, null)]
    [InlineData(LogRing.Capacity, 5000, LogRing.Capacity, null)]
    [InlineData(LogRing.Capacity + 1, LogRing.Capacity, LogRing.Capacity, null)]
    [InlineData(LogRing.Capacity + 1, LogRing.Capacity + 1, LogRing.Capacity, "fewer lines are held in memory than were asked for: 1000")]
    public async Task Says_that_fewer_lines_are_held_than_were_asked_for_where_there_were_more(int logged, int last, int shown, string? gap)
    {
        Log(logged);
        await using var lines = _ring.Follow(last, TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken);

        for (var i = logged - shown; i < logged; i++) Assert.Equal((i, i == logged - shown ? gap : null), await NextAsync(lines));
    }

    [Fact]
    public async Task Who_reads_slower_than_lines_come_is_told_how_many_it_missed()
    {
        Log(1);
        await using var lines = _ring.Follow(1, TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        Assert.Equal((0, null), await NextAsync(lines));

        Log(LogRing.Capacity + 7);

        Assert.Equal((8, "lines are left out here, because they came faster than they were read: 7"), await NextAsync(lines));
        Assert.Equal((9, null), await NextAsync(lines));
    }

    private static async Task<(int Number, string? Gap)> NextAsync(IAsyncEnumerator<FollowedLine> lines)
    {
        Assert.True(await lines.MoveNextAsync());
        return (int.Parse(lines.Current.Text.Split(' ')[^1], System.Globalization.CultureInfo.InvariantCulture), lines.Current.Gap);
    }

    private void Log(int lines)
    {
        for (var i = 0; i < lines; i++) _log.Log(LogLevel.Information, default, _logged++, exception: null, (number, _) => $"line {number}");
    }
}
