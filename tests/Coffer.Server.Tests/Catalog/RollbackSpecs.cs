using Coffer.Protocol.Frames;
using Coffer.Server.Catalog;
using Coffer.Server.Tests.Conversations;

namespace Coffer.Server.Tests.Catalog;

/// <summary>Going back to an earlier revision, over a real node.</summary>
public sealed class RollbackSpecs : IAsyncLifetime
{
    private readonly TestNode _node = new();

    public ValueTask InitializeAsync() => _node.InitializeAsync();

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Fact]
    public async Task Serves_what_the_earlier_revision_had_as_a_revision_of_its_own()
    {
        await _node.ServesAsBeforeAsync();
        await _node.LoadAsync($"[clients]\nclient = \"{_node.Client.PublicKey}\"\nother = \"{_node.Stranger.PublicKey}\"\n[client]\nPASSWORD = \"another\"\n");

        var back = Assert.IsType<LoadOutcome.Loaded>(await _node.AskAsync(new CatalogCommands.RollBack(1)));

        Assert.Equal(3, back.Revision);
        Assert.Equal(new LoadCounts(Added: 0, Changed: 1, Removed: 1, Unchanged: 0), back.Counts);
        await _node.ServesAsBeforeAsync();
    }

    [Fact]
    public async Task Of_what_counts_already_is_nothing_to_do()
    {
        Assert.IsType<LoadOutcome.Unchanged>(await _node.AskAsync(new CatalogCommands.RollBack(1)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(-1)]
    public async Task To_a_revision_that_is_not_kept_is_refused(long revision)
    {
        var refused = Assert.IsType<LoadOutcome.Refused>(await _node.AskAsync(new CatalogCommands.RollBack(revision)));

        Assert.Equal(LoadRefusal.NotFound, refused.Cause);
        Assert.Equal($"revision {revision} is not kept, expected 1 to 1", refused.Lines[0]);
    }

    [Fact]
    public async Task Does_not_let_a_revoked_client_in_again()
    {
        await _node.LoadAsync($"[clients]\nclient = \"{_node.Client.PublicKey}\"\n[client]\nPASSWORD = \"another\"\n");
        await _node.AskAsync(new CatalogCommands.Revoke(_node.Client.PublicKey));

        await _node.AskAsync(new CatalogCommands.RollBack(1));

        using var peer = await RawPeer.ConnectAsync(_node.Address);
        await peer.SendAsync(peer.Hello(_node.Client, _node.ServerKey));
        Assert.Equal(MessageType.KeyNotFound, (await peer.ReadFrameAsync()).Type);
    }
}
