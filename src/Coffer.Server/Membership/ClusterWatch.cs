using Akka.Actor;
using Akka.Cluster;
using Akka.Remote;
using Coffer.Server.Edge;
using Microsoft.Extensions.Logging;

namespace Coffer.Server.Membership;

/// <summary>Says in the log what happens to the nodes of the cluster, in the place of what Akka's remoting says, and ends a node that another one has cut off for good.</summary>
internal sealed partial class ClusterWatch : ReceiveActor
{
    private readonly Cluster _cluster = Cluster.Get(Context.System);
    private readonly ILogger _log;

    private ClusterWatch(AssociationFailures failures, ILogger log)
    {
        _log = log;
        ReceiveIfOther<ClusterEvent.MemberUp>(e => LogUp(e.Member.Address, Others(e).Count() + 1));
        ReceiveIfOther<ClusterEvent.MemberLeft>(e => LogLeaving(e.Member.Address));
        ReceiveIfOther<ClusterEvent.MemberRemoved>(Removed);
        Receive<ClusterEvent.UnreachableMember>(e => LogUnreachable(e.Member.Address));
        Receive<ClusterEvent.ReachableMember>(e => LogReachable(e.Member.Address));
        Receive<ThisActorSystemQuarantinedEvent>(CutOff);
        // From here on Akka has every member removed, because this node sees none any more.
        Receive<ClusterEvent.ClusterShuttingDown>(_ => Become(Silent));
        Receive<AssociatedEvent>(e => failures.Succeeded(e.RemoteAddress));
        Receive<AssociationErrorEvent>(e => failures.Failed(e.RemoteAddress, AssociationFailures.InWords(e.Cause)));
        ReceiveAny(_ => { });
    }

    internal static Props Props(AssociationFailures failures, ILogger log) => Akka.Actor.Props.CreateBy(new Producer<ClusterWatch>(() => new ClusterWatch(failures, log)));

    protected override void PreStart()
    {
        _cluster.Subscribe(Self, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsEvents, typeof(ClusterEvent.IMemberEvent), typeof(ClusterEvent.IReachabilityEvent), typeof(ClusterEvent.ClusterShuttingDown));
        Context.System.EventStream.Subscribe(Self, typeof(AssociationEvent));
        Context.System.EventStream.Subscribe(Self, typeof(ThisActorSystemQuarantinedEvent));
    }

    protected override void PostStop()
    {
        Context.System.EventStream.Unsubscribe(Self);
        _cluster.Unsubscribe(Self);
    }

    private void Silent() => ReceiveAny(_ => { });

    private void ReceiveIfOther<T>(Action<T> handle) where T : ClusterEvent.IMemberEvent => Receive(handle, e => e.Member.UniqueAddress != _cluster.SelfUniqueAddress);

    private void Removed(ClusterEvent.MemberRemoved e)
    {
        if (e.PreviousStatus == MemberStatus.Down) LogDowned(e.Member.Address, Others(e).Count());
        else LogLeft(e.Member.Address, Others(e).Count());
    }

    // Whether what happened to the one is in the state already is not said.
    private IEnumerable<Member> Others(ClusterEvent.IMemberEvent e) => _cluster.State.Members.Where(member => member.UniqueAddress != e.Member.UniqueAddress);

    // They went on without this node while it was suspended or away, and never talk to it again before it is started anew.
    private void CutOff(ThisActorSystemQuarantinedEvent e)
    {
        LogCutOff(e.RemoteAddress);
        _cluster.Down(_cluster.SelfAddress);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Node} is a node of the cluster, which has {Members} now")]
    private partial void LogUp(Address node, int members);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Node} leaves the cluster")]
    private partial void LogLeaving(Address node);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Node} has left the cluster, which has {Members} nodes now")]
    private partial void LogLeft(Address node, int members);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Node} was taken out of the cluster, which has {Members} nodes now")]
    private partial void LogDowned(Address node, int members);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Node} talks to this node no more: it was taken out of the cluster there")]
    private partial void LogCutOff(Address node);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Node} cannot be reached")]
    private partial void LogUnreachable(Address node);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Node} can be reached again")]
    private partial void LogReachable(Address node);
}
