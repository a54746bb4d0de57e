using System.Buffers;
using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using Akka.Actor;
using Akka.Event;
using Coffer.Crypto.Keys;
using Coffer.Crypto.Noise;
using Coffer.Crypto.Sealing;
using Coffer.Protocol.Frames;
using Coffer.Protocol.Messages;
using Coffer.Server.Audit;
using Coffer.Server.Catalog;
using Coffer.Server.Coffers;
using Coffer.Server.Edge;

namespace Coffer.Server.Sessions;

/// <summary>One conversation.</summary>
/// <remarks>
/// state          | on                      | does                                  | then
/// AwaitingHello  | Hello, key known        | sends Link                            | Linked
///                | Hello, key not known    | sends KeyNotFound                     | stopped
///                | Hello that does not open| refuses: violation                    | stopped
/// Linked         | Get, key still known    | asks the coffer                       | AwaitingCoffer
///                | Get, key gone           | refuses: revoked                      | stopped
///                | Get, no lease           | refuses: unavailable                  | stopped
///                | Bye                     | closes                                | stopped
/// AwaitingCoffer | CofferFound, line taken | sends the coffer                      | Served
///                | CofferFound, else       | waits for the audit trail             | AwaitingAudit
///                | CofferMissing, key known| refuses: unavailable                  | stopped
///                | CofferMissing, key gone | refuses: revoked                      | stopped
///                | CofferUnavailable       | refuses: unavailable                  | stopped
///                | AskAgain                | asks once more                        | AwaitingCoffer
///                | Expired                 | refuses: unavailable                  | stopped
///                | CofferFound that does   | asks to read its row anew             | AwaitingAnew
///                | not open                |                                       |
/// AwaitingAudit  | Cleared                 | sends the coffer                      | Served
///                | Cleared, does not open  | asks to read its row anew             | AwaitingAnew
///                | Cleared, key gone       | refuses: revoked                      | stopped
///                | Cleared, no lease       | refuses: unavailable                  | stopped
///                | Cleared, newer loaded   | refuses: unavailable                  | stopped
///                | NotCleared              | refuses: unavailable                  | stopped
///                | Expired, line required  | refuses: unavailable                  | stopped
///                | Expired, not required   | sends the coffer                      | Served
/// AwaitingAnew   | CofferFound, anew       | sends the coffer                      | Served
///                | CofferFound, anew, that | refuses: internal                     | stopped
///                | does not open           |                                       |
///                | CofferFound, anew, newer| refuses: unavailable                  | stopped
///                | CofferFound, not anew   | passes it over                        | AwaitingAnew
///                | otherwise as            |                                       |
///                | AwaitingCoffer          |                                       |
/// Served         | Bye                     | closes                                | stopped
/// past Hello     | CutOff                  | refuses: revoked                      | stopped
/// any            | Expired                 | refuses: timeout                      | stopped
///                | anything else received  | refuses: violation                    | stopped
///                | connection gone         | nothing                               | stopped
/// </remarks>
public sealed class SessionActor : UntypedActor
{
    private readonly SessionServices _services;
    private readonly EndPoint _from;
    private readonly Transport _transport = new();
    private readonly Deadline _deadline;
    private readonly Deadline _askAgain;

    // For the line in the log when the connection goes away in the middle.
    private PublicKey? _client;

    // Its name, once its coffer was found.
    private string? _name;
    private bool _isServed;
    private bool _isRefused;
    private bool _isBySecondKey;
    private long _asked;

    // Whether its line is in the audit trail and it was not sent yet.
    private bool _isCofferGranted;

    private SessionActor(SessionServices services, EndPoint from)
    {
        _services = services;
        _from = from;
        _deadline = new Deadline(Self, Expired.Instance);
        _askAgain = new Deadline(Self, Again.Instance);
    }

    /// <summary>For a connection from <paramref name="from"/>; the parent is its <see cref="EdgeConnection"/>.</summary>
    public static Props Props(SessionServices services, EndPoint from) => Akka.Actor.Props.CreateBy(new Producer<SessionActor>(() => new SessionActor(services, from)));

    protected override void PreStart() => Enter(AwaitingHello, _services.Limits.Hello);

    protected override void PostStop()
    {
        _deadline.Dispose();
        _askAgain.Dispose();
        _transport.Dispose();
        _services.Record.Closed(Self);
        if (!_isServed && !_isRefused) _services.Record.Left(_from, _client, _name, _isCofferGranted);
    }

    // What was on its way when the state changed is of the past.
    protected override bool AroundReceive(Receive receive, object message) =>
        message switch { Expired => !_deadline.IsOver, Again => !_askAgain.IsOver, _ => false } || base.AroundReceive(receive, message);

    protected override void OnReceive(object message) => Unhandled(message);

    private void AwaitingHello(object message)
    {
        if (message is EdgeProtocol.FrameReceived { Type: MessageType.Hello } hello) Greet(hello.Body);
        else InEveryState(message, sealing: null);
    }

    private void Linked(object message, PublicKey client)
    {
        switch (message)
        {
            case EdgeProtocol.FrameReceived { Type: MessageType.Get } get when SealedMessage.TryReadGet(_transport, get.Body):
                _asked = Stopwatch.GetTimestamp();
                AskCoffer(client);
                break;
            case EdgeProtocol.FrameReceived { Type: MessageType.Bye } bye when SealedMessage.TryReadBye(_transport, bye.Body, client):
                Finish();
                break;
            case EdgeProtocol.FrameReceived { Type: MessageType.Get or MessageType.Bye }:
                Refuse(Refusal.BadMessage, _transport);
                break;
            default:
                InEveryState(message, _transport);
                break;
        }
    }

    private void AwaitingCoffer(object message, CofferQueries.GetCoffer query)
    {
        switch (message)
        {
            case CofferReplies.CofferFound found:
                Serve(query.Owner, found);
                break;
            // Of a client that the view knows still: the store is behind what counted, or ahead of what this node knows.
            case CofferReplies.CofferMissing:
                if (MayServe(query.Owner, out _)) Refuse(Refusal.Unavailable, _transport);
                break;
            case CofferReplies.CofferUnavailable:
            case Expired:
                Refuse(Refusal.Unavailable, _transport);
                break;
            case Again:
                Ask(query);
                break;
            default:
                InEveryState(message, _transport);
                break;
        }
    }

    private void AwaitingAudit(object message, PublicKey client, CofferReplies.CofferFound found)
    {
        switch (message)
        {
            case AuditReplies.Cleared:
            case Expired when !_services.Record.IsAuditRequired:
                if (!MayServe(client, out var revision)) break;

                // A newer one was loaded meanwhile, perhaps everywhere: the client asks again, and has a line of its own for it.
                if (found.Coffer.Revision < revision) Refuse(Refusal.Unavailable, _transport);
                else Send(client, found);
                break;
            // Its line was taken back; that of one which has waited too long may still be written.
            case AuditReplies.NotCleared:
                _isCofferGranted = false;
                Refuse(Refusal.Unavailable, _transport);
                break;
            case Expired:
                Refuse(Refusal.Unavailable, _transport);
                break;
            // The second answer to a question that was asked again.
            case ICofferReply:
                break;
            default:
                InEveryState(message, _transport);
                break;
        }
    }

    // What the entity held does not open: its row may have been sealed anew under a key that this node holds. The line in the audit trail is there.
    private void AwaitingAnew(object message, CofferQueries.GetCoffer query)
    {
        switch (message)
        {
            case CofferReplies.CofferFound { IsAnew: true } found:
                if (!MayServe(query.Owner, out var revision)) break;

                // Another one than the line is of: the client asks again.
                if (found.Coffer.Revision != query.AtLeast || found.Coffer.Revision < revision) Refuse(Refusal.Unavailable, _transport);
                else if (!TrySend(query.Owner, found)) RefuseUnreadable(query.Owner, found);
                break;
            // The second answer to the question before this one, which says nothing of the row as it is now.
            case CofferReplies.CofferFound:
            // No longer waited for.
            case AuditReplies.Cleared:
            case AuditReplies.NotCleared:
                break;
            default:
                AwaitingCoffer(message, query);
                break;
        }
    }

    private void Served(object message, PublicKey client)
    {
        switch (message)
        {
            case EdgeProtocol.FrameReceived { Type: MessageType.Bye } bye:
                if (SealedMessage.TryReadBye(_transport, bye.Body, client)) Finish();
                else Refuse(Refusal.BadMessage, _transport);
                break;
            // The second answer to a question that was asked again, and one that was no longer waited for.
            case ICofferReply:
            case AuditReplies.Cleared:
                break;
            default:
                InEveryState(message, _transport);
                break;
        }
    }

    private void InEveryState(object message, Transport? sealing)
    {
        switch (message)
        {
            case EdgeProtocol.FrameReceived:
                Refuse(Refusal.OutOfTurn, sealing);
                break;
            case EdgeProtocol.Garbage:
                Refuse(Refusal.Garbage, sealing);
                break;
            case Expired:
                Refuse(Refusal.TooSlow, sealing);
                break;
            case OpenSessions.CutOff:
                Refuse(Refusal.Revoked, sealing);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Greet(byte[] body)
    {
        var begun = Stopwatch.GetTimestamp();
        var handshake = HandshakeState.Responder(HandshakePattern.IK, Handshake.Prologue, _services.Server.First);
        try
        {
            if (!TryReadHello(ref handshake, body))
            {
                Refuse(Refusal.BadHandshake, sealing: null);
                return;
            }

            var client = handshake.RemoteStatic;
            _client = client;
            if (_services.View.Find(client) is null)
            {
                // It may have been added elsewhere.
                if (!_services.View.IsServing)
                {
                    Refuse(Refusal.Unavailable, sealing: null);
                    return;
                }
                var notFound = new byte[Handshake.KeyNotFoundFrameSize];
                Handshake.WriteKeyNotFound(ref handshake, notFound);
                _services.Record.Greeted(Self, _from, client, isKnown: false, Stopwatch.GetElapsedTime(begun));
                Refuse(Refusal.UnknownKey, notFound);
                return;
            }

            var link = new byte[Handshake.LinkFrameSize];
            Handshake.WriteLink(ref handshake, link);
            handshake.Split(_transport);
            _services.Record.Greeted(Self, _from, client, isKnown: true, Stopwatch.GetElapsedTime(begun));
            Context.Parent.Tell(new EdgeProtocol.Answer(link));
            Enter(m => Linked(m, client), _services.Limits.Get);
        }
        finally
        {
            handshake.Dispose();
        }
    }

    private bool TryReadHello(ref HandshakeState handshake, byte[] body)
    {
        if (Handshake.TryReadHello(ref handshake, body)) return true;
        if (_services.Server.Second is not { } second || handshake.Failure != HandshakeFailure.BadTag) return false;
        handshake = HandshakeState.Responder(HandshakePattern.IK, Handshake.Prologue, second);
        return _isBySecondKey = Handshake.TryReadHello(ref handshake, body);
    }

    private void AskCoffer(PublicKey client)
    {
        if (!MayServe(client, out var revision)) return;

        var query = new CofferQueries.GetCoffer(client, revision);
        Enter(m => AwaitingCoffer(m, query), _services.Limits.Coffer);
        Ask(query);
    }

    // Refuses where it may not.
    private bool MayServe(PublicKey client, out long revision)
    {
        revision = 0;
        if (!_services.View.IsServing) Refuse(Refusal.Unavailable, _transport);
        else if (_services.View.Find(client) is not { } changed) Refuse(Refusal.Revoked, _transport);
        else
        {
            revision = changed;
            return true;
        }
        return false;
    }

    private void Ask(CofferQueries.GetCoffer query)
    {
        _services.Coffers.Tell(query, Self);
        _askAgain.Set(_services.Limits.AskAgain);
    }

    private void Serve(PublicKey client, CofferReplies.CofferFound found)
    {
        _name = found.Name;

        // The lease may have run out, or a revocation come, while the entity was asked.
        if (!MayServe(client, out var revision)) return;
        if (found.Coffer.Revision < revision)
        {
            AskCoffer(client);
            return;
        }

        _isCofferGranted = true;
        if (_services.Record.Granted(Self, _from, client, found.Name, found.Coffer.Revision)) Send(client, found);
        else Enter(m => AwaitingAudit(m, client, found), _services.Limits.Audit);
    }

    private void Send(PublicKey client, CofferReplies.CofferFound found)
    {
        if (TrySend(client, found)) return;

        var query = new CofferQueries.GetCoffer(client, found.Coffer.Revision, IsAnew: true);
        Enter(m => AwaitingAnew(m, query), _services.Limits.Coffer);
        Ask(query);
    }

    private void RefuseUnreadable(PublicKey client, CofferReplies.CofferFound found)
    {
        _services.Record.Unreadable(client, found.Coffer.Revision);
        Refuse(Refusal.Unreadable, _transport);
    }

    // Sealed no sooner than this: what is sealed must be sent, or the client would miss a message.
    private bool TrySend(PublicKey client, CofferReplies.CofferFound found)
    {
        if (SealForClient(client, found.Coffer) is not { } frames) return false;

        _isCofferGranted = false;
        _isServed = true;

        // Recorded first, so that whoever saw the coffer finds it counted.
        _services.Record.Served(Self, _from, client, found.Name, found.Coffer.Revision, Stopwatch.GetElapsedTime(_asked), _isBySecondKey);
        Context.Parent.Tell(new EdgeProtocol.Answer(frames));
        Enter(m => Served(m, client), _services.Limits.Bye);
        return true;
    }

    // Opens the seal of the store and seals for the client; the coffer is in the clear only in the rented buffer, which is wiped.
    private byte[]? SealForClient(PublicKey client, SealedCoffer stored)
    {
        var size = StorageSeal.OpenedSize(stored);
        var rented = ArrayPool<byte>.Shared.Rent(1 + size);
        var spareAndCoffer = rented.AsSpan(0, 1 + size);
        try
        {
            if (!_services.Seal.TryOpen(client, stored, spareAndCoffer[1..])) return null;
            var frames = new byte[CofferMessage.FramesSize(size)];
            CofferMessage.Write(_transport, spareAndCoffer, frames);
            return frames;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(spareAndCoffer);
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private void Finish()
    {
        Context.Parent.Tell(EdgeProtocol.Finish.Instance);
        Context.Stop(Self);
    }

    private void Refuse(Refusal refusal, Transport? sealing) =>
        Refuse(refusal, ErrorMessage.Write(sealing, refusal.Word(), refusal.Explanation()));

    private void Refuse(Refusal refusal, byte[] frame)
    {
        _isRefused = true;
        _services.Record.Refused(_from, _client, _name, refusal, _isServed, isWithheld: _isCofferGranted);
        Context.Parent.Tell(new EdgeProtocol.Refuse(frame));
        Context.Stop(Self);
    }

    private void Enter(UntypedReceive state, TimeSpan deadline)
    {
        _askAgain.Clear();
        _deadline.Set(deadline);
        Become(state);
    }

    private sealed class Expired : INoSerializationVerificationNeeded, IDeadLetterSuppression
    {
        internal static readonly Expired Instance = new();
    }

    private sealed class Again : INoSerializationVerificationNeeded, IDeadLetterSuppression
    {
        internal static readonly Again Instance = new();
    }
}
