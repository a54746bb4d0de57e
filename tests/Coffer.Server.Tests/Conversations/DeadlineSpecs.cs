using Coffer.Protocol.Frames;
using Coffer.Protocol.Messages;

namespace Coffer.Server.Tests.Conversations;

/// <summary>A node that waits a second for each message.</summary>
public sealed class HastyNode() : TestNode("coffer.limits { hello = 1s, get = 1s, bye = 1s }");

/// <summary>A client that says nothing is told so, in every state.</summary>
public sealed class DeadlineSpecs(HastyNode node) : IClassFixture<HastyNode>
{
    [Fact]
    public async Task A_client_that_never_says_Hello_is_told_that_it_took_too_long()
    {
        using var peer = await RawPeer.ConnectAsync(node.Address);

        Assert.Equal(ErrorWord.Timeout, await peer.ReadErrorAsync(isSealed: false));
    }

    [Fact]
    public async Task Beginning_a_Hello_gives_no_more_time()
    {
        using var peer = await RawPeer.ConnectAsync(node.Address);

        await peer.SendAsync(peer.Hello(node.Client, node.ServerKey)[..50]);

        Assert.Equal(ErrorWord.Timeout, await peer.ReadErrorAsync(isSealed: false));
    }

    [Fact]
    public async Task A_client_that_does_not_ask_after_Link_is_told_so_under_seal()
    {
        using var peer = await RawPeer.ConnectAsync(node.Address);
        await peer.LinkAsync(node.Client, node.ServerKey);

        Assert.Equal(ErrorWord.Timeout, await peer.ReadErrorAsync(isSealed: true));
    }

    [Fact]
    public async Task A_client_that_never_says_Bye_is_told_so_under_seal()
    {
        using var peer = await RawPeer.ConnectAsync(node.Address);
        await peer.LinkAsync(node.Client, node.ServerKey);
        await peer.SendAsync(peer.Get());
        var (type, body) = await peer.ReadFrameAsync();
        Assert.Equal(MessageType.OkGet, type);
        Assert.True(SealedMessage.TryRead(peer.Transport, type, body, new byte[body.Length], out _));

        Assert.Equal(ErrorWord.Timeout, await peer.ReadErrorAsync(isSealed: true));
    }
}
