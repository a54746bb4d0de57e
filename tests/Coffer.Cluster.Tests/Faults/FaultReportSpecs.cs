using Xunit.Sdk;

namespace Coffer.Cluster.Tests.Faults;

/// <summary>What a cluster does not get away with. The reports are made up: of a cluster that does it right, but for one thing.</summary>
public sealed class FaultReportSpecs
{
    [Fact]
    public void Nobody_may_be_without_service_for_long_where_the_fault_takes_nothing_from_the_nodes() =>
        Check(Of(FaultBound.Served), good => good with { WithoutSuccess = Seconds(20) }, "longest without success 20.0 s");

    [Fact]
    public void Nobody_may_wait_for_long_where_all_is_to_be_as_before() => Check(Of(FaultBound.AsBefore), good => good with { Longest = Seconds(6) }, "longest fetch 6.0 s");

    [Fact]
    public void As_many_must_be_served_all_the_while_where_all_is_to_be_as_before() => Check(Of(FaultBound.AsBefore), good => good with { PerSecondMeanwhile = 99 }, "99 fetches a second while it lasted");

    [Fact]
    public void Nobody_may_still_wait_when_all_must_be_served() =>
        Check(Of(FaultBound.Within(30)) with { Disturbed = [(Seconds(1), Seconds(12))] }, good => good with { Disturbed = [(Seconds(28), Seconds(40))] }, "fetches that waited");

    [Fact]
    public void What_begins_after_the_bound_must_not_fail() =>
        Check(Of(FaultBound.After(20)) with { Failed = [(Seconds(19), "TimedOut")] }, good => good with { Failed = [(Seconds(21), "TimedOut")] }, "failed fetches");

    [Fact]
    public void What_begins_after_a_lost_cluster_was_told_to_go_on_must_not_fail() => Check(
        Of(FaultBound.UntilTold) with { FetchesPerSecond = 50, Failed = [(Seconds(39), "Unavailable")], FailuresMayBeginFor = Seconds(40) }, good => good with { Failed = [(Seconds(41), "Unavailable")] }, "failed fetches");

    [Fact]
    public void A_wrong_answer_fails_also_the_case_in_which_any_fetch_may() =>
        Check(Of(FaultBound.UntilTold), good => good with { Wrong = [new(0, 1, Client: 0, Revision: null, Failure: "Revoked", Server: null)] }, "wrong answers");

    [Fact]
    public void A_case_without_load_is_void() => Check(Of(FaultBound.None), good => good with { FetchesPerSecond = 99 }, "void");

    private static FaultReport Of(FaultBound bound) => new(
        new Fault("a fault", bound, _ => Task.CompletedTask), Fetches: 10_000, FetchesPerSecond: 200, Failed: [], Disturbed: [], Wrong: [], WithoutSuccess: Seconds(0.2), Longest: Seconds(0.3), PerSecondMeanwhile: 200, bound.FailuresMayBeginFor, Logs: "");

    private static void Check(FaultReport good, Func<FaultReport, FaultReport> spoil, string why)
    {
        good.Check();
        Assert.Contains(why, Assert.ThrowsAny<XunitException>(spoil(good).Check).Message, StringComparison.Ordinal);
    }

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);
}
