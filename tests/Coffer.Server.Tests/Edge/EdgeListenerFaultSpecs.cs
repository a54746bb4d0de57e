using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.TestKit.Xunit;
using Coffer.Server.Edge;
using Coffer.Server.Metrics;
using Coffer.Server.Sessions;
using Coffer.Server.Tests.Audit;
using Coffer.Server.Tests.Conversations;

namespace Coffer.Server.Tests.Edge;

/// <summary>How the listener comes back. Messages are not serialized here: the failure of a bind cannot be.</summary>
public sealed class EdgeListenerFaultSpecs() : TestKit("akka { loglevel = OFF, stdout-loglevel = OFF, test.single-expect-default = 30s, test.default-timeout = 30s }")
{
    private readonly KeptLog _lines = new();

    [Fact]
    public void Says_once_why_it_cannot_listen_again_and_does_so_as_soon_as_it_can()
    {
        var address = Listen(_ => Props.Empty);
        Sys.ActorSelection("/system/IO-TCP/tcp-listener-*").Tell(PoisonPill.Instance);
        AwaitAssert(() => Assert.Single(_lines.Lines));
        using (var other = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))
        {
            other.Bind(address);
            other.Listen();
            AwaitAssert(() => Assert.Equal($"Error: {address} cannot be listened on again, so no client comes in: Address already in use; trying once a second", _lines.Lines[^1]));
            // Another failure or two.
            Thread.Sleep(TimeSpan.FromSeconds(1.5));
        }

        AwaitAssert(() => Assert.Equal($"Warning: listening on {address} again", _lines.Lines[^1]));
        Assert.Equal(3, _lines.Lines.Length);
    }

    [Fact]
    public async Task Listens_again_after_a_fault_of_its_own()
    {
        var isFaulty = true;
        var address = Listen(from =>
        {
            TestActor.Tell(from.ToString()!);
            return isFaulty ? throw new InvalidOperationException() : Props.Empty;
        });
        using var unlucky = await RawPeer.ConnectAsync(address);
        ExpectMsg<string>();
        isFaulty = false;

        AwaitAssert(() => Assert.Equal($"Warning: listening on {address} again", Assert.Single(_lines.Lines)));

        using var peer = await RawPeer.ConnectAsync(address);
        Assert.Equal(peer.Address.ToString(), ExpectMsg<string>());
    }

    private IPEndPoint Listen(Func<EndPoint, Props> session)
    {
        var listener = Sys.ActorOf(EdgeListener.Props(new EdgeLimits(), session, new CofferMetrics(), new SessionLog(_lines, TimeProvider.System)));
        listener.Tell(new EdgeListener.Bind(new IPEndPoint(IPAddress.Loopback, 0)), TestActor);
        return (IPEndPoint)ExpectMsg<EdgeListener.Listening>().Address;
    }
}
