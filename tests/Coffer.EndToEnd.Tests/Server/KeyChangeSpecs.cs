using System.Text.Json;
using Coffer.Client;
using Coffer.Crypto.Keys;
using Coffer.EndToEnd.Tests.Client;

namespace Coffer.EndToEnd.Tests.Server;

/// <summary>The server's key is changed, as docs/operations.md says, on a server with SQLite.</summary>
public sealed class KeyChangeSpecs : IAsyncDisposable
{
    private readonly ServerBench _bench = new();
    private readonly KeyPair _new;

    public KeyChangeSpecs() => _new = _bench.MakeKey("new.pem");

    public async ValueTask DisposeAsync()
    {
        await _bench.DisposeAsync();
        _new.Dispose();
    }

    [Fact]
    public async Task Clients_of_either_key_are_served_until_the_old_one_is_dropped_and_the_history_stays()
    {
        var before = await _bench.ServeDefinitionAsync(_bench.OneClient("PORT = 1"));
        await before.StopAsync();
        await (await _bench.ServeDefinitionAsync(_bench.OneClient("PORT = 2"))).StopAsync();

        _bench.Options["--key"] = _bench.FilePath("new.pem");
        var changing = await _bench.ServeAsync("--second-key", _bench.FilePath("server.pem"));
        Assert.Equal("2", await FetchAsync(changing, _new.PublicKey));
        Assert.Equal("2", await FetchAsync(changing, _bench.ServerKey));
        await changing.LineAsync(line => line.EndsWith($"all that is stored is sealed under server key {_new.PublicKey} now, and nothing under another one", StringComparison.Ordinal), "that all is sealed anew");
        var status = await StatusAsync();
        Assert.Equal(_new.PublicKey.ToString(), status.GetProperty("serverKey").GetString());
        Assert.Equal(_bench.ServerKey.ToString(), status.GetProperty("secondKey").GetString());
        Assert.Equal((0, 1), (status.GetProperty("leftToSeal").GetInt64(), status.GetProperty("secondKeyFetches").GetInt64()));
        Assert.Contains(changing.Log, line => line.EndsWith($"server key {_new.PublicKey}, second key {_bench.ServerKey}", StringComparison.Ordinal));
        await changing.StopAsync();

        var after = await _bench.ServeAsync();
        Assert.Equal("2", await FetchAsync(after, _new.PublicKey));
        Assert.IsType<FetchOutcome.Failed>(await _bench.TryFetchAsync(after, _bench.Client));
        var rolledBack = await _bench.ControlAsync("coffer", "rollback", "1", "--yes");
        Assert.True(rolledBack.ExitCode == 0, rolledBack.Error);
        Assert.Equal("1", await FetchAsync(after, _new.PublicKey));
        await after.StopAsync();

        _bench.Options["--key"] = _bench.FilePath("server.pem");
        var (error, hint) = await _bench.RefusalAsync(exitCode: 4);
        Assert.EndsWith($"the database was made under another server key, {_new.PublicKey}", error, StringComparison.Ordinal);
        Assert.Contains("--second-key", hint, StringComparison.Ordinal);
    }

    private async Task<string> FetchAsync(RunningServer server, PublicKey pinned) =>
        Assert.Single(Assert.IsType<FetchOutcome.Fetched>(await _bench.TryFetchAsync(server, _bench.Client, pinned)).Coffer.Secrets).Value.RevealAsText();

    private async Task<JsonElement> StatusAsync() => JsonDocument.Parse((await _bench.ControlAsync("coffer", "status", "--json")).Text).RootElement;
}
