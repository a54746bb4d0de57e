using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Event;
using Akka.Remote.Transport;
using Coffer.Server.Remoting;
using Google.Protobuf;

namespace Coffer.Cluster.Tests.Remoting;

/// <summary>What Akka's remoting relies on, without it.</summary>
public sealed class SocketTransportSpecs : IAsyncLifetime
{
    private readonly Authority _authority = new("ours");
    private Peer _here = null!;
    private Peer _there = null!;

    public ValueTask InitializeAsync()
    {
        _here = new Peer(_authority, provider: "local", patience: "1m");
        _there = new Peer(_authority, provider: "local", patience: "1m");
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _here.DisposeAsync();
        await _there.DisposeAsync();
        _authority.Dispose();
    }

    [Fact]
    public async Task What_was_written_before_an_association_ends_arrives_and_both_sides_hear_once_of_the_end()
    {
        var (calling, called) = (_here.Transport(), _there.Transport());
        var inbound = await ListenAsync(called);
        var outbound = await calling.Associate(Underlying(_there));
        var (heardHere, heardThere) = (new Heard<IHandleEvent>(), new Heard<IHandleEvent>());
        outbound.ReadHandlerSource.SetResult(heardHere);

        foreach (var number in Enumerable.Range(0, 50)) Assert.True(outbound.Write(ByteString.CopyFrom([.. Enumerable.Repeat((byte)number, 1000)])));
        outbound.Disassociate("the test is over", NoLogger.Instance);
        Assert.False(outbound.Write(ByteString.CopyFromUtf8("late")));
        var association = Assert.IsType<InboundAssociation>(await inbound.NextAsync()).Association;
        association.ReadHandlerSource.SetResult(heardThere);

        foreach (var number in Enumerable.Range(0, 50))
        {
            var payload = Assert.IsType<InboundPayload>(await heardThere.NextAsync()).Payload;
            Assert.Equal((1000, (byte)number, (byte)number), (payload.Length, payload[0], payload[^1]));
        }
        Assert.IsType<Disassociated>(await heardThere.NextAsync());
        Assert.IsType<Disassociated>(await heardHere.NextAsync());
        Assert.True(await calling.Shutdown());
        Assert.True(await called.Shutdown());
        Assert.True(heardHere.IsEmpty && heardThere.IsEmpty);
    }

    [Fact]
    public async Task A_full_queue_takes_no_more_until_the_other_side_reads()
    {
        await using var calling = new Peer(authority: null, provider: "local");
        var transport = calling.Transport();
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var association = await transport.Associate(Address.Parse($"tcp://coffer@{listener.LocalEndpoint}"));
        association.ReadHandlerSource.SetResult(new Heard<IHandleEvent>());
        using var called = await listener.AcceptTcpClientAsync();
        var payload = ByteString.CopyFrom(new byte[1 << 20]);

        // The system's own buffers hold some, too.
        var written = Enumerable.Range(0, 256).TakeWhile(_ => association.Write(payload)).Count();
        Assert.InRange(written, SocketAssociation.MaxQueued >> 20, 255);

        var reading = called.GetStream().CopyToAsync(Stream.Null);
        using var patience = new CancellationTokenSource(Peer.Patience);
        while (!association.Write(payload)) await Task.Delay(10, patience.Token);
        await transport.Shutdown();
        await reading;
    }

    [Fact]
    public async Task A_frame_that_is_too_long_is_not_sent()
    {
        var (calling, called) = (_here.Transport(), _there.Transport());
        await ListenAsync(called);
        var association = await calling.Associate(Underlying(_there));

        Assert.Throws<ArgumentOutOfRangeException>(() => association.Write(ByteString.CopyFrom(new byte[1_200_001])));

        await calling.Shutdown();
        await called.Shutdown();
    }

    [Fact]
    public async Task A_frame_that_is_too_long_ends_the_association_it_comes_by()
    {
        await using var peer = new Peer(authority: null, provider: "local");
        var transport = peer.Transport();
        var inbound = await ListenAsync(transport);
        using var caller = new TcpClient();
        await caller.ConnectAsync(IPAddress.Loopback, peer.Address.Port);
        await caller.GetStream().WriteAsync(new byte[] { 1, 0, 0, 0, 42 });
        var heard = new Heard<IHandleEvent>();
        Assert.IsType<InboundAssociation>(await inbound.NextAsync()).Association.ReadHandlerSource.SetResult(heard);
        Assert.IsType<InboundPayload>(await heard.NextAsync());

        // 1,200,001 bytes.
        await caller.GetStream().WriteAsync(new byte[] { 0x81, 0x4f, 0x12, 0 });

        Assert.IsType<Disassociated>(await heard.NextAsync());
        Assert.Equal(0, await caller.GetStream().ReadAsync(new byte[1]));
        await peer.SaysAsync("a frame is longer than 1200000 bytes");
        await transport.Shutdown();
    }

    [Fact]
    public async Task A_node_that_accepts_and_never_answers_is_given_up()
    {
        await using var impatient = new Peer(_authority, provider: "local", patience: "1s");
        var transport = impatient.Transport();
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();

        var e = await Assert.ThrowsAsync<InvalidAssociationException>(() => transport.Associate(Address.Parse($"ssl.tcp://coffer@{silent.LocalEndpoint}")));

        Assert.Equal("no connection within 1 s", e.Message);
        await transport.Shutdown();
    }

    [Fact]
    public async Task A_node_that_is_not_there_is_said_not_to_be()
    {
        var transport = _here.Transport();

        var e = await Assert.ThrowsAsync<InvalidAssociationException>(() => transport.Associate(Address.Parse("ssl.tcp://coffer@127.0.0.1:1")));

        Assert.Equal("Connection refused", e.Message);
        await transport.Shutdown();
    }

    [Fact]
    public async Task A_connection_that_says_nothing_is_closed_in_time()
    {
        await using var impatient = new Peer(_authority, provider: "local", patience: "1s");
        var transport = impatient.Transport();
        var inbound = await ListenAsync(transport);
        using var silent = new TcpClient();
        await silent.ConnectAsync(IPAddress.Loopback, impatient.Address.Port);

        Assert.Equal(0, await silent.GetStream().ReadAsync(new byte[1]));

        Assert.True(inbound.IsEmpty);
        await transport.Shutdown();
    }

    [Fact]
    public async Task An_association_that_nobody_listens_to_is_closed_in_time()
    {
        await using var impatient = new Peer(_authority, provider: "local", patience: "1s");
        var (calling, called) = (impatient.Transport(), _there.Transport());
        var inbound = await ListenAsync(called);
        var outbound = await calling.Associate(Underlying(_there));
        Assert.True(outbound.Write(ByteString.CopyFromUtf8("hello")));
        var heard = new Heard<IHandleEvent>();
        Assert.IsType<InboundAssociation>(await inbound.NextAsync()).Association.ReadHandlerSource.SetResult(heard);

        Assert.IsType<InboundPayload>(await heard.NextAsync());
        Assert.IsType<Disassociated>(await heard.NextAsync());

        await calling.Shutdown();
        await called.Shutdown();
    }

    [Fact]
    public async Task A_transport_that_was_shut_down_connects_to_none()
    {
        var (calling, called) = (_here.Transport(), _there.Transport());
        await ListenAsync(called);
        await calling.Shutdown();

        await Assert.ThrowsAsync<InvalidAssociationException>(() => calling.Associate(Underlying(_there)));

        await called.Shutdown();
        await called.Shutdown();
    }

    private static async Task<Heard<IAssociationEvent>> ListenAsync(SocketTransport transport)
    {
        var heard = new Heard<IAssociationEvent>();
        (await transport.Listen()).Item2.SetResult(heard);
        return heard;
    }

    // As Akka names it to the transport.
    private static Address Underlying(Peer peer) => Address.Parse($"ssl.tcp://coffer@{peer.Address}");
}
