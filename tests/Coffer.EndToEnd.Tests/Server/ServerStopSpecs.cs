namespace Coffer.EndToEnd.Tests.Server;

/// <summary>How a server ends, and what outlives it.</summary>
public sealed class ServerStopSpecs : IAsyncDisposable
{
    private readonly ServerBench _bench = new();

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task What_is_stored_survives_a_kill_and_is_served_without_a_definition()
    {
        var first = await _bench.ServeDefinitionAsync(_bench.OneClient("PORT = 5432"));
        await _bench.FetchAsync(first);
        await first.KillAsync();

        var second = await _bench.ServeAsync();

        Assert.Equal(["PORT"], (await _bench.FetchAsync(second)).Secrets.Select(secret => secret.Key));
    }
}
