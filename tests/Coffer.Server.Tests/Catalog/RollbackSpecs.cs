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

    [Fact]
    public async Task Shows_beforehand_what_it_would_change_and_no_value()
    {
        await _node.LoadAsync($"[clients]\nshop = \"{_node.Client.PublicKey}\"\nother = \"{_node.Stranger.PublicKey}\"\n[shop]\nPASSWORD = \"another\"\nTOKEN = 1\n");

        var compared = Assert.IsType<DefinitionComparison.Compared>(await _node.Rollback.CompareAsync(1, TestContext.Current.CancellationToken));

        Assert.Equal((2L, new LoadCounts(Added: 0, Changed: 1, Removed: 1, Unchanged: 0), (string?)null), (compared.Revision, compared.Counts, compared.File));
        Assert.Equal(
            new[] { "~ [shop] -> [client]", "~ [client] PASSWORD = <Text> -> <Text>", "+ [client] PORT = <Integer>", "- [client] TOKEN = <Integer>", $"- [other] {_node.Stranger.PublicKey}, 0 secrets" }.Order(),
            compared.Changes.Select(change => change.ToString()!).Order());
    }

    [Fact]
    public async Task Rolls_back_from_the_revision_alone_that_it_was_compared_with()
    {
        await _node.LoadAsync($"[clients]\nclient = \"{_node.Client.PublicKey}\"\n[client]\nPASSWORD = \"another\"\n");

        var refused = Assert.IsType<LoadOutcome.Refused>(await _node.AskAsync(new CatalogCommands.RollBack(1, Expected: 1)));
        var back = Assert.IsType<LoadOutcome.Loaded>(await _node.AskAsync(new CatalogCommands.RollBack(1, Expected: 2)));

        Assert.Equal((LoadRefusal.Busy, "revision 1 was compared with revision 1, but revision 2 counts now"), (refused.Cause, refused.Lines[0]));
        Assert.Equal(3, back.Revision);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    public async Task Says_beforehand_that_there_is_nothing_to_do_or_to_go_back_to(long revision)
    {
        var compared = Assert.IsType<DefinitionComparison.NotLoadable>(await _node.Rollback.CompareAsync(revision, TestContext.Current.CancellationToken));

        Assert.Equal(revision == 1 ? typeof(LoadOutcome.Unchanged) : typeof(LoadOutcome.Refused), compared.Outcome.GetType());
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
