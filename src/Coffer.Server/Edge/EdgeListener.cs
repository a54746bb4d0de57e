using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.IO;
using Coffer.Protocol.Messages;
using Coffer.Server.Metrics;
using Coffer.Server.Sessions;

namespace Coffer.Server.Edge;

/// <summary>Binds the address that clients come to, and starts an <see cref="EdgeConnection"/> for each of them.</summary>
/// <remarks>
/// state     | on             | does                                             | then
/// Idle      | Bind           | binds                                            | Binding
///           | Resume         | binds again a second later                       | Rebinding
///           | Drain          | tells who asked: nobody is here                  | stopped
/// Binding   | Bound          | tells who asked                                  | Bound
///           | CommandFailed  | tells who asked why                              | Idle
///           | Drain          | keeps it                                         | Binding
/// Bound     | Connected      | a connection, a busy one, or none at all         | Bound
///           | socket gone    | binds again a second later                       | Rebinding
///           | Drain          | lets nobody in any more                          | Draining, Unbinding
/// Rebinding | Bound          | says so in the log                               | Bound
///           | CommandFailed  | says why, and binds again a second later         | Rebinding
///           | Drain          | tells who asked: nobody is here                  | stopped
/// Draining  | Connected      | tells it that the server is stopping             | Draining
///           | last one gone  | unbinds                                          | Unbinding
///           | socket gone    | tells who asked                                  | stopped
/// Unbinding | Unbound, gone  | tells who asked                                  | stopped
///
/// The socket is closed last: Akka's connections are children of what accepts them, and would go with it. So who comes while others finish is told
/// Error unavailable, which sends a client on to the next server, and is not waited for.
///
/// Akka gives a socket up at an error of accept(2) that it does not know, and all of its connections with it. So it is after a fault of this actor, which is restarted in Idle.
/// </remarks>
public sealed class EdgeListener : UntypedActor, IWithStash, IWithTimers
{
    private static readonly TimeSpan BetweenBinds = TimeSpan.FromSeconds(1);

    private readonly EdgeLimits _limits;
    private readonly Func<EndPoint, Props> _session;
    private readonly CofferMetrics _metrics;
    private readonly SessionLog _log;
    private readonly Dictionary<IActorRef, IPAddress> _connections = [];
    private readonly Dictionary<IPAddress, int> _perAddress = [];
    private IActorRef _socket = ActorRefs.Nobody;
    private EndPoint _address = new IPEndPoint(IPAddress.None, 0);

    private EdgeListener(EdgeLimits limits, Func<EndPoint, Props> session, CofferMetrics metrics, SessionLog log)
    {
        _limits = limits;
        _session = session;
        _metrics = metrics;
        _log = log;
    }

    /// <param name="limits">How many connections there may be.</param>
    /// <param name="session">Makes the session of a connection from an address.</param>
    /// <param name="metrics">Counts connections.</param>
    /// <param name="log">Hears who is turned away.</param>
    public static Props Props(EdgeLimits limits, Func<EndPoint, Props> session, CofferMetrics metrics, SessionLog log) =>
        Akka.Actor.Props.CreateBy(new Producer<EdgeListener>(() => new EdgeListener(limits, session, metrics, log)));

    /// <summary>Asks to bind; answered by <see cref="Listening"/> or <see cref="CannotListen"/>.</summary>
    public sealed record Bind(EndPoint Address) : INoSerializationVerificationNeeded;

    /// <summary>Bound, with the address and port in fact.</summary>
    public sealed record Listening(EndPoint Address) : INoSerializationVerificationNeeded;

    /// <summary>Not bound.</summary>
    public sealed record CannotListen(Exception Cause) : INoSerializationVerificationNeeded;

    /// <summary>Takes no further connection; answered by <see cref="Drained"/> when the last conversation is over.</summary>
    public sealed record Drain : INoSerializationVerificationNeeded
    {
        public static readonly Drain Instance = new();
    }

    /// <summary>Asks how many connections are open, answered by an <see cref="int"/>.</summary>
    public sealed record CountConnections : INoSerializationVerificationNeeded
    {
        public static readonly CountConnections Instance = new();
    }

    /// <summary>No connection is left.</summary>
    public sealed record Drained : INoSerializationVerificationNeeded
    {
        public static readonly Drained Instance = new();
    }

    private sealed record Resume(EndPoint Address) : INoSerializationVerificationNeeded;

    private sealed record BindAgain : INoSerializationVerificationNeeded
    {
        internal static readonly BindAgain Instance = new();
    }

    public IStash Stash { get; set; } = null!;

    public ITimerScheduler Timers { get; set; } = null!;

    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Stop);

    protected override void PreRestart(Exception reason, object message)
    {
        _socket.Tell(Tcp.Unbind.Instance);
        Self.Tell(new Resume(_address));
        base.PreRestart(reason, message);
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Resume resume:
                _address = resume.Address;
                BindLater();
                Become(Rebinding);
                break;
            case Bind bind:
                _address = bind.Address;
                BindSocket();
                var asker = Sender;
                Become(m => Binding(m, asker));
                break;
            case Drain:
                EndDrained(Sender);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Binding(object message, IActorRef asker)
    {
        switch (message)
        {
            case Tcp.Bound bound:
                Keep(bound);
                asker.Tell(new Listening(_address));
                Become(Bound);
                Stash.UnstashAll();
                break;
            case Tcp.CommandFailed failed:
                asker.Tell(new CannotListen(Cause(failed)));
                Become(OnReceive);
                Stash.UnstashAll();
                break;
            case Drain:
                Stash.Stash();
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Bound(object message)
    {
        switch (message)
        {
            case Tcp.Connected connected:
                Admit(Sender, (IPEndPoint)connected.RemoteAddress);
                break;
            case Terminated gone when gone.ActorRef.Equals(_socket):
                _log.SocketLost(_address);
                BindLater();
                Become(Rebinding);
                break;
            case Drain:
                var asker = Sender;
                Become(m => Draining(m, asker));
                UnbindIfAlone(asker);
                break;
            default:
                WithConnections(message);
                break;
        }
    }

    private void Rebinding(object message)
    {
        switch (message)
        {
            case Tcp.Bound bound:
                Keep(bound);
                _log.SocketRegained(_address);
                Become(Bound);
                break;
            case Tcp.CommandFailed failed:
                _log.SocketStillLost(_address, Cause(failed));
                BindLater();
                break;
            case BindAgain:
                BindSocket();
                break;
            case Drain:
                EndDrained(Sender);
                break;
            default:
                WithConnections(message);
                break;
        }
    }

    private void Draining(object message, IActorRef asker)
    {
        switch (message)
        {
            case Tcp.Connected:
                Context.ActorOf(EdgeConnection.Props(Sender, TurnedAwaySession.Stopping));
                break;
            case Terminated gone when gone.ActorRef.Equals(_socket):
                EndDrained(asker);
                break;
            case Terminated gone:
                Forget(gone.ActorRef);
                UnbindIfAlone(asker);
                break;
            default:
                WithConnections(message);
                break;
        }
    }

    private void WithConnections(object message)
    {
        switch (message)
        {
            case Terminated gone:
                Forget(gone.ActorRef);
                break;
            case CountConnections:
                Sender.Tell(_connections.Count);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    // A connection may still come that was accepted before: it goes with the socket.
    private void Unbinding(object message, IActorRef asker)
    {
        switch (message)
        {
            case Tcp.Connected:
                break;
            case Tcp.Unbound:
            case Terminated gone when gone.ActorRef.Equals(_socket):
                EndDrained(asker);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private static Exception Cause(Tcp.CommandFailed failed) => failed.Cause.GetOrElse(new InvalidOperationException("the address cannot be bound"));

    private void BindSocket() => Context.System.Tcp().Tell(new Tcp.Bind(Self, _address, _limits.Backlog, [BothFamilies.Instance], pullMode: true));

    // Not at once: what kept the socket from accepting is most often still so.
    private void BindLater() => Timers.StartSingleTimer(BindAgain.Instance, BindAgain.Instance, BetweenBinds);

    // With the port that the system chose, where it was asked to.
    private void Keep(Tcp.Bound bound)
    {
        _socket = Context.Watch(Sender);
        _address = bound.LocalAddress;
    }

    private void UnbindIfAlone(IActorRef asker)
    {
        if (_connections.Count > 0) return;
        _socket.Tell(Tcp.Unbind.Instance);
        Become(m => Unbinding(m, asker));
    }

    private void EndDrained(IActorRef asker)
    {
        asker.Tell(Drained.Instance);
        Context.Stop(Self);
    }

    private void Admit(IActorRef tcp, IPEndPoint remote)
    {
        var address = remote.Address.IsIPv4MappedToIPv6 ? remote.Address.MapToIPv4() : remote.Address;
        var from = new IPEndPoint(address, remote.Port);
        var fromThere = _perAddress.GetValueOrDefault(address);
        if (_connections.Count >= _limits.Connections + _limits.BusyConnections)
        {
            tcp.Tell(Tcp.Abort.Instance);
            TurnedAway(ConnectionLimit.Node, from, fromThere);
            return;
        }

        var isOverAddress = _limits.ConnectionsPerAddress > 0 && fromThere >= _limits.ConnectionsPerAddress;
        var isBusy = isOverAddress || _connections.Count >= _limits.Connections;
        if (isBusy) TurnedAway(isOverAddress ? ConnectionLimit.Address : ConnectionLimit.Node, from, fromThere);
        var connection = Context.Watch(Context.ActorOf(EdgeConnection.Props(tcp, isBusy ? TurnedAwaySession.Busy : _session(from))));
        _connections.Add(connection, address);
        _perAddress[address] = fromThere + 1;
        _metrics.Connected();
    }

    private void TurnedAway(ConnectionLimit limit, IPEndPoint from, int fromThere)
    {
        _metrics.TurnedAway(limit);
        _log.Busy(from, _connections.Count, fromThere);
    }

    private void Forget(IActorRef connection)
    {
        if (!_connections.Remove(connection, out var address)) return;
        _metrics.Disconnected();
        if (--_perAddress[address] == 0) _perAddress.Remove(address);
    }

    // Who listens on [::] means all addresses of the machine, those of IPv4 too.
    private sealed class BothFamilies : Inet.SocketOption
    {
        internal static readonly BothFamilies Instance = new();

        public override void BeforeServerSocketBind(Socket socket)
        {
            if (socket.AddressFamily == AddressFamily.InterNetworkV6) socket.DualMode = true;
        }
    }
}
