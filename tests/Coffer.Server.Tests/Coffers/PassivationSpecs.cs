using Coffer.Server.Tests.Catalog;

namespace Coffer.Server.Tests.Coffers;

/// <summary>An entity that nobody asks leaves memory, after the time that is configured, and comes back with the next question.</summary>
public sealed class PassivationSpecs : IAsyncLifetime
{
    private readonly WatchedNode _node = new("coffer.coffers.passivate-after = 1s");

    public ValueTask InitializeAsync() => _node.InitializeAsync();

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Fact]
    public async Task An_idle_entity_leaves_memory_and_is_read_again()
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(60));
        await _node.ServesAsBeforeAsync();
        Assert.Equal(1, _node.Store.FindsOf(_node.Client.PublicKey));

        while (_node.LiveEntities > 0) await Task.Delay(50, patience.Token);
        await _node.ServesAsBeforeAsync();

        Assert.Equal(2, _node.Store.FindsOf(_node.Client.PublicKey));
    }
}
