using Akka.Actor;
using Akka.Cluster;
using Coffer.Crypto.Keys;
using Coffer.Server.Edge;
using Microsoft.Extensions.Logging;

namespace Coffer.Server.Membership;

/// <summary>What is said at a node's door before the one who knocks joins its cluster. Crosses nodes.</summary>
public interface IDoorMessage;

/// <summary>A node that is in no cluster yet asks another one how it stands.</summary>
/// <param name="Server">The keys that the asker serves under.</param>
public sealed record Knock(ServerPublicKeys Server) : IDoorMessage;

/// <summary>How the node that was asked stands.</summary>
/// <param name="Server">The keys that it serves under; each node of a cluster holds the first key of every other.</param>
/// <param name="IsMember">Whether it is in a cluster, which the asker may join by it.</param>
public sealed record Answered(ServerPublicKeys Server, bool IsMember) : IDoorMessage;

/// <summary>Tells whoever knocks how this node stands, and says in the log whom it turns away.</summary>
internal sealed partial class Door : ReceiveActor
{
    /// <summary>The name under /user that other nodes knock at.</summary>
    internal const string Name = "door";

    private readonly ServerPublicKeys _server;
    private readonly Sparingly _sparingly;
    private readonly ILogger _log;

    private Door(ServerPublicKeys server, TimeProvider clock, ILogger log)
    {
        _server = server;
        _sparingly = new Sparingly(clock);
        _log = log;
        Receive<Knock>(knock => Answer(knock));
    }

    internal static Props Props(ServerPublicKeys server, TimeProvider clock, ILogger log) => Akka.Actor.Props.CreateBy(new Producer<Door>(() => new Door(server, clock, log)));

    /// <summary>The door of the node at <paramref name="address"/>.</summary>
    internal static ActorSelection Of(ActorSystem system, Address address) => system.ActorSelection(new RootActorPath(address) / "user" / Name);

    private void Answer(Knock knock)
    {
        var from = Sender.Path.Address;
        if (!knock.Server.Matches(_server) && _sparingly.May(from.ToString())) LogRefused(from, knock.Server, _server);
        Sender.Tell(new Answered(_server, IsMember: Cluster.Get(Context.System).SelfMember.Status is MemberStatus.Joining or MemberStatus.WeaklyUp or MemberStatus.Up));
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "refused {Node} as a node of this cluster: its server key is {Key}, the cluster's {Own}")]
    private partial void LogRefused(Address node, ServerPublicKeys key, ServerPublicKeys own);
}
