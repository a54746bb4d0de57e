using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Coffer.Protocol.Messages;
using Coffer.Server.Edge;
using Coffer.Server.Metrics;
using Coffer.Server.Sessions;
using Coffer.Server.Tests.Audit;
using Coffer.Server.Tests.Conversations;

namespace Coffer.Server.Tests.Edge;

/// <summary>How the listener binds and ends, in each of its states.</summary>
public sealed class EdgeListenerSpecs : ActorSpecs
{
    private static readonly IPEndPoint AnyPort = new(IPAddress.Loopback, 0);

    private readonly CofferMetrics _metrics = new();
    private readonly KeptLog _lines = new();
    private readonly SessionLog _log;

    public EdgeListenerSpecs() => _log = new SessionLog(_lines, TimeProvider.System);

    [Fact]
    public void Is_drained_at_once_before_it_is_bound()
    {
        var listener = Start();

        listener.Tell(EdgeListener.Drain.Instance, TestActor);

        ExpectMsg<EdgeListener.Drained>();
        ExpectTerminated(listener);
    }

    [Fact]
    public void Is_drained_once_it_is_bound_where_it_is_asked_in_the_middle()
    {
        var listener = Start();

        listener.Tell(new EdgeListener.Bind(AnyPort), TestActor);
        listener.Tell(EdgeListener.Drain.Instance, TestActor);

        var address = ExpectMsg<EdgeListener.Listening>().Address;
        ExpectMsg<EdgeListener.Drained>();
        ExpectTerminated(listener);
        AssertFree(address);
    }

    [Fact]
    public void Has_closed_its_socket_when_it_says_that_it_is_drained()
    {
        var listener = Start();
        listener.Tell(new EdgeListener.Bind(AnyPort), TestActor);
        var address = ExpectMsg<EdgeListener.Listening>().Address;

        listener.Tell(EdgeListener.Drain.Instance, TestActor);

        ExpectMsg<EdgeListener.Drained>();
        AssertFree(address);
        ExpectTerminated(listener);
    }

    [Fact]
    public void Takes_clients_of_both_families_on_the_address_of_all_and_knows_them_by_their_own()
    {
        var listener = Sys.ActorOf(EdgeListener.Props(new EdgeLimits(), Named, _metrics, _log));
        listener.Tell(new EdgeListener.Bind(new IPEndPoint(IPAddress.IPv6Any, 0)), TestActor);
        var port = ((IPEndPoint)ExpectMsg<EdgeListener.Listening>().Address).Port;

        foreach (var address in new[] { IPAddress.Loopback, IPAddress.IPv6Loopback })
        {
            using var peer = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            peer.Connect(address, port);
            Assert.Equal(peer.LocalEndPoint!.ToString(), ExpectMsg<string>());
        }
    }

    [Fact]
    public async Task Listens_again_where_its_socket_was_given_up()
    {
        var listener = Sys.ActorOf(EdgeListener.Props(new EdgeLimits(), Named, _metrics, _log));
        listener.Tell(new EdgeListener.Bind(AnyPort), TestActor);
        var address = (IPEndPoint)ExpectMsg<EdgeListener.Listening>().Address;
        using var cut = await RawPeer.ConnectAsync(address);
        ExpectMsg<string>();

        GiveUpSocket();

        await cut.ReadEndAsync();
        AwaitAssert(() => Assert.Collection(
            _lines.Lines,
            line => Assert.StartsWith($"Error: {address} was given up", line, StringComparison.Ordinal),
            line => Assert.Equal($"Warning: listening on {address} again", line)));
        using var peer = await RawPeer.ConnectAsync(address);
        Assert.Equal(peer.Address.ToString(), ExpectMsg<string>());
        listener.Tell(EdgeListener.CountConnections.Instance, TestActor);
        ExpectMsg(1);
    }

    [Fact]
    public void Is_drained_at_once_where_its_socket_was_given_up()
    {
        var listener = Start();
        listener.Tell(new EdgeListener.Bind(AnyPort), TestActor);
        ExpectMsg<EdgeListener.Listening>();
        GiveUpSocket();
        AwaitAssert(() => Assert.NotEmpty(_lines.Lines));

        listener.Tell(EdgeListener.Drain.Instance, TestActor);

        ExpectMsg<EdgeListener.Drained>();
        ExpectTerminated(listener);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(0)]
    public async Task Says_in_the_log_whom_it_turned_away_with_a_word_or_without_and_how_many_are_open(int toldBusy)
    {
        var limits = new EdgeLimits { Connections = 1, BusyConnections = toldBusy };
        var listener = Sys.ActorOf(EdgeListener.Props(limits, Named, _metrics, _log));
        listener.Tell(new EdgeListener.Bind(AnyPort), TestActor);
        var address = (IPEndPoint)ExpectMsg<EdgeListener.Listening>().Address;
        using var first = await RawPeer.ConnectAsync(address);
        ExpectMsg<string>();

        var from = toldBusy > 0 ? await BeToldBusyAsync(address) : await BeResetAsync(address);

        AwaitAssert(() => Assert.Equal($"Information: refused: Busy, - from {from} with 1 connections open, 1 of them from there", Assert.Single(_lines.Lines)));
    }

    // As Akka does it itself after an error of accept(2) that it does not know.
    private void GiveUpSocket() => Sys.ActorSelection("/system/IO-TCP/tcp-listener-*").Tell(PoisonPill.Instance);

    private static async Task<EndPoint> BeToldBusyAsync(IPEndPoint listener)
    {
        using var peer = await RawPeer.ConnectAsync(listener);
        Assert.Equal(ErrorWord.Busy, await peer.ReadErrorAsync(isSealed: false));
        return peer.Address;
    }

    // The reset may be there before the connection.
    private static async Task<EndPoint> BeResetAsync(IPEndPoint listener)
    {
        using var peer = new Socket(listener.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        peer.Bind(new IPEndPoint(listener.Address, 0));
        var from = peer.LocalEndPoint!;
        try
        {
            await peer.ConnectAsync(listener, TestContext.Current.CancellationToken);
            Assert.Equal(0, await peer.ReceiveAsync(new byte[1], TestContext.Current.CancellationToken));
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
        {
        }
        return from;
    }

    private IActorRef Start()
    {
        // A session that waits for a word of its peer.
        var listener = Sys.ActorOf(EdgeListener.Props(new EdgeLimits(), _ => Props.Create<Silent>(), _metrics, _log), "edge");
        return Watch(listener);
    }

    private Props Named(EndPoint from)
    {
        TestActor.Tell(from.ToString()!);
        return Props.Create<Silent>();
    }

    private static void AssertFree(EndPoint address)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        Assert.Equal(SocketError.ConnectionRefused, Assert.Throws<SocketException>(() => socket.Connect(address)).SocketErrorCode);
    }

    private sealed class Silent : UntypedActor
    {
        protected override void OnReceive(object message) => Unhandled(message);
    }
}
