using Coffer.Client;
using Coffer.EndToEnd.Tests.Server;

namespace Coffer.EndToEnd.Tests.Catalog;

/// <summary>A revocation outlives the server and what is loaded later.</summary>
public sealed class RevocationSpecs : IAsyncDisposable
{
    private readonly ServerBench _bench = new();

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task A_revoked_client_stays_cut_off_through_a_restart_and_a_load_until_it_is_restored()
    {
        _bench.Options["--definition"] = _bench.Seal(_bench.OneClient("A = 1"));
        var server = await _bench.ServeAsync();
        await _bench.FetchAsync(server);

        await ControlSocket.PostAsync(_bench.DataDirectory, "coffer/revoke?client=client");
        Assert.IsNotType<FetchOutcome.Fetched>(await _bench.TryFetchAsync(server, _bench.Client));

        await server.StopAsync();
        server = await _bench.ServeAsync();
        Assert.IsNotType<FetchOutcome.Fetched>(await _bench.TryFetchAsync(server, _bench.Client));

        _bench.Seal(_bench.OneClient("A = 2"));
        await server.SignalAsync("HUP");
        await server.LineAsync(line => line.Contains("revision 3 counts", StringComparison.Ordinal), "about the load");
        Assert.IsNotType<FetchOutcome.Fetched>(await _bench.TryFetchAsync(server, _bench.Client));

        await ControlSocket.PostAsync(_bench.DataDirectory, "coffer/restore?client=client");
        Assert.Equal(2, (await _bench.FetchAsync(server)).Find("A")!.RevealInteger());
    }
}
