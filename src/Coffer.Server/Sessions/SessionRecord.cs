using System.Net;
using Akka.Actor;
using Coffer.Crypto.Keys;
using Coffer.Server.Audit;
using Coffer.Server.Catalog;
using Coffer.Server.Metrics;

namespace Coffer.Server.Sessions;

/// <summary>Where conversations leave their traces: the list of open ones, log, audit trail and metrics. Those of the node's own probe leave none.</summary>
/// <remarks>Thread safe. Public keys, names and addresses only.</remarks>
public sealed class SessionRecord(OpenSessions open, INodeView view, SessionLog log, AuditTrail audit, CofferMetrics metrics, SecondKeyUse secondKey, PublicKey probe, TimeProvider clock)
{
    /// <summary>A Hello was answered, with Link where <paramref name="isKnown"/>.</summary>
    public void Greeted(IActorRef session, EndPoint from, PublicKey client, bool isKnown, TimeSpan took)
    {
        if (client == probe) return;
        metrics.Greeted(took);
        if (isKnown) open.Linked(session, client, from);
    }

    /// <summary>A session is about to hand out a coffer.</summary>
    /// <returns>True where it may do so at once; otherwise <paramref name="session"/> is told an answer of <see cref="AuditReplies"/>.</returns>
    public bool Granted(IActorRef session, EndPoint from, PublicKey client, string name, long revision) =>
        client == probe || audit.Granted(from, client, name, revision, session);

    /// <summary>Whether a coffer leaves only after its line was written.</summary>
    public bool IsAuditRequired => audit.IsRequired;

    /// <summary>A coffer was sent, so long after it was asked for, in a conversation under the server's second key where <paramref name="isBySecondKey"/>.</summary>
    public void Served(IActorRef session, EndPoint from, PublicKey client, string name, long revision, TimeSpan took, bool isBySecondKey)
    {
        if (client == probe) return;
        open.Served(session);
        view.Fetched(client, clock.GetUtcNow());
        if (isBySecondKey) secondKey.Fetched(clock.GetUtcNow());
        log.Served(from, client, name, revision);
        metrics.Served(took);
    }

    /// <summary>A stored coffer does not open.</summary>
    public void Unreadable(PublicKey client, long revision) => log.Unreadable(client, revision);

    /// <summary>A conversation was refused.</summary>
    /// <param name="from">The connection's other end.</param>
    /// <param name="client">The client, once its Hello has opened.</param>
    /// <param name="name">Its name in the definition, once its coffer was found.</param>
    /// <param name="refusal">Why.</param>
    /// <param name="isServed">Whether the client had got its coffer before.</param>
    /// <param name="isWithheld">Whether its coffer was granted, and not sent.</param>
    public void Refused(EndPoint from, PublicKey? client, string? name, Refusal refusal, bool isServed, bool isWithheld)
    {
        if (client == probe) return;
        log.Refused(from, client, refusal);
        audit.Refused(from, client, name, refusal, isWithheld);
        metrics.Refused(refusal, isServed);
    }

    /// <summary>A client went away before it got anything. <paramref name="isWithheld"/>: its coffer was granted, and not sent.</summary>
    public void Left(EndPoint from, PublicKey? client, string? name, bool isWithheld)
    {
        if (client == probe) return;
        log.Left(from, client);
        if (isWithheld) audit.Left(from, client!.Value, name!);
        metrics.Left();
    }

    /// <summary>A session is over.</summary>
    public void Closed(IActorRef session) => open.Remove(session);
}
