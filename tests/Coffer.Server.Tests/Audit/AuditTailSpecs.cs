using System.Text;
using Coffer.Server.Audit;
using Coffer.Server.Hosting;

namespace Coffer.Server.Tests.Audit;

/// <summary>Following the trail.</summary>
public sealed class AuditTailSpecs
{
    private readonly AuditTail _tail = new(capacity: 64);

    [Theory]
    [InlineData(0, "")]
    [InlineData(1, "three")]
    [InlineData(2, "two three")]
    [InlineData(9, "one two three")]
    public async Task Begins_with_the_last_lines(int last, string expected)
    {
        Append("one\ntwo\n");
        Append("three\n");
        _tail.End();

        Assert.Equal(expected, string.Join(' ', (await FollowAsync(last).ToListAsync(TestContext.Current.CancellationToken)).Select(line => line.Text + line.Gap)));
    }

    [Fact]
    public async Task Goes_on_with_each_line_that_comes_until_the_trail_ends()
    {
        Append("one\n");
        await using var lines = FollowAsync(1).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        Assert.True(await lines.MoveNextAsync());
        Assert.Equal("one", lines.Current.Text);

        var next = lines.MoveNextAsync();
        Append("two\n");

        Assert.True(await next);
        Assert.Equal(("two", null), (lines.Current.Text, lines.Current.Gap));
        next = lines.MoveNextAsync();
        _tail.End();
        Assert.False(await next);
    }

    [Fact]
    public async Task Holds_the_last_whole_lines_of_many()
    {
        for (var i = 0; i < 1000; i++) Append($"line {i}\n");
        _tail.End();

        var lines = await FollowAsync(int.MaxValue).ToListAsync(TestContext.Current.CancellationToken);

        Assert.Equal(Enumerable.Range(1000 - lines.Count, lines.Count).Select(i => $"line {i}"), lines.Select(line => line.Text));
        Assert.Equal(64 / "line 999\n".Length, lines.Count);
        Assert.Equal(["fewer lines are held in memory than were asked for: 7"], lines.Select(line => line.Gap).OfType<string>());
        Assert.Null((await FollowAsync(7).FirstAsync(TestContext.Current.CancellationToken)).Gap);
    }

    // As the trail's file is read when a server starts.
    [Fact]
    public async Task Leaves_out_the_line_that_is_cut_where_more_is_appended_than_it_holds()
    {
        Append("line 092\n"[^2..] + string.Concat(Enumerable.Range(93, 7).Select(i => $"line 0{i}\n")));
        _tail.End();

        var lines = await FollowAsync(100).ToListAsync(TestContext.Current.CancellationToken);

        Assert.Equal((7, "line 093", "fewer lines are held in memory than were asked for: 7"), (lines.Count, lines[0].Text, lines[0].Gap));
    }

    [Fact]
    public async Task Who_reads_slower_than_lines_come_goes_on_with_the_oldest_one_that_is_held_and_is_told_how_many_it_missed()
    {
        Append("first\n");
        await using var lines = FollowAsync(1).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        Assert.True(await lines.MoveNextAsync());

        for (var i = 0; i < 100; i++) Append($"line {i:D3}\n");

        Assert.True(await lines.MoveNextAsync());
        Assert.Equal(("line 093", "lines are left out here, because they came faster than they were read: 93"), (lines.Current.Text, lines.Current.Gap));
        Assert.True(await lines.MoveNextAsync());
        Assert.Equal(("line 094", null), (lines.Current.Text, lines.Current.Gap));
    }

    [Fact]
    public async Task Ends_when_who_follows_has_seen_enough()
    {
        using var enough = new CancellationTokenSource();
        await using var lines = _tail.FollowAsync(1, enough.Token).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        var next = lines.MoveNextAsync();

        await enough.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await next);
    }

    private IAsyncEnumerable<FollowedLine> FollowAsync(int last) => _tail.FollowAsync(last, TestContext.Current.CancellationToken);

    private void Append(string lines) => _tail.Append(Encoding.UTF8.GetBytes(lines));
}
