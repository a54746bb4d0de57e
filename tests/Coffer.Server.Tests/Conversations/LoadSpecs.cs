using Coffer.Crypto.Keys;
using Coffer.Protocol.Frames;
using Coffer.Protocol.Messages;

namespace Coffer.Server.Tests.Conversations;

/// <summary>Definitions that change while clients are linked.</summary>
public sealed class LoadSpecs : IAsyncLifetime
{
    private readonly TestNode _node = new();

    public ValueTask InitializeAsync() => _node.InitializeAsync();

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Fact]
    public async Task A_client_removed_between_Link_and_Get_gets_Error_revoked()
    {
        using var peer = await RawPeer.ConnectAsync(_node.Address);
        await peer.LinkAsync(_node.Client, _node.ServerKey);
        using var other = KeyPair.Generate();
        await _node.LoadAsync($"[clients]\nother = \"{other.PublicKey}\"\n");

        await peer.SendAsync(peer.Get());

        Assert.Equal(ErrorWord.Revoked, await peer.ReadErrorAsync(isSealed: true));
    }

    [Fact]
    public async Task A_client_removed_is_not_known_any_more_and_known_again_when_it_comes_back()
    {
        await _node.ServesAsBeforeAsync();
        using var other = KeyPair.Generate();
        var removed = await _node.LoadAsync($"[clients]\nother = \"{other.PublicKey}\"\n");
        using var peer = await RawPeer.ConnectAsync(_node.Address);
        await peer.SendAsync(peer.Hello(_node.Client, _node.ServerKey));
        var (type, body) = await peer.ReadFrameAsync();
        Assert.Equal(HelloAnswer.KeyNotFound, peer.ReadAnswer(type, body, _node.Client.PublicKey));

        var back = await _node.LoadAsync($"""
            [clients]
            client = "{_node.Client.PublicKey}"
            other = "{other.PublicKey}"
            [client]
            PASSWORD = "not-a-real-secret"
            PORT = 5432
            """);

        Assert.Equal(new(Added: 1, Changed: 0, Removed: 1, Unchanged: 0), removed.Counts);
        Assert.Equal(new(Added: 1, Changed: 0, Removed: 0, Unchanged: 1), back.Counts);
        await _node.ServesAsBeforeAsync();
    }

    [Fact]
    public async Task A_fetch_after_a_load_gets_the_new_coffer_and_an_untouched_client_costs_no_row()
    {
        await _node.ServesAsBeforeAsync();
        using var other = KeyPair.Generate();
        var clients = $"[clients]\nclient = \"{_node.Client.PublicKey}\"\nother = \"{other.PublicKey}\"\n[client]\nPASSWORD = \"not-a-real-secret\"\nPORT = 5432\n[other]\n";
        await _node.LoadAsync(clients + "A = 1\n");

        var changed = await _node.LoadAsync(clients + "A = 2\n");

        Assert.Equal(new(Added: 0, Changed: 1, Removed: 0, Unchanged: 1), changed.Counts);
        await _node.ServesAsBeforeAsync();
    }
}
