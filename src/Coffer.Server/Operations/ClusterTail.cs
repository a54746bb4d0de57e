using System.Threading.Channels;
using Akka.Actor;
using Akka.Cluster;
using Coffer.Operations.Rows;
using Coffer.Server.Edge;

namespace Coffer.Server.Operations;

/// <summary>Hands on what happens to the members, beginning with how they are. Lives until whoever made it stops it.</summary>
internal sealed class ClusterTail : ReceiveActor
{
    private readonly ChannelWriter<ClusterEventRow> _events;

    private ClusterTail(ChannelWriter<ClusterEventRow> events)
    {
        _events = events;
        Receive<ClusterEvent.IMemberEvent>(e => Say("member", e.Member.Address, ClusterHandlers.Word(e.Member.Status)));
        Receive<ClusterEvent.UnreachableMember>(e => Say("unreachable", e.Member.Address, ClusterHandlers.Word(e.Member.Status)));
        Receive<ClusterEvent.ReachableMember>(e => Say("reachable", e.Member.Address, ClusterHandlers.Word(e.Member.Status)));
        Receive<ClusterEvent.LeaderChanged>(e => Say("leader", e.Leader, null));
    }

    internal static Props Props(ChannelWriter<ClusterEventRow> events) => Akka.Actor.Props.CreateBy(new Producer<ClusterTail>(() => new ClusterTail(events)));

    protected override void PreStart() => Cluster.Get(Context.System).Subscribe(
        Self, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsEvents,
        typeof(ClusterEvent.IMemberEvent), typeof(ClusterEvent.IReachabilityEvent), typeof(ClusterEvent.LeaderChanged));

    protected override void PostStop()
    {
        Cluster.Get(Context.System).Unsubscribe(Self);
        _events.Complete();
    }

    private void Say(string happened, Address? whom, string? status) => _events.TryWrite(new ClusterEventRow(DateTimeOffset.UtcNow, happened, whom?.ToString(), status));
}
