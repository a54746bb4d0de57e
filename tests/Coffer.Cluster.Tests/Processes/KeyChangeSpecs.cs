using System.Text.Json;
using Coffer.Client;
using Coffer.Crypto.Keys;
using Coffer.EndToEnd.Tests.Server;

namespace Coffer.Cluster.Tests.Processes;

/// <summary>The server's key is changed by three rolling restarts, as docs/operations.md says, while a client that pins the old key and one that pins the new key fetch.</summary>
public sealed class KeyChangeSpecs : IAsyncLifetime
{
    private const string Secret = "not-a-real-secret";

    private ClusterBench _bench = null!;
    private KeyPair _new = null!;
    private RunningServer[] _nodes = [];

    public async ValueTask InitializeAsync()
    {
        _bench = await ClusterBench.CreateAsync();
        _new = _bench.MakeKey("new.pem");
    }

    public async ValueTask DisposeAsync()
    {
        await _bench.DisposeAsync();
        _new.Dispose();
    }

    [Fact]
    public async Task No_fetch_fails_while_every_node_is_restarted_with_the_new_key_beside_the_old_one_then_first_then_alone()
    {
        var (old, @new) = (_bench.FilePath("server.pem"), _bench.FilePath("new.pem"));
        _nodes = [.. await _bench.ServeAsync()];
        await _bench.LoadAsync(0, _bench.OneClient(Secret));

        await RestartAllAsync(old, second: @new, _bench.ServerKey);
        await RestartAllAsync(@new, second: old, _bench.ServerKey);
        await UntilSealedAsync();
        await RestartAllAsync(@new, second: null, _new.PublicKey);

        foreach (var node in _nodes) await FetchAsync([node], _new.PublicKey);
    }

    // One node after the other, while a client fetches from whichever node is there.
    private async Task RestartAllAsync(string key, string? second, PublicKey pinned)
    {
        for (var node = 0; node < _nodes.Length; node++)
        {
            using var isDone = new CancellationTokenSource();
            var fetching = FetchUntilAsync([.. _nodes.Where((_, other) => other != node)], pinned, isDone.Token);
            Assert.Equal(0, (await _nodes[node].StopAsync()).ExitCode);
            _nodes[node] = _bench.Start(node, ("--key", key), ("--second-key", second));
            await _nodes[node].ServingAsync();
            await FetchAsync([_nodes[node]], pinned);
            await isDone.CancelAsync();
            Assert.True(await fetching > 0);
        }
    }

    private async Task<int> FetchUntilAsync(RunningServer[] nodes, PublicKey pinned, CancellationToken isDone)
    {
        var fetches = 0;
        while (!isDone.IsCancellationRequested)
        {
            await FetchAsync(nodes, pinned);
            fetches++;
        }
        return fetches;
    }

    private async Task FetchAsync(RunningServer[] nodes, PublicKey pinned)
    {
        var servers = new List<ServerAddress>();
        foreach (var node in nodes)
        {
            Assert.True(ServerAddress.TryRead((await node.ServingAsync()).ToString(), out var address));
            servers.Add(address);
        }
        var outcome = await CofferClient.FetchAsync(new CofferClientOptions { Servers = servers, ServerKey = pinned, Key = _bench.Client, Timeout = TimeSpan.FromSeconds(30) }, TestContext.Current.CancellationToken);
        Assert.Equal(Secret, Assert.Single(Assert.IsType<FetchOutcome.Fetched>(outcome).Coffer.Secrets).Value.RevealText());
    }

    private async Task UntilSealedAsync()
    {
        using var patience = new CancellationTokenSource(RunningServer.Patience);
        while (JsonDocument.Parse((await _bench.ControlAsync(0, "coffer", "status", "--json")).Text).RootElement.GetProperty("leftToSeal").GetInt64() > 0)
            await Task.Delay(200, patience.Token);
    }
}
