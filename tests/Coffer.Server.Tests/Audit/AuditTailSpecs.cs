using System.Text;
using Coffer.Server.Audit;

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

        Assert.Equal(expected, string.Join(' ', await FollowAsync(last).ToListAsync(TestContext.Current.CancellationToken)));
    }

    [Fact]
    public async Task Goes_on_with_each_line_that_comes_until_the_trail_ends()
    {
        Append("one\n");
        await using var lines = FollowAsync(1).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        Assert.True(await lines.MoveNextAsync());
        Assert.Equal("one", lines.Current);

        var next = lines.MoveNextAsync();
        Append("two\n");

        Assert.True(await next);
        Assert.Equal("two", lines.Current);
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

        Assert.Equal(Enumerable.Range(1000 - lines.Count, lines.Count).Select(i => $"line {i}"), lines);
        Assert.Equal(64 / "line 999\n".Length, lines.Count);
    }

    [Fact]
    public async Task Who_reads_slower_than_lines_come_goes_on_with_the_oldest_one_that_is_held()
    {
        Append("first\n");
        await using var lines = FollowAsync(1).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        Assert.True(await lines.MoveNextAsync());

        for (var i = 0; i < 100; i++) Append($"line {i:D3}\n");

        Assert.True(await lines.MoveNextAsync());
        Assert.Equal("line 093", lines.Current);
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

    private IAsyncEnumerable<string> FollowAsync(int last) => _tail.FollowAsync(last, TestContext.Current.CancellationToken);

    private void Append(string lines) => _tail.Append(Encoding.UTF8.GetBytes(lines));
}
