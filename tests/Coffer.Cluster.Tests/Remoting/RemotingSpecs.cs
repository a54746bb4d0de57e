using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Akka.Actor;

namespace Coffer.Cluster.Tests.Remoting;

/// <summary>What nodes say to each other, and what becomes of a node that talks to one that is none of its cluster. Over TLS where nothing else is said.</summary>
public sealed class RemotingSpecs : IDisposable
{
    private readonly Authority _authority = new("ours");
    private readonly Authority _foreign = new("foreign");

    public void Dispose()
    {
        _authority.Dispose();
        _foreign.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Messages_arrive_whole_up_to_the_size_of_a_coffer(bool overTls)
    {
        await using var one = new Peer(overTls ? _authority : null);
        await using var other = new Peer(overTls ? _authority : null);

        foreach (var size in new[] { 1, 65_535, 65_536, 1 << 20 })
        {
            var message = RandomNumberGenerator.GetBytes(size);
            Assert.Equal(message, await one.At(other.Uri).Ask<byte[]>(message, Peer.Patience));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Ten_thousand_messages_arrive_in_their_order(bool overTls)
    {
        await using var one = new Peer(overTls ? _authority : null);
        await using var other = new Peer(overTls ? _authority : null);
        var all = new TaskCompletionSource<IReadOnlyList<int>>(TaskCreationOptions.RunContinuationsAsynchronously);
        other.System.ActorOf(Props.Create(() => new Collector(10_000, all)), "collector");

        foreach (var number in Enumerable.Range(0, 10_000)) one.At(other.Uri, "collector").Tell(number);

        Assert.Equal(Enumerable.Range(0, 10_000), await all.Task.WaitAsync(Peer.Patience));
    }

    [Fact]
    public async Task A_message_that_is_too_long_is_dropped_and_the_next_one_is_not()
    {
        await using var one = new Peer(_authority);
        await using var other = new Peer(_authority);
        var first = await other.At(one.Uri).Ask<string>("hello", Peer.Patience);

        one.At(other.Uri).Tell(new byte[2 << 20]);
        var next = await one.At(other.Uri).Ask<string>("next", Peer.Patience);

        Assert.Equal(("hello", "next"), (first, next));
    }

    [Fact]
    public async Task A_call_to_a_node_of_another_authority_fails_and_both_go_on()
    {
        await using var one = new Peer(_authority);
        await using var other = new Peer(_authority);
        await using var foreign = new Peer(_foreign);

        Assert.False(await one.AnswersAsync(foreign.Uri));

        await one.SaysAsync($"refused {foreign.Address} as a node of this cluster: its certificate (CN=foreign, of CN=foreign) is not of this cluster's authority (CN=ours)");
        await foreign.SaysAsync(": no node of this cluster made it; said");
        Assert.True(await one.HearsAsync(other));
        Assert.True(await other.HearsAsync(one));
        Assert.False(foreign.System.WhenTerminated.IsCompleted);
    }

    [Fact]
    public async Task A_call_from_a_node_of_another_authority_fails_and_both_go_on()
    {
        await using var one = new Peer(_authority);
        await using var other = new Peer(_authority);
        await using var foreign = new Peer(_foreign);

        Assert.False(await foreign.AnswersAsync(one.Uri));

        await foreign.SaysAsync($"refused {one.Address} as a node of this cluster: its certificate (CN=ours, of CN=ours) is not of this cluster's authority (CN=foreign)");
        await one.SaysAsync(": no node of this cluster made it; said");
        Assert.True(await one.HearsAsync(other));
        Assert.True(await other.HearsAsync(one));
        Assert.False(foreign.System.WhenTerminated.IsCompleted);
    }

    [Fact]
    public async Task A_node_in_the_clear_and_one_over_TLS_do_not_talk_and_both_go_on()
    {
        await using var one = new Peer(_authority);
        await using var other = new Peer(_authority);
        await using var clear = new Peer(authority: null);

        Assert.False(await clear.AnswersAsync(Address.Parse($"akka.tcp://coffer@{one.Address}")));
        Assert.False(await one.AnswersAsync(Address.Parse($"akka.ssl.tcp://coffer@{clear.Address}")));

        await one.SaysAsync(": it talks in the clear, as a node without --certificates does; said");
        await clear.SaysAsync($"{one.Address} ended the connection before it said anything, as one does that talks over TLS alone: this node has no --certificates");
        await clear.SaysAsync("refused a connection to the cluster's port, from 127.0.0.1:");
        Assert.True(await one.HearsAsync(other));
        Assert.False(clear.System.WhenTerminated.IsCompleted);
    }

    [Fact]
    public async Task A_connection_that_is_cut_in_the_middle_of_the_handshake_ends_no_node()
    {
        await using var one = new Peer(_authority);
        await using var other = new Peer(_authority);
        using var cutter = new TcpListener(IPAddress.Loopback, 0);
        cutter.Start();

        var asked = one.AnswersAsync(Address.Parse($"akka.ssl.tcp://coffer@{cutter.LocalEndpoint}"));
        using (var caller = await cutter.AcceptTcpClientAsync()) await caller.GetStream().ReadExactlyAsync(new byte[5]);

        Assert.False(await asked);
        Assert.True(await one.HearsAsync(other));
        Assert.True(await other.HearsAsync(one));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Garbage_and_halves_of_frames_end_no_node(bool overTls)
    {
        await using var one = new Peer(overTls ? _authority : null);
        await using var other = new Peer(overTls ? _authority : null);
        byte[][] garbage = [RandomNumberGenerator.GetBytes(1000), [0xff, 0xff, 0xff, 0x7f], [100, 0, 0, 0, 1, 2, 3], [0], [3, 0, 0, 0, 1, 2, 3], [0x16, 3, 1, 0, 100]];

        foreach (var bytes in garbage)
        {
            using var peer = new TcpClient();
            await peer.ConnectAsync(IPAddress.Loopback, one.Address.Port);
            await peer.GetStream().WriteAsync(bytes);
        }

        await one.SaysAsync("; said once a minute at most of each address");
        Assert.Single(one.Lines);
        Assert.True(await one.HearsAsync(other));
        Assert.True(await other.HearsAsync(one));
    }

    [Fact]
    public async Task What_a_terminated_system_had_open_is_closed()
    {
        await using var one = new Peer(authority: null);
        await using var other = new Peer(authority: null);
        Assert.True(await one.HearsAsync(other));
        using var idle = new TcpClient();
        await idle.ConnectAsync(IPAddress.Loopback, one.Address.Port);

        await one.System.Terminate();

        Assert.Equal(0, await idle.GetStream().ReadAsync(new byte[1]));
        using var again = new TcpListener(IPAddress.Loopback, one.Address.Port);
        again.Start();
    }

    private sealed class Collector : ReceiveActor
    {
        private readonly List<int> _numbers = [];

        public Collector(int expected, TaskCompletionSource<IReadOnlyList<int>> all) => Receive<int>(number =>
        {
            _numbers.Add(number);
            if (_numbers.Count == expected) all.SetResult(_numbers);
        });
    }
}
