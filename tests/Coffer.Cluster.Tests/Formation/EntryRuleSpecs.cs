using Coffer.Crypto.Keys;
using Coffer.Server.Hosting;
using Coffer.Server.Membership;

namespace Coffer.Cluster.Tests.Formation;

/// <summary>What a node does after each round of asking its seeds.</summary>
public sealed class EntryRuleSpecs
{
    private static readonly NodeAddress A = NodeAddress.Parse("a:1", null);
    private static readonly NodeAddress B = NodeAddress.Parse("b:1", null);
    private static readonly NodeAddress C = NodeAddress.Parse("c:1", null);
    private static readonly PublicKey Ours = Generated();
    private static readonly PublicKey Other = Generated();

    [Fact]
    public void A_restarted_first_seed_joins_the_cluster_that_is_there() =>
        Assert.Equal([C], Assert.IsType<EntryStep.Join>(Decide(A, longEnough: true, (B, Ours, false), (C, Ours, true))).By);

    [Fact]
    public void The_first_seed_begins_the_cluster_once_all_others_say_that_there_is_none() =>
        Assert.IsType<EntryStep.Form>(Decide(A, longEnough: false, (B, Ours, false), (C, Ours, false)));

    [Fact]
    public void The_first_seed_waits_a_while_for_those_that_do_not_answer()
    {
        Assert.IsType<EntryStep.Wait>(Decide(A, longEnough: false, (B, Ours, false)));
        Assert.IsType<EntryStep.Form>(Decide(A, longEnough: true, (B, Ours, false)));
    }

    [Fact]
    public void No_other_node_ever_begins_a_cluster() => Assert.IsType<EntryStep.Wait>(Decide(B, longEnough: true, (A, Ours, false), (C, Ours, false)));

    [Fact]
    public void A_node_is_refused_by_a_cluster_of_another_key()
    {
        var refused = Assert.IsType<EntryStep.Refused>(Decide(B, longEnough: false, (A, Other, true)));

        Assert.Equal((A, ExitCode.Key), (refused.Node, refused.Difference.ExitCode));
        Assert.Equal(("server key", Ours.ToString(), Other.ToString()), (refused.Difference.What, refused.Difference.Own, refused.Difference.Other));
    }

    [Fact]
    public void A_stray_node_of_another_key_keeps_nobody_from_the_cluster() =>
        Assert.Equal([C], Assert.IsType<EntryStep.Join>(Decide(A, longEnough: true, (B, Other, true), (C, Ours, true))).By);

    [Fact]
    public void A_node_is_refused_by_a_cluster_with_another_length_of_a_lease_or_number_of_shards()
    {
        CommonGround[] others = [On(Ours) with { LeaseMilliseconds = 10_001 }, On(Ours) with { LeaseMilliseconds = 9_999 }, On(Ours) with { Shards = 129 }, On(Ours) with { Shards = 127 }];

        Assert.All(others, other =>
        {
            var refused = Assert.IsType<EntryStep.Refused>(Decide(On(Ours), other));
            Assert.Equal((A, ExitCode.Usage), (refused.Node, refused.Difference.ExitCode));
        });
        Assert.IsType<EntryStep.Join>(Decide(On(Ours), On(Ours)));
    }

    [Fact]
    public void A_stray_node_of_another_length_of_a_lease_keeps_nobody_from_the_cluster() => Assert.Equal([C], Assert.IsType<EntryStep.Join>(EntryRule.Decide(
        Cluster(A), On(Ours), new Dictionary<NodeAddress, Answered> { [B] = new(On(Ours) with { LeaseMilliseconds = 20_000 }, IsMember: true), [C] = new(On(Ours), IsMember: true) }, hasAskedLongEnough: true)).By);

    [Fact]
    public void Nodes_get_in_through_the_whole_change_of_the_key()
    {
        (ServerPublicKeys Joiner, ServerPublicKeys Member)[] pairs =
            [(new(Ours, Other), Ours), (Ours, new(Ours, Other)), (new(Other, Ours), new(Ours, Other)), (new(Ours, Other), new(Other, Ours)), (Other, new(Other, Ours)), (new(Other, Ours), Other)];

        Assert.All(pairs, pair => Assert.IsType<EntryStep.Join>(Decide(On(pair.Joiner), On(pair.Member))));
    }

    [Fact]
    public void A_node_is_refused_where_one_of_the_two_does_not_open_what_the_other_seals()
    {
        (ServerPublicKeys Joiner, ServerPublicKeys Member)[] pairs = [(new(Other, Ours), Ours), (Ours, new(Other, Ours)), (Other, new(Ours, Other)), (new(Ours, Other), Other)];

        Assert.All(pairs, pair => Assert.IsType<EntryStep.Refused>(Decide(On(pair.Joiner), On(pair.Member))));
    }

    private static EntryStep Decide(CommonGround joiner, CommonGround member) => EntryRule.Decide(
        Cluster(B), joiner, new Dictionary<NodeAddress, Answered> { [A] = new(member, IsMember: true) }, hasAskedLongEnough: false);

    private static EntryStep Decide(NodeAddress self, bool longEnough, params (NodeAddress Node, PublicKey Key, bool IsMember)[] answers) => EntryRule.Decide(
        Cluster(self), On(Ours), answers.ToDictionary(answer => answer.Node, answer => new Answered(On(answer.Key), answer.IsMember)), longEnough);

    private static ClusterOptions Cluster(NodeAddress self) => new(self, [A, B, C], Certificates: null);

    private static CommonGround On(ServerPublicKeys server) => new(server, LeaseMilliseconds: 10_000, Shards: 128);

    private static PublicKey Generated()
    {
        using var pair = KeyPair.Generate();
        return pair.PublicKey;
    }
}
