using Akka.Actor;
using Coffer.Server.Catalog;

namespace Coffer.Server.Tests.Catalog;

/// <summary>How long leases count, on the side of the node and on that of the catalog.</summary>
public sealed class LeaseSpecs
{
    private static readonly LeaseSettings Settings = new(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(2));
    private static readonly Address Near = new("akka.tcp", "coffer", "127.0.0.1", 1);
    private static readonly Address Far = new("akka.tcp", "coffer", "127.0.0.1", 2);

    private readonly HandClock _clock = new();

    [Fact]
    public void A_lease_counts_from_when_it_was_asked_for()
    {
        var lease = new NodeLease(_clock, Settings);
        Assert.False(lease.IsHeld);
        var asked = lease.Now;
        _clock.Now = TimeSpan.FromSeconds(4);
        lease.Hold(asked);

        _clock.Now = TimeSpan.FromSeconds(9.9);
        Assert.True(lease.IsHeld);
        _clock.Now = TimeSpan.FromSeconds(10);
        Assert.False(lease.IsHeld);
    }

    [Fact]
    public void An_answer_that_comes_late_does_not_shorten_it()
    {
        var lease = new NodeLease(_clock, Settings);
        var early = lease.Now;
        _clock.Now = TimeSpan.FromSeconds(2);
        lease.Hold(lease.Now);

        lease.Hold(early);

        _clock.Now = TimeSpan.FromSeconds(11);
        Assert.True(lease.IsHeld);
    }

    [Fact]
    public void A_node_that_shares_its_store_with_nobody_holds_it_for_good()
    {
        var lease = new NodeLease(_clock, settings: null);
        _clock.Now = TimeSpan.FromDays(1000);

        Assert.True(lease.IsHeld);
    }

    [Fact]
    public void The_clock_never_stands_still()
    {
        var before = BootClock.Instance.GetTimestamp();
        Thread.Sleep(2);

        Assert.True(BootClock.Instance.GetElapsedTime(before) >= TimeSpan.FromMilliseconds(2));
    }

    [Fact]
    public void A_new_revision_waits_for_every_holder_until_it_confirms_or_its_lease_runs_out()
    {
        var book = new LeaseBook(_clock, Settings);
        book.Begin(isFirst: true);
        book.Granted(Near);
        _clock.Now = TimeSpan.FromSeconds(1);
        book.Granted(Far);
        var holders = book.Now([Near, Far]);
        Assert.False(holders.AreNone());

        holders.Confirmed(Near);
        // A hundredth longer than the holder's clock says.
        _clock.Now = TimeSpan.FromSeconds(11);
        Assert.False(holders.AreNone());
        Assert.Equal([Far], holders.Waiting);

        _clock.Now = TimeSpan.FromSeconds(11.1);
        Assert.True(holders.AreNone());
    }

    [Fact]
    public void What_is_granted_after_a_revision_does_not_hold_it_up()
    {
        var book = new LeaseBook(_clock, Settings);
        book.Begin(isFirst: true);
        book.Granted(Far);
        var holders = book.Now([Far]);
        _clock.Now = TimeSpan.FromSeconds(9);
        book.Granted(Far);

        _clock.Now = TimeSpan.FromSeconds(10.1);

        Assert.True(holders.AreNone());
    }

    [Fact]
    public void A_later_term_waits_for_leases_that_it_knows_nothing_of()
    {
        var book = new LeaseBook(_clock, Settings);
        book.Begin(isFirst: false);
        var holders = book.Now([]);

        Assert.False(holders.AreNone());
        _clock.Now = TimeSpan.FromSeconds(10.1);
        Assert.True(holders.AreNone());
    }

    [Fact]
    public void A_member_that_holds_no_lease_is_not_waited_for()
    {
        var book = new LeaseBook(_clock, Settings);
        book.Begin(isFirst: true);

        Assert.True(book.Now([Near, Far]).AreNone());
    }

    [Fact]
    public void Where_leases_last_for_good_every_member_is_waited_for()
    {
        var book = new LeaseBook(_clock, settings: null);
        book.Begin(isFirst: false);
        var holders = book.Now([Near]);
        _clock.Now = TimeSpan.FromDays(1000);
        Assert.False(holders.AreNone());

        holders.Confirmed(Near);

        Assert.True(holders.AreNone());
    }
}
