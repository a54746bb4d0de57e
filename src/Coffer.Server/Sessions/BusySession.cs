using Akka.Actor;
using Coffer.Protocol.Messages;
using Coffer.Server.Edge;

namespace Coffer.Server.Sessions;

/// <summary>The session of a connection beyond the limit: it says so and ends.</summary>
public sealed class BusySession : UntypedActor
{
    private static readonly byte[] Busy = ErrorMessage.Write(null, ErrorWord.Busy, "the server is at its limit of connections");

    private BusySession()
    {
    }

    public static Props Props() => Akka.Actor.Props.CreateBy(new Producer<BusySession>(() => new BusySession()));

    protected override void PreStart() => Context.Parent.Tell(new EdgeProtocol.Refuse(Busy));

    protected override void OnReceive(object message) => Unhandled(message);
}
