using Coffer.Server.Remoting;

namespace Coffer.Cluster.Tests.Remoting;

/// <summary>How many connections may be in their handshake.</summary>
public sealed class HandshakesSpecs
{
    [Fact]
    public async Task One_beyond_the_limit_ends_the_oldest_alone()
    {
        var handshakes = new Handshakes(atMost: 2, each: TimeSpan.FromDays(1));
        var (first, second) = (handshakes.Begin(CancellationToken.None), handshakes.Begin(CancellationToken.None));

        var third = handshakes.Begin(CancellationToken.None);

        await Assert.ThrowsAsync<TaskCanceledException>(() => Task.Delay(Peer.Patience, first.Token));
        Assert.False(second.IsCancellationRequested);
        Assert.False(third.IsCancellationRequested);
    }

    [Fact]
    public void One_that_is_over_makes_room()
    {
        var handshakes = new Handshakes(atMost: 2, each: TimeSpan.FromDays(1));
        var (first, second) = (handshakes.Begin(CancellationToken.None), handshakes.Begin(CancellationToken.None));

        handshakes.End(second);
        handshakes.Begin(CancellationToken.None);

        Assert.False(first.IsCancellationRequested);
    }

    [Fact]
    public async Task Each_ends_in_time_and_all_end_with_the_transport()
    {
        using var stopping = new CancellationTokenSource();
        var slow = new Handshakes(atMost: 2, each: TimeSpan.FromMilliseconds(1)).Begin(CancellationToken.None);
        var stopped = new Handshakes(atMost: 2, each: TimeSpan.FromDays(1)).Begin(stopping.Token);

        await Assert.ThrowsAsync<TaskCanceledException>(() => Task.Delay(Peer.Patience, slow.Token));
        await stopping.CancelAsync();

        Assert.True(stopped.IsCancellationRequested);
    }
}
