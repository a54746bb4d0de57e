using System.Net;
using Coffer.Server.Metrics;
using Microsoft.AspNetCore.Connections;

namespace Coffer.Server.Tests.Metrics;

/// <summary>How many connections of the metrics port one address may hold.</summary>
public sealed class ConnectionsPerAddressSpecs
{
    private const int Limit = 2;

    private readonly ConnectionDelegate _guarded;
    private readonly TaskCompletionSource _end = new();
    private int _served;

    public ConnectionsPerAddressSpecs() => _guarded = new ConnectionsPerAddress(Limit).Guard(_ =>
    {
        _served++;
        return _end.Task;
    });

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1", "192.0.2.2")]
    [InlineData("192.0.2.1", "::ffff:192.0.2.1", "::ffff:192.0.2.2")]
    [InlineData("2001:db8::1", "2001:db8::1", "2001:db8::2")]
    public void Closes_what_one_address_wants_beyond_its_part_and_takes_from_others(string one, string same, string other)
    {
        for (var i = 0; i < Limit; i++) Assert.False(Connect(one).IsCompleted);

        Assert.True(Connect(same).IsCompletedSuccessfully);
        Assert.Equal(Limit, _served);
        Assert.False(Connect(other).IsCompleted);
        Assert.Equal(Limit + 1, _served);
    }

    [Fact]
    public async Task Takes_from_an_address_again_whose_connections_have_ended()
    {
        var held = Enumerable.Range(0, Limit).Select(_ => Connect("192.0.2.1")).ToArray();
        await Connect("192.0.2.1");
        _end.SetException(new IOException("reset"));
        foreach (var connection in held) await Assert.ThrowsAsync<IOException>(() => connection);

        await Assert.ThrowsAsync<IOException>(() => Connect("192.0.2.1"));

        Assert.Equal(Limit + 1, _served);
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("::1")]
    public void Takes_any_number_from_the_machine_itself(string loopback)
    {
        for (var i = 0; i < 2 * Limit; i++) Assert.False(Connect(loopback).IsCompleted);

        Assert.Equal(2 * Limit, _served);
    }

    private Task Connect(string address) => _guarded(new DefaultConnectionContext { RemoteEndPoint = new IPEndPoint(IPAddress.Parse(address), 40000) });
}
