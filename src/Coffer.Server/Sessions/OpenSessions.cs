using System.Collections.Concurrent;
using System.Net;
using Akka.Actor;
using Coffer.Crypto.Keys;
using Coffer.Server.Catalog;

namespace Coffer.Server.Sessions;

/// <summary>A conversation past its Hello.</summary>
/// <param name="Client">Whose it is.</param>
/// <param name="From">Where it comes from.</param>
/// <param name="Since">When it got its Link.</param>
/// <param name="IsServed">Whether the coffer was sent, so that only Bye is to come.</param>
public sealed record OpenSession(PublicKey Client, EndPoint From, DateTimeOffset Since, bool IsServed);

/// <summary>This node's conversations past their Hello. Thread safe.</summary>
public sealed class OpenSessions(TimeProvider clock)
{
    private readonly ConcurrentDictionary<IActorRef, OpenSession> _sessions = new();

    /// <summary>Tells a session that its client may no longer fetch.</summary>
    public sealed class CutOff : INoSerializationVerificationNeeded
    {
        internal static readonly CutOff Instance = new();

        private CutOff()
        {
        }
    }

    /// <summary>How many there are.</summary>
    public int Count => _sessions.Count;

    /// <summary>All of them, as of now.</summary>
    public IReadOnlyCollection<OpenSession> List() => [.. _sessions.Values];

    /// <summary>A session has sent Link.</summary>
    internal void Linked(IActorRef session, PublicKey client, EndPoint from) => _sessions[session] = new OpenSession(client, from, clock.GetUtcNow(), IsServed: false);

    /// <summary>A session that is in here has sent its coffer.</summary>
    internal void Served(IActorRef session) => _sessions[session] = _sessions[session] with { IsServed = true };

    /// <summary>Takes a session out; nothing happens where it is not in.</summary>
    internal void Remove(IActorRef session) => _sessions.TryRemove(session, out _);

    /// <summary>Ends the sessions whose clients <paramref name="view"/> does not know any more.</summary>
    internal void EndUnknown(INodeView view)
    {
        foreach (var (session, state) in _sessions)
            if (view.Find(state.Client) is null) session.Tell(CutOff.Instance, ActorRefs.NoSender);
    }
}
