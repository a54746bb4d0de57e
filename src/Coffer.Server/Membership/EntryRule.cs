using Coffer.Server.Hosting;

namespace Coffer.Server.Membership;

/// <summary>What a node does next on its way into the cluster.</summary>
internal abstract record EntryStep
{
    /// <summary>Joins the cluster that these nodes are in.</summary>
    internal sealed record Join(IReadOnlyList<NodeAddress> By) : EntryStep;

    /// <summary>Begins the cluster.</summary>
    internal sealed record Form : EntryStep;

    /// <summary>Asks again.</summary>
    internal sealed record Wait : EntryStep;

    /// <summary>Gives up: the cluster that <paramref name="Node"/> is in differs in what all nodes of one have in common.</summary>
    internal sealed record Refused(NodeAddress Node, Difference Difference) : EntryStep;
}

/// <summary>Decides how a node comes into its cluster.</summary>
internal static class EntryRule
{
    /// <summary>What follows from what the seeds have said.</summary>
    /// <param name="cluster">The node and its seeds.</param>
    /// <param name="ground">What it stands on.</param>
    /// <param name="answers">How the other seeds stand; those that did not answer are missing.</param>
    /// <param name="hasAskedLongEnough">Whether a seed that is in a cluster would have answered by now.</param>
    /// <remarks>Only the first seed begins a cluster, and only where no seed is in one: so nodes that start at once form one, and one that is restarted finds it.</remarks>
    internal static EntryStep Decide(ClusterOptions cluster, CommonGround ground, IReadOnlyDictionary<NodeAddress, Answered> answers, bool hasAskedLongEnough)
    {
        var inside = cluster.Seeds.Where(seed => answers.TryGetValue(seed, out var answer) && answer.IsMember && ground.Compare(answer.Ground) is null).ToArray();
        if (inside.Length > 0) return new EntryStep.Join(inside);
        foreach (var (node, answer) in answers)
            if (answer.IsMember && ground.Compare(answer.Ground) is { } difference) return new EntryStep.Refused(node, difference);
        var isEveryoneAsked = cluster.Seeds.All(seed => seed == cluster.Self || answers.ContainsKey(seed));
        return cluster.Seeds[0] == cluster.Self && (isEveryoneAsked || hasAskedLongEnough) ? new EntryStep.Form() : new EntryStep.Wait();
    }
}
