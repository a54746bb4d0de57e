using Coffer.Protocol.Messages;
using Coffer.Server.Catalog;
using Coffer.Server.Tests.Conversations;

namespace Coffer.Server.Tests.Catalog;

/// <summary>Revoking and restoring, over a real node and real connections.</summary>
public sealed class RevocationSpecs : IAsyncLifetime
{
    private readonly TestNode _node = new();

    public ValueTask InitializeAsync() => _node.InitializeAsync();

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Fact]
    public async Task Ends_an_open_session_of_the_client_at_once()
    {
        using var linked = await RawPeer.ConnectAsync(_node.Address);
        await linked.LinkAsync(_node.Client, _node.ServerKey);

        Assert.IsType<LoadOutcome.Loaded>(await _node.AskAsync(new CatalogCommands.Revoke(_node.Client.PublicKey)));

        Assert.Equal(ErrorWord.Revoked, await linked.ReadErrorAsync(isSealed: true));
    }

    [Fact]
    public async Task A_revoked_client_is_not_known_through_a_load_until_it_is_restored()
    {
        await _node.ServesAsBeforeAsync();
        await _node.AskAsync(new CatalogCommands.Revoke(_node.Client.PublicKey));
        Assert.Equal(HelloAnswer.KeyNotFound, await GreetAsync());

        await _node.LoadAsync($"[clients]\nclient = \"{_node.Client.PublicKey}\"\n[client]\nPASSWORD = \"another\"\n");
        Assert.Equal(HelloAnswer.KeyNotFound, await GreetAsync());

        await _node.AskAsync(new CatalogCommands.Restore(_node.Client.PublicKey));
        Assert.Equal(HelloAnswer.Link, await GreetAsync());
    }

    [Fact]
    public async Task A_key_that_is_in_no_definition_any_more_can_be_revoked_and_no_rollback_brings_it_back()
    {
        await _node.LoadAsync($"[clients]\nanother = \"{_node.Stranger.PublicKey}\"\n");

        Assert.IsType<LoadOutcome.Loaded>(await _node.AskAsync(new CatalogCommands.Revoke(_node.Client.PublicKey)));
        Assert.IsType<LoadOutcome.Loaded>(await _node.AskAsync(new CatalogCommands.RollBack(1)));

        Assert.Equal(HelloAnswer.KeyNotFound, await GreetAsync());
    }

    [Fact]
    public async Task Says_what_there_was_nothing_to_do_about()
    {
        var client = _node.Client.PublicKey;
        Assert.IsType<LoadOutcome.Unchanged>(await _node.AskAsync(new CatalogCommands.Restore(client)));
        Assert.IsType<LoadOutcome.Loaded>(await _node.AskAsync(new CatalogCommands.Revoke(client)));
        Assert.IsType<LoadOutcome.Unchanged>(await _node.AskAsync(new CatalogCommands.Revoke(client)));
    }

    private async Task<HelloAnswer> GreetAsync()
    {
        using var peer = await RawPeer.ConnectAsync(_node.Address);
        await peer.SendAsync(peer.Hello(_node.Client, _node.ServerKey));
        var (type, body) = await peer.ReadFrameAsync();
        return peer.ReadAnswer(type, body, _node.Client.PublicKey);
    }
}
