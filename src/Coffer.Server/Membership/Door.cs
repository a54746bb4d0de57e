using Akka.Actor;
using Akka.Cluster;
using Coffer.Server.Edge;
using Microsoft.Extensions.Logging;

namespace Coffer.Server.Membership;

/// <summary>What is said at a node's door before the one who knocks joins its cluster. Crosses nodes.</summary>
public interface IDoorMessage;

/// <summary>A node that is in no cluster yet asks another one how it stands.</summary>
/// <param name="Ground">What the asker stands on.</param>
public sealed record Knock(CommonGround Ground) : IDoorMessage;

/// <summary>How the node that was asked stands.</summary>
/// <param name="Ground">What it stands on itself.</param>
/// <param name="IsMember">Whether it is in a cluster, which the asker may join by it.</param>
public sealed record Answered(CommonGround Ground, bool IsMember) : IDoorMessage;

/// <summary>Tells whoever knocks how this node stands, and says in the log whom it turns away.</summary>
internal sealed partial class Door : ReceiveActor
{
    /// <summary>The name under /user that other nodes knock at.</summary>
    internal const string Name = "door";

    private readonly CommonGround _ground;
    private readonly Sparingly _sparingly;
    private readonly ILogger _log;

    private Door(CommonGround ground, TimeProvider clock, ILogger log)
    {
        _ground = ground;
        _sparingly = new Sparingly(clock);
        _log = log;
        Receive<Knock>(knock => Answer(knock));
    }

    internal static Props Props(CommonGround ground, TimeProvider clock, ILogger log) => Akka.Actor.Props.CreateBy(new Producer<Door>(() => new Door(ground, clock, log)));

    /// <summary>The door of the node at <paramref name="address"/>.</summary>
    internal static ActorSelection Of(ActorSystem system, Address address) => system.ActorSelection(new RootActorPath(address) / "user" / Name);

    private void Answer(Knock knock)
    {
        var from = Sender.Path.Address;
        if (_ground.Compare(knock.Ground) is { } difference && _sparingly.May($"{from} {difference.What}")) LogRefused(from, difference.What, difference.Other, difference.Own);
        Sender.Tell(new Answered(_ground, IsMember: Cluster.Get(Context.System).SelfMember.Status is MemberStatus.Joining or MemberStatus.WeaklyUp or MemberStatus.Up));
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "refused {Node} as a node of this cluster: its {What} is {Other}, the cluster's {Own}")]
    private partial void LogRefused(Address node, string what, string other, string own);
}
