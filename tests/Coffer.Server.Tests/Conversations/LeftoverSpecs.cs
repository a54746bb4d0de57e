using System.Security.Cryptography;

namespace Coffer.Server.Tests.Conversations;

/// <summary>What conversations leave behind. Run alone: the sockets that are counted are those of the whole process.</summary>
[Collection("alone")]
public sealed class LeftoverSpecs : IAsyncLifetime
{
    private readonly TestNode _node = new();

    public ValueTask InitializeAsync() => _node.InitializeAsync();

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Fact]
    public async Task No_actor_socket_or_descriptor_is_left_behind()
    {
        await _node.ServesAsBeforeAsync();
        await _node.QuietAsync();
        var before = TestNode.OpenDescriptors();

        for (var i = 0; i < 50; i++)
        {
            using var garbage = await RawPeer.ConnectAsync(_node.Address);
            await garbage.SendAsync(RandomNumberGenerator.GetBytes(200));
            using var reset = await RawPeer.ConnectAsync(_node.Address);
            await reset.LinkAsync(_node.Client, _node.ServerKey);
            reset.Reset();
            await _node.ServesAsBeforeAsync();
        }
        await _node.QuietAsync();

        // An actor that is gone has asked for its socket to be closed; the runtime does that a moment later.
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (TestNode.OpenDescriptors() > before) await Task.Delay(20, patience.Token);
    }
}
