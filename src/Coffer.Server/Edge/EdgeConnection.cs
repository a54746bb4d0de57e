using System.Buffers;
using Akka.Actor;
using Akka.Event;
using Akka.IO;
using Coffer.Protocol.Frames;
using FrameSender = Coffer.Protocol.Frames.Sender;

namespace Coffer.Server.Edge;

/// <summary>One TCP connection: cuts frames for its session and writes what the session answers.</summary>
/// <remarks>
/// state   | on                      | does                                          | then
/// Reading | Received, whole frame   | tells the session                             | Waiting
///         | Received, part of one   | keeps it, resumes reading                     | Reading
///         | Received, no frame      | tells the session: Garbage                    | Waiting
/// Waiting | Answer                  | writes, cuts the next frame or resumes        | Reading, Waiting
///         | Refuse                  | writes, ends our side, discards what comes    | Lingering
///         | Finish                  | closes                                        | Closing
/// Lingering, Closing | closed, or too long   | nothing                              | stopped
/// any     | closed by the peer      | nothing                                       | stopped, and the session with it
///         | session stopped         | aborts                                        | stopped
///
/// Reading is suspended while the session is busy, so a fast peer waits in its own socket, and nothing beyond one read and one frame
/// is ever held. A frame is refused at its header, so what is held is at most a Hello.
/// </remarks>
public sealed class EdgeConnection : UntypedActor
{
    // How long a refused peer may take to read why. Closing at once would reset the connection where bytes of the peer are still unread,
    // and the reset would overtake the reason.
    private static readonly TimeSpan Linger = TimeSpan.FromSeconds(1);

    // A peer that does not let go of a closed connection is cut off.
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(5);

    private readonly IActorRef _tcp;
    private readonly IActorRef _session;
    private readonly Deadline _deadline;
    private byte[] _unread = [];

    private EdgeConnection(IActorRef tcp, Props session)
    {
        _tcp = tcp;
        _session = Context.Watch(Context.ActorOf(session, "session"));
        _deadline = new Deadline(Self, Expired.Instance);
    }

    /// <summary>For a connection that <paramref name="tcp"/> has accepted in pull mode; it registers itself.</summary>
    public static Props Props(IActorRef tcp, Props session) => Akka.Actor.Props.CreateBy(new Producer<EdgeConnection>(() => new EdgeConnection(tcp, session)));

    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Stop);

    protected override void PreStart()
    {
        _tcp.Tell(new Tcp.Register(Self));
        Read();
    }

    protected override void PostStop() => _deadline.Dispose();

    protected override void OnReceive(object message) => Unhandled(message);

    private void Read()
    {
        _tcp.Tell(Tcp.ResumeReading.Instance);
        Become(Reading);
    }

    private void Reading(object message)
    {
        switch (message)
        {
            case Tcp.Received received:
                Append(received.Data);
                CutFrame();
                break;
            case Tcp.ConnectionClosed:
                Context.Stop(Self);
                break;
            // The deadline of the session's state comes while it waits for a frame.
            default:
                Waiting(message);
                break;
        }
    }

    private void Waiting(object message)
    {
        switch (message)
        {
            case EdgeProtocol.Answer answer:
                Write(answer.Frames);
                CutFrame();
                break;
            case EdgeProtocol.Refuse refuse:
                Write(refuse.Frame);
                LetGo();
                break;
            case EdgeProtocol.Finish:
                Close(Tcp.Close.Instance, CloseTimeout, Closing);
                break;
            case Tcp.ConnectionClosed:
                Context.Stop(Self);
                break;
            case Terminated:
                Abort();
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    // Our side has said its last word. The peer's bytes are thrown away until it closes or the time is up.
    private void Lingering(object message)
    {
        if (message is Tcp.Received) _tcp.Tell(Tcp.ResumeReading.Instance);
        else Closing(message);
    }

    private void Closing(object message)
    {
        switch (message)
        {
            case Tcp.ConnectionClosed:
                Context.Stop(Self);
                break;
            case Expired:
                Abort();
                break;
            case Terminated:
            case Tcp.CommandFailed:
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void CutFrame()
    {
        var input = new ReadOnlySequence<byte>(_unread);
        switch (FrameCodec.Read(ref input, FrameSender.Client, out var frame))
        {
            case FrameRead.Complete:
                var body = frame.Body.ToArray();
                _unread = input.ToArray();
                _session.Tell(new EdgeProtocol.FrameReceived(frame.Type, body));
                Become(Waiting);
                break;
            case FrameRead.Incomplete:
                Read();
                break;
            default:
                _session.Tell(EdgeProtocol.Garbage.Instance);
                Become(Waiting);
                break;
        }
    }

    private void Append(ByteString data)
    {
        if (_unread.Length == 0)
        {
            _unread = data.ToArray();
            return;
        }

        var joined = new byte[_unread.Length + data.Count];
        _unread.CopyTo(joined, 0);
        data.CopyTo(joined, _unread.Length, data.Count);
        _unread = joined;
    }

    private void Write(byte[] frames) => _tcp.Tell(Tcp.Write.Create(ByteString.FromBytes(frames)));

    private void LetGo()
    {
        Close(Tcp.ConfirmedClose.Instance, Linger, Lingering);
        _tcp.Tell(Tcp.ResumeReading.Instance);
    }

    private void Close(Tcp.CloseCommand how, TimeSpan atMost, UntypedReceive then)
    {
        _tcp.Tell(how);
        _deadline.Set(atMost);
        Become(then);
    }

    private void Abort()
    {
        _tcp.Tell(Tcp.Abort.Instance);
        Context.Stop(Self);
    }

    private sealed class Expired : INoSerializationVerificationNeeded, IDeadLetterSuppression
    {
        internal static readonly Expired Instance = new();
    }
}
