using System.Net;
using System.Net.Sockets;
using Coffer.Crypto.Keys;
using Coffer.Protocol.Secrets;
using Xunit;

namespace Coffer.Client.Tests;

public sealed class ByeSpecs
{
    [Fact]
    public async Task A_coffer_that_was_fetched_stays_where_no_time_is_left_to_say_goodbye()
    {
        using var serverKey = KeyPair.Generate();
        using var key = KeyPair.Generate();
        await using var server = ScriptedServer.Serving(serverKey, OpenCoffer.Of([new("a", SecretValue.OfInteger(1))]));
        var address = FetchSpecs.Read(server.Address);
        using var wire = new WireWithoutTimeForBye(server.Port);
        await wire.ConnectAsync();
        using var conversation = new Conversation(wire, address, new() { Servers = [address], ServerKey = serverKey.PublicKey, Key = key });

        var (coffer, failure) = await conversation.FetchAsync();

        Assert.Null(failure);
        Assert.Equal(["a"], coffer!.Secrets.Select(s => s.Key));
    }

    /// <summary>A connection whose time is over once Hello and Get are sent and the answers have come.</summary>
    private sealed class WireWithoutTimeForBye(int port) : Wire(new IPEndPoint(IPAddress.Loopback, port))
    {
        private int _sent;

        internal override ValueTask ConnectAsync() => Socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), CancellationToken.None);

        internal override ValueTask<int> ReceiveAsync(Memory<byte> buffer) => Socket.ReceiveAsync(buffer);

        internal override ValueTask<int> SendAsync(ReadOnlyMemory<byte> bytes) => _sent++ < 2 ? Socket.SendAsync(bytes) : throw new OperationCanceledException();
    }
}
