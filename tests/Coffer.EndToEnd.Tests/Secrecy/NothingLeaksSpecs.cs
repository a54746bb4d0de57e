using System.Globalization;
using System.Security.Cryptography;
using Coffer.Client;
using Coffer.Crypto.Keys;
using Coffer.EndToEnd.Tests.Client;
using Coffer.EndToEnd.Tests.Server;
using Coffer.Operations;
using Coffer.Server.Tests.Conversations;

namespace Coffer.EndToEnd.Tests.Secrecy;

/// <summary>Everything is driven with canaries for secrets, and everything that was written is searched for them.</summary>
public sealed class NothingLeaksSpecs : IAsyncDisposable
{
    // All that Akka can be made to say of messages: those that arrive nowhere it writes with their content.
    private const string Talkative = """
        akka {
          log-dead-letters = on
          log-dead-letters-during-shutdown = on
          actor.debug { receive = on, autoreceive = on, unhandled = on, lifecycle = on, event-stream = on }
        }
        """;

    private readonly ServerBench _bench = new();
    private readonly Canaries _canaries = new();
    private readonly string _text = "canary-" + RandomNumberGenerator.GetHexString(32, lowercase: true);
    private readonly string _lines = RandomNumberGenerator.GetHexString(24);
    private readonly string _rolledBack = "canary-" + RandomNumberGenerator.GetHexString(32, lowercase: true);
    private readonly string _refused = "canary-" + RandomNumberGenerator.GetHexString(32, lowercase: true);
    private readonly long _integer = RandomNumberGenerator.GetInt32(int.MaxValue) * 1_000_000_007L + 1_000_000_000_000_000_000L;
    private int _answers;

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task No_secret_and_no_secret_key_is_in_anything_that_is_written()
    {
        _canaries.Plant("a text", _text);
        _canaries.Plant("a line of a text", _lines);
        _canaries.Plant("a text that was rolled back", _rolledBack);
        _canaries.Plant("a text of a definition that was refused", _refused);
        _canaries.Plant("a number", _integer.ToString(CultureInfo.InvariantCulture));
        foreach (var file in new[] { "server.pem", "companion.pem", "client.pem" }) _canaries.Plant($"the secret key in {file}", SecretKeyIn(file));
        using var stranger = KeyPair.Generate();

        var server = await StartAsync("text", "--definition", _bench.Seal(Definition(_text)));
        await FetchAsync(server, stranger);
        await CompanionAsync();
        await OperateAsync();
        CollectFiles("while it serves");
        await CollectPagesAsync(server);

        // A crash, after which it serves what was stored; then a definition that is bad, and an end in order.
        Collect("the first server", await server.KillAsync());
        CollectFiles("after a crash");
        server = await StartAsync("json");
        await FetchAsync(server, stranger);
        await AskAsync("coffer", "load", _bench.Seal(Bad(), "bad.coffer"), "--yes");
        await AskAsync("cluster", "leave");
        var ended = await server.StopAsync();
        Collect("the second server", ended);
        CollectFiles("after the end");

        Assert.Empty(_canaries.Found());
        Assert.Contains(_canaries.Places, place => place.Contains("coffer.db-wal", StringComparison.Ordinal));
        Assert.Contains(_canaries.Places, place => place.Contains("audit.jsonl", StringComparison.Ordinal));
    }

    private string Definition(string text) => _bench.OneClient($"TEXT = \"{text}\"", $"LINES = \"\"\"\nfirst\n{_lines}\n\"\"\"", $"NUMBER = {_integer}");

    // A value that cannot be, one that is cut off, and one in a place where none may stand.
    private string Bad() => Definition(_text) + $"NESTED = [\"{_refused}\"]\nTWICE = \"{_refused}\"\nTWICE = \"{_refused}\"\nOPEN = \"{_refused}\n\"{_refused}\"\n";

    private async Task<RunningServer> StartAsync(string logFormat, params string[] arguments)
    {
        _bench.Options["--metrics"] = "127.0.0.1:0";
        await File.WriteAllTextAsync(_bench.FilePath("talkative.conf"), Talkative, TestContext.Current.CancellationToken);
        return await _bench.ServeAsync(["--log-level", "debug", "--log-format", logFormat, "--config", _bench.FilePath("talkative.conf"), .. arguments]);
    }

    // Fetches, strangers, garbage, and connections that are gone when their coffer comes.
    private async Task FetchAsync(RunningServer server, KeyPair stranger)
    {
        var address = await server.ServingAsync();
        await _bench.FetchAsync(server);
        Assert.IsType<FetchOutcome.Failed>(await _bench.TryFetchAsync(server, stranger));
        using (var garbage = await RawPeer.ConnectAsync(address))
        {
            await garbage.SendAsync(RawPeer.Plain(0x7f, 3));
            await garbage.ReadErrorAsync(isSealed: false);
        }
        // The coffer of some of them comes too late, and is a dead letter; of which cannot be told beforehand.
        for (var i = 0; i < 200; i++)
        {
            using var peer = await RawPeer.ConnectAsync(address);
            await peer.LinkAsync(_bench.Client, _bench.ServerKey);
            await peer.SendAsync(peer.Get());
            peer.Reset();
        }

        var environment = new[] { "run", "--server", address.ToString(), "--server-key", _bench.ServerKey.ToString(), "--key", _bench.FilePath("client.pem"), "--", "true" };
        var run = await _bench.RunAsync(Programs.Client, environment);
        Collect("coffer-client run", run);
        Assert.Equal(0, run.ExitCode);

        // What 'get' prints is the secret itself, on stdout; what it says is not.
        _canaries.Collect("coffer-client get's stderr", (await _bench.RunAsync(Programs.Client, [.. environment.Select(word => word == "run" ? "get" : word).TakeWhile(word => word != "--")])).Error);
    }

    private async Task CompanionAsync()
    {
        await File.WriteAllTextAsync(_bench.FilePath("old.toml"), Definition(_text), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(_bench.FilePath("new.toml"), Definition(_rolledBack), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(_bench.FilePath("bad.toml"), Bad(), TestContext.Current.CancellationToken);
        string[][] calls =
        [
            ["keygen", "another.pem"], ["public", "client.pem"], ["check", "old.toml"], ["check", "bad.toml"], ["diff", "old.toml", "new.toml"],
            ["seal", "old.toml", "--key", "companion.pem", "--server-key", _bench.ServerKey.ToString(), "--out", "sealed.coffer"],
            ["seal", "bad.toml", "--key", "companion.pem", "--server-key", _bench.ServerKey.ToString(), "--out", "refused.coffer"],
        ];
        foreach (var call in calls) Collect($"coffer-companion {call[0]}", await _bench.RunAsync(Programs.Companion, call));
        _canaries.Plant("the secret key that keygen wrote", SecretKeyIn("another.pem"));
        _canaries.Collect("the sealed definition", await File.ReadAllBytesAsync(_bench.FilePath("sealed.coffer"), TestContext.Current.CancellationToken));
    }

    private async Task OperateAsync()
    {
        var newer = _bench.Seal(Definition(_rolledBack), "newer.coffer");
        Assert.Equal(0, (await AskAsync("coffer", "load", newer, "--dry-run")).ExitCode);
        Assert.Equal(0, (await AskAsync("coffer", "load", newer, "--yes")).ExitCode);
        Assert.NotEqual(0, (await AskAsync("coffer", "load", _bench.Seal(Bad(), "bad.coffer"), "--yes")).ExitCode);
        Assert.NotEqual(0, (await AskAsync("coffer", "load", _bench.FilePath("bad.toml"), "--yes")).ExitCode);

        // Every verb there is; what needs an argument has it here, and what would follow for good ends by itself.
        var client = _bench.Client.PublicKey.ToString();
        var arguments = new Dictionary<string, string[]>
        {
            ["coffer load"] = ["--yes"],
            ["coffer client"] = ["client"],
            ["coffer rollback"] = ["1", "--yes"],
            ["coffer revoke"] = ["client"],
            ["coffer restore"] = [client],
            ["coffer audit tail"] = ["--once", "--last", "10000"],
            ["cluster join"] = ["127.0.0.1:1"],
            ["cluster down"] = ["127.0.0.1:1"],
            ["sharding locate"] = [client],
            ["log tail"] = ["--once", "--last", "10000"],
            ["log level"] = ["debug"],
        };
        foreach (var operation in OperationCatalogue.Operations)
        {
            // The first would end the node in the middle, the second only follows; both have been seen to write what the others do.
            if (operation.Name is "cluster leave" or "cluster tail") continue;
            await AskAsync([.. operation.Name.Split(' '), .. arguments.GetValueOrDefault(operation.Name, [])]);
            await AskAsync([.. operation.Name.Split(' '), .. arguments.GetValueOrDefault(operation.Name, []), "--json"]);
        }
    }

    private async Task<Ended> AskAsync(params string[] arguments)
    {
        var ended = await _bench.ControlAsync(arguments);
        Collect($"answer {++_answers}, coffer-ctl {string.Join(' ', arguments.Take(3))}", ended);
        return ended;
    }

    private async Task CollectPagesAsync(RunningServer server)
    {
        var line = await server.LineAsync(line => line.Contains("metrics and health on ", StringComparison.Ordinal), "of the metrics");
        using var http = new HttpClient { BaseAddress = new Uri(line[(line.LastIndexOf(' ') + 1)..]) };
        foreach (var page in new[] { "/metrics", "/health/live", "/health/ready" })
        {
            using var answer = await http.GetAsync(page, TestContext.Current.CancellationToken);
            _canaries.Collect(page, await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        }
    }

    private void CollectFiles(string when)
    {
        foreach (var file in Directory.EnumerateFiles(_bench.DataDirectory, "*", SearchOption.AllDirectories))
        {
            // A socket has no content.
            if (Path.GetFileName(file) != "control.sock") _canaries.Collect($"{Path.GetFileName(file)} {when}", ServerBench.ReadHeld(file));
        }
    }

    private void Collect(string what, Ended ended)
    {
        _canaries.Collect($"{what}: stdout", ended.Output);
        _canaries.Collect($"{what}: stderr", ended.Error);
    }

    // RFC 8410: the key is the last 32 bytes of the DER.
    private byte[] SecretKeyIn(string file) =>
        Convert.FromBase64String(string.Concat(File.ReadAllLines(_bench.FilePath(file)).Where(line => !line.StartsWith('-'))))[^32..];
}
