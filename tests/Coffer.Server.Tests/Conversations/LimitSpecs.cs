using Coffer.Protocol.Messages;

namespace Coffer.Server.Tests.Conversations;

/// <summary>A node that takes two connections.</summary>
public sealed class SmallNode() : TestNode("coffer.limits.connections = 2");

/// <summary>A node that takes one connection of an address.</summary>
public sealed class SingleNode() : TestNode("coffer.limits.connections-per-address = 1");

/// <summary>Who comes beyond a limit is told that the server is busy, and who is in stays in.</summary>
public sealed class LimitSpecs(SmallNode small, SingleNode single) : IClassFixture<SmallNode>, IClassFixture<SingleNode>
{
    [Fact]
    public async Task The_connection_beyond_the_limit_is_told_busy()
    {
        await small.QuietAsync();
        using var first = await RawPeer.ConnectAsync(small.Address);
        await first.LinkAsync(small.Client, small.ServerKey);
        using var second = await RawPeer.ConnectAsync(small.Address);
        await second.LinkAsync(small.Client, small.ServerKey);

        using (var third = await RawPeer.ConnectAsync(small.Address))
            Assert.Equal(ErrorWord.Busy, await third.ReadErrorAsync(isSealed: false));

        await second.SendAsync(second.Bye(small.Client.PublicKey));
        await second.ReadEndAsync();
        await first.SendAsync(first.Bye(small.Client.PublicKey));
        await first.ReadEndAsync();
        await small.QuietAsync();
        await small.ServesAsBeforeAsync();
    }

    [Fact]
    public async Task The_second_connection_of_an_address_is_told_busy_where_one_is_the_limit()
    {
        await single.QuietAsync();
        using (var first = await RawPeer.ConnectAsync(single.Address))
        {
            await first.LinkAsync(single.Client, single.ServerKey);

            using var second = await RawPeer.ConnectAsync(single.Address);
            Assert.Equal(ErrorWord.Busy, await second.ReadErrorAsync(isSealed: false));

            await first.SendAsync(first.Bye(single.Client.PublicKey));
            await first.ReadEndAsync();
        }
        await single.QuietAsync();
        await single.ServesAsBeforeAsync();
    }
}
