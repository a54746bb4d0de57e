using Akka.Actor;
using Akka.Cluster;
using Coffer.Operations;
using Coffer.Server.Catalog;
using Coffer.Server.Hosting;
using Coffer.Server.Storage;
using Microsoft.Extensions.Logging;

namespace Coffer.Server.Membership;

/// <summary>A node's way into its cluster, and out of it.</summary>
/// <remarks>
/// It knocks at its seeds' doors until <see cref="EntryRule"/> says by whom to join, or to begin the cluster, or until an operator names it a member. It is in when Akka has it <c>Up</c>, which takes a majority of
/// the seeds: a first seed that is started while it is cut off from the cluster and from the database forms a second one that never serves. One that sees in the database that a catalog is at work begins nothing.
/// </remarks>
internal sealed partial class ClusterEntry(
    ActorSystem system, ClusterOptions options, CommonGround ground, AssociationFailures failures, OtherCatalog otherCatalog, TimeSpan atMost, ILogger log)
{
    private const string OtherAtWork = "the database (a cluster that runs has it)";

    // An operator waits so long for a member that is not there.
    private const int MaxKnocks = 10;

    private static readonly TimeSpan KnockEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SayEvery = TimeSpan.FromSeconds(10);

    // On a busy machine the first answer over TLS may take as long. Nobody waits for it: whoever begins a cluster has to wait for a majority anyway.
    private static readonly TimeSpan LongEnough = TimeSpan.FromSeconds(15);

    private readonly Cluster _cluster = Cluster.Get(system);
    private readonly TimeProvider _clock = TimeProvider.System;

    // By whom to join: the seeds' word or the operator's, whichever comes first.
    private readonly TaskCompletionSource<IReadOnlyList<Address>> _by = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private bool _isOtherAtWork;

    /// <summary>Waits until the node is let in, and says what it waits for.</summary>
    /// <exception cref="StartupException">It was not let in in time, or never will be.</exception>
    internal async Task EnterAsync(CancellationToken stopping)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        patience.CancelAfter(atMost);
        try
        {
            var up = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _cluster.RegisterOnMemberUp(() => up.TrySetResult());
            await JoinAsync(patience.Token).ConfigureAwait(false);
            await SayUntilAsync(up.Task, patience.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            throw new StartupException(ExitCode.NotJoined, $"not let into a cluster within {atMost.TotalSeconds:0} s: {Unanswered()}", Hint);
        }
        LogUp(options.Self, _cluster.State.Members.Count);
    }

    /// <summary>Joins by <paramref name="member"/>, whatever the seeds say: for a node whose seeds are there no more. What its door says counts as a seed's would.</summary>
    /// <exception cref="OperationException">This node is past choosing, or no member of a cluster that it could be in answers there; nothing was changed.</exception>
    internal async Task JoinByAsync(Address member, CancellationToken cancellation)
    {
        Answered? answered = null;
        for (var knocks = 0; answered is null && knocks < MaxKnocks; knocks++) answered = await KnockAsync(member, cancellation).ConfigureAwait(false);
        switch (answered)
        {
            case null:
                throw Unjoined($"{member} does not answer: {failures.Find(member) ?? "no node may be there"}", "'coffer-ctl cluster show' on a member prints the addresses");
            case { } answer when ground.Compare(answer.Ground) is { } difference:
                throw Unjoined(Refused(member, difference), difference.Hint);
            case { IsMember: false }:
                throw Unjoined($"{member} is in no cluster itself", "name a node that 'coffer-ctl cluster show' on a member lists as up");
        }
        if (!_by.TrySetResult([member])) throw Unjoined("this node has found its cluster already", "'coffer-ctl cluster show' lists its members; restart the node to join another one");
    }

    /// <summary>What the process ends with once its actors have stopped; says so where it was not asked to end.</summary>
    internal ExitCode SayHowItEnded()
    {
        switch (CoordinatedShutdown.Get(system).ShutdownReason)
        {
            case CoordinatedShutdown.ClusterDowningReason:
                LogDowned(options.Self);
                return ExitCode.Downed;
            case CoordinatedShutdown.ClusterLeavingReason:
                LogLeft(options.Self);
                return ExitCode.Stopped;
            default:
                return ExitCode.Stopped;
        }
    }

    private async Task JoinAsync(CancellationToken cancellation)
    {
        var answers = new Dictionary<NodeAddress, Answered>();
        var begun = _clock.GetTimestamp();
        var said = begun;
        while (true)
        {
            var round = Task.Delay(KnockEvery, cancellation);
            await Task.WhenAll(options.Seeds.Where(seed => seed != options.Self).Select(seed => KnockAsync(seed, answers, cancellation))).ConfigureAwait(false);
            switch (EntryRule.Decide(options, ground, answers, _clock.GetElapsedTime(begun) >= LongEnough))
            {
                case EntryStep.Join join:
                    _by.TrySetResult([.. join.By.Select(AkkaAddress)]);
                    break;
                case EntryStep.Form:
                    _isOtherAtWork = await IsOtherAtWorkAsync(cancellation).ConfigureAwait(false);
                    if (!_isOtherAtWork) _by.TrySetResult([_cluster.SelfAddress]);
                    break;
                case EntryStep.Refused refused:
                    throw new StartupException(refused.Difference.ExitCode, Refused(refused.Node, refused.Difference), refused.Difference.Hint);
            }
            if (_by.Task.IsCompleted)
            {
                _cluster.JoinSeedNodes(await _by.Task.ConfigureAwait(false));
                return;
            }
            if (said == begun || _clock.GetElapsedTime(said) >= SayEvery)
            {
                said = _clock.GetTimestamp();
                LogAsking(options.Self, Unanswered());
            }
            await round.ConfigureAwait(false);
        }
    }

    // Where the database does not say, what begins here cannot begin a catalog either.
    private async Task<bool> IsOtherAtWorkAsync(CancellationToken cancellation)
    {
        try
        {
            return await otherCatalog.IsAtWorkAsync(cancellation).ConfigureAwait(false);
        }
        catch (StoreException)
        {
            return false;
        }
    }

    private async Task KnockAsync(NodeAddress seed, Dictionary<NodeAddress, Answered> answers, CancellationToken cancellation)
    {
        var answer = await KnockAsync(AkkaAddress(seed), cancellation).ConfigureAwait(false);
        lock (answers)
        {
            if (answer is null) answers.Remove(seed);
            else answers[seed] = answer;
        }
    }

    private async Task<Answered?> KnockAsync(Address node, CancellationToken cancellation)
    {
        try
        {
            return await Door.Of(system, node).Ask<Answered>(new Knock(ground), KnockEvery, cancellation).ConfigureAwait(false);
        }
        // It is not there, or not to be talked to: both may change.
        catch (AskTimeoutException)
        {
            return null;
        }
    }

    private async Task SayUntilAsync(Task up, CancellationToken cancellation)
    {
        while (await Task.WhenAny(up, Task.Delay(SayEvery, cancellation)).ConfigureAwait(false) != up)
        {
            cancellation.ThrowIfCancellationRequested();
            LogWaiting(options.Self, _cluster.State.Members.Count, options.Majority, string.Join(", ", options.Seeds));
        }
    }

    private static string Refused(object node, Difference difference) => $"refused by {node}: its cluster's {difference.What} is {difference.Other}, this node's {difference.Own}";

    private string Hint => (options.Certificates is null ? "nodes with --certificates let none in without; " : "") + "the logs of those nodes may say more; coffer.cluster.join in --config sets how long a node waits";

    private static OperationException Unjoined(string why, string hint) => new(OperationFault.Refused, why, hint);

    private string Unanswered() => string.Join(", ", options.Seeds.Where(seed => seed != options.Self).Select(seed => $"{seed} ({failures.Find(AkkaAddress(seed)) ?? "in no cluster, or silent"})")
        .Concat(_isOtherAtWork ? [OtherAtWork] : []));

    private Address AkkaAddress(NodeAddress node) => Address.Parse(node.ToAkka(options.Certificates is not null));

    [LoggerMessage(Level = LogLevel.Information, Message = "node {Node} looks for its cluster: waits for {Seeds}")]
    private partial void LogAsking(NodeAddress node, string seeds);

    [LoggerMessage(Level = LogLevel.Information, Message = "node {Node} sees {Members} nodes of its cluster: waits until {Majority} of its seeds are there: {Seeds}")]
    private partial void LogWaiting(NodeAddress node, int members, int majority, string seeds);

    [LoggerMessage(Level = LogLevel.Information, Message = "node {Node} is in a cluster of {Members} nodes")]
    private partial void LogUp(NodeAddress node, int members);

    [LoggerMessage(Level = LogLevel.Error, Message = "this node was downed by the cluster: the others could not reach {Node} and go on without it; started again, it joins anew")]
    private partial void LogDowned(NodeAddress node);

    [LoggerMessage(Level = LogLevel.Information, Message = "node {Node} has left the cluster")]
    private partial void LogLeft(NodeAddress node);
}
