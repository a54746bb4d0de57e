using Akka.Actor;
using Coffer.Protocol.Messages;
using Coffer.Server.Edge;

namespace Coffer.Server.Sessions;

/// <summary>The session of a connection that is not let in: it says why and ends.</summary>
public sealed class TurnedAwaySession : UntypedActor
{
    private readonly byte[] _why;

    private TurnedAwaySession(byte[] why) => _why = why;

    /// <summary>For a connection beyond the limit.</summary>
    public static Props Busy { get; } = Because(ErrorWord.Busy, "the server is at its limit of connections");

    /// <summary>For a connection that comes while the server stops.</summary>
    public static Props Stopping { get; } = Because(ErrorWord.Unavailable, "the server is stopping");

    protected override void PreStart() => Context.Parent.Tell(new EdgeProtocol.Refuse(_why));

    protected override void OnReceive(object message) => Unhandled(message);

    private static Props Because(ErrorWord word, string explanation)
    {
        var why = ErrorMessage.Write(null, word, explanation);
        return Props.CreateBy(new Producer<TurnedAwaySession>(() => new TurnedAwaySession(why)));
    }
}
