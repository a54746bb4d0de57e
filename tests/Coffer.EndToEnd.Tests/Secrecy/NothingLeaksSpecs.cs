using System.Net;
using System.Security.Cryptography;
using Coffer.Client;
using Coffer.Crypto.Keys;
using Coffer.EndToEnd.Tests.Client;
using Coffer.EndToEnd.Tests.Server;
using Coffer.Operations;
using Coffer.Operations.Palettes;
using Coffer.Protocol.Messages;
using Coffer.Server.Tests.Conversations;
using Coffer.Tests.Shared;

namespace Coffer.EndToEnd.Tests.Secrecy;

/// <summary>Everything is driven with canaries for secrets, and everything that was written is searched for them.</summary>
[Takes(seconds: 20)]
public sealed class NothingLeaksSpecs : IAsyncDisposable
{
    private readonly ServerBench _bench = new();
    private readonly Canaries _canaries = new();
    private readonly string _text = Canaries.NewText();
    private readonly string _lines = RandomNumberGenerator.GetHexString(24);
    private readonly string _rolledBack = Canaries.NewText();
    private readonly string _refused = Canaries.NewText();
    private readonly string _crashed = Canaries.NewText();
    private readonly long _integer = Canaries.NewNumber();
    private int _answers;

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task No_secret_and_no_secret_key_is_in_anything_that_is_written()
    {
        _canaries.Plant("a text", _text);
        _canaries.Plant("a line of a text", _lines);
        _canaries.Plant("a text that was rolled back", _rolledBack);
        _canaries.Plant("a text of a definition that was refused", _refused);
        _canaries.Plant("a text of a load that a crash ended", _crashed);
        _canaries.Plant("a number", _integer);
        _canaries.PlantKeysOf(_bench.FilePath);
        using var stranger = KeyPair.Generate();

        var server = await StartAsync("text", "--definition", _bench.Seal(Definition(_text)));
        await FetchAsync(server, stranger);
        await CompanionAsync();
        await OperateAsync();
        CollectFiles("while it serves");
        await CollectPagesAsync(server);

        // Two crashes, the second one in the middle of a load; then it serves what was stored, gets a definition that is bad, and ends in order.
        _canaries.Collect("the first server", await server.KillAsync());
        CollectFiles("after a crash");
        await CrashInALoadAsync();
        server = await StartAsync("json");
        await FetchAsync(server, stranger);
        Assert.Equal(1, (await AskAsync("coffer", "load", _bench.Seal(Bad(), "bad.coffer"), "--yes")).ExitCode);
        _canaries.Collect("the second server", await server.StopAsync());
        CollectFiles("after the end");

        Assert.Empty(_canaries.Found());
        Assert.Contains(_canaries.Places, place => place.Contains("coffer.db-wal", StringComparison.Ordinal));
        Assert.Contains(_canaries.Places, place => place.Contains("audit.jsonl", StringComparison.Ordinal));
    }

    private string Definition(string text) => _bench.OneClient($"TEXT = \"{text}\"", $"LINES = \"\"\"\nfirst\n{_lines}\n\"\"\"", $"NUMBER = {_integer}");

    // A value that cannot be, one that is cut off, and one in a place where none may stand.
    private string Bad() => Definition(_text) + $"NESTED = [\"{_refused}\"]\nTWICE = \"{_refused}\"\nTWICE = \"{_refused}\"\nOPEN = \"{_refused}\n\"{_refused}\"\n";

    // The database holds two megabytes back, and writes what is more before the load is whole.
    private string Large()
    {
        var others = Enumerable.Range(0, 8).Select(i => (Name: $"other-{i}", Key: NewKey())).ToArray();
        return Definition(_crashed).Replace("[client]\n", string.Concat(others.Select(other => $"{other.Name} = \"{other.Key}\"\n")) + "[client]\n", StringComparison.Ordinal)
            + string.Concat(others.Select(other => $"[{other.Name}]\nTEXT = \"{_crashed}{new string('-', 900_000)}\"\n"));
    }

    private static PublicKey NewKey()
    {
        using var pair = KeyPair.Generate();
        return pair.PublicKey;
    }

    private async Task<RunningServer> StartAsync(string logFormat, params string[] arguments) => await _bench.ServeAsync([.. await SayAllAsync(logFormat), .. arguments]);

    private async Task<string[]> SayAllAsync(string logFormat)
    {
        _bench.Options["--metrics"] = "127.0.0.1:0";
        await File.WriteAllTextAsync(_bench.FilePath("talkative.conf"), Talkative.Config + "\ncoffer.limits.coffer = 2s\n", TestContext.Current.CancellationToken);
        return ["--log-level", "debug", "--log-format", logFormat, "--config", _bench.FilePath("talkative.conf")];
    }

    private async Task CrashInALoadAsync()
    {
        var server = _bench.StartWithFailpoint("in-transaction", await SayAllAsync("text"));
        await server.ServingAsync();
        var load = await AskAsync("coffer", "load", _bench.Seal(Large(), "large.coffer"), "--yes");
        var ended = await server.EndedAsync();
        _canaries.Collect("the server that died in a load", ended);
        CollectFiles("after a crash in a load");

        // The answer was cut off, by SIGKILL.
        Assert.Equal((5, 137), (load.ExitCode, ended.ExitCode));
        Assert.True(new FileInfo(Path.Combine(_bench.DataDirectory, "coffer.db-wal")).Length > 2_000_000, "nothing of the load was written when the server died");
    }

    // One whose coffer comes too late, fetches, strangers, garbage.
    private async Task FetchAsync(RunningServer server, KeyPair stranger)
    {
        var address = await server.ServingAsync();
        await GetTooSoonAsync(server, address);
        await _bench.FetchAsync(server);
        Assert.IsType<FetchOutcome.Failed>(await _bench.TryFetchAsync(server, stranger));
        using (var garbage = await RawPeer.ConnectAsync(address))
        {
            await garbage.SendAsync(RawPeer.Plain(0x7f, 3));
            await garbage.ReadErrorAsync(isSealed: false);
        }

        var environment = new[] { "run", "--server", address.ToString(), "--server-key", _bench.ServerKey.ToString(), "--key", _bench.FilePath("client.pem"), "--", "true" };
        var run = await _bench.RunAsync(Programs.Client, environment);
        _canaries.Collect("coffer-client run", run);
        Assert.Equal(0, run.ExitCode);

        // What 'get' prints is the secret itself, on stdout; what it says is not.
        var get = await _bench.RunAsync(Programs.Client, [.. environment.Select(word => word == "run" ? "get" : word).TakeWhile(word => word != "--")]);
        _canaries.Collect("coffer-client get's stderr", get.Error);
        Assert.Equal(0, get.ExitCode);
    }

    // A coffer that the database gives only once its client was told that it is unavailable: nobody waits for it any more, and it is a dead letter, which the log shows with its content.
    private async Task GetTooSoonAsync(RunningServer server, IPEndPoint address)
    {
        using var peer = await RawPeer.ConnectAsync(address);
        await peer.LinkAsync(_bench.Client, _bench.ServerKey);
        await using (var index = new FileStream(Path.Combine(_bench.DataDirectory, "coffer.db-shm"), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite))
        {
            await HoldReadersAsync(index);
            await peer.SendAsync(peer.Get());
            Assert.Equal(ErrorWord.Unavailable, await peer.ReadErrorAsync(isSealed: true));
        }
        await Talkative.DeadLetterAsync(server);
    }

    // Until the file is closed. SQLite has its readers lock one of these five bytes, https://sqlite.org/walformat.html#wal_locks, and try for ten seconds.
    private static async Task HoldReadersAsync(FileStream index)
    {
        using var patience = new CancellationTokenSource(RunningServer.Patience);
        while (true)
        {
            try
            {
                index.Lock(123, 5);
                return;
            }
            catch (IOException)
            {
                // One reads just now.
                await Task.Delay(20, patience.Token);
            }
        }
    }

    private async Task CompanionAsync()
    {
        await File.WriteAllTextAsync(_bench.FilePath("old.toml"), Definition(_text), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(_bench.FilePath("new.toml"), Definition(_rolledBack), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(_bench.FilePath("bad.toml"), Bad(), TestContext.Current.CancellationToken);
        (int ExitCode, string[] Arguments)[] calls =
        [
            (0, ["keygen", "another.pem"]), (0, ["public", "client.pem"]), (0, ["check", "old.toml"]), (1, ["check", "bad.toml"]), (1, ["diff", "old.toml", "new.toml"]),
            (0, ["seal", "old.toml", "--key", "companion.pem", "--server-key", _bench.ServerKey.ToString(), "--out", "sealed.coffer"]),
            (1, ["seal", "bad.toml", "--key", "companion.pem", "--server-key", _bench.ServerKey.ToString(), "--out", "refused.coffer"]),
        ];
        foreach (var (exitCode, arguments) in calls)
        {
            var ended = await _bench.RunAsync(Programs.Companion, arguments);
            _canaries.Collect($"coffer-companion {arguments[0]}", ended);
            Assert.True(ended.ExitCode == exitCode, $"coffer-companion {string.Join(' ', arguments)} ended with {ended.ExitCode}: {ended.Error}");
        }
        _canaries.PlantKey("the secret key that keygen wrote", _bench.FilePath("another.pem"));
        _canaries.Collect("the sealed definition", await File.ReadAllBytesAsync(_bench.FilePath("sealed.coffer"), TestContext.Current.CancellationToken));
    }

    private async Task OperateAsync()
    {
        var newer = _bench.Seal(Definition(_rolledBack), "newer.coffer");
        Assert.Equal(0, (await AskAsync("coffer", "load", newer, "--dry-run")).ExitCode);
        Assert.Equal(0, (await AskAsync("coffer", "load", newer, "--yes")).ExitCode);
        Assert.Equal(1, (await AskAsync("coffer", "load", _bench.Seal(Bad(), "bad.coffer"), "--yes")).ExitCode);
        Assert.Equal(1, (await AskAsync("coffer", "load", _bench.FilePath("bad.toml"), "--yes")).ExitCode);

        // Every verb there is, with what it needs and how it ends; what follows does so while all others are asked. A node alone is in no cluster.
        var client = _bench.Client.PublicKey.ToString();
        var verbs = new Dictionary<string, (int ExitCode, string[] Arguments)>
        {
            ["coffer load"] = (0, ["--allow-rollback", "--yes"]),
            ["coffer client"] = (0, ["client"]),
            ["coffer rollback"] = (0, ["2", "--yes"]),
            ["coffer revoke"] = (0, ["client"]),
            ["coffer restore"] = (0, [client]),
            ["coffer audit tail"] = (0, ["--once", "--last", "10000"]),
            ["cluster join"] = (1, ["127.0.0.1:1"]),
            ["cluster leave"] = (1, []),
            ["cluster down"] = (1, ["127.0.0.1:1"]),
            ["sharding locate"] = (0, [client]),
            ["log tail"] = (0, ["--once", "--last", "10000"]),
            ["log level"] = (0, ["debug"]),
        };
        var followers = await FollowAsync();
        foreach (var operation in OperationCatalogue.Operations)
        {
            // It has no other end than being interrupted.
            if (operation == ClusterPalette.Tail) continue;
            var (exitCode, arguments) = verbs.GetValueOrDefault(operation.Name, (0, []));
            foreach (var form in new string[][] { [], ["--json"] })
            {
                var ended = await AskAsync([.. operation.Name.Split(' '), .. arguments, .. form]);
                Assert.True(ended.ExitCode == exitCode, $"coffer-ctl {operation.Name} ended with {ended.ExitCode}, expected {exitCode}: {ended.Error}");
            }
        }
        foreach (var (name, follower) in followers) await EndAsync(name, follower);
    }

    // From their first line on, whatever comes.
    private async Task<List<(string Name, RunningServer Follower)>> FollowAsync()
    {
        var followers = new List<(string Name, RunningServer Follower)>();
        foreach (var operation in OperationCatalogue.Operations.Where(operation => operation.Follows))
            foreach (var form in new string[][] { [], ["--json"] })
                followers.Add((operation.Name, _bench.StartControl([.. operation.Name.Split(' '), .. form])));
        foreach (var (name, follower) in followers) await follower.LineAsync(_ => true, $"of {name}");
        return followers;
    }

    private async Task EndAsync(string name, RunningServer follower)
    {
        await follower.SignalAsync("INT");
        var ended = await follower.EndedAsync();
        _canaries.Collect($"what coffer-ctl {name} followed", ended);
        Assert.True(ended.ExitCode == 130, $"coffer-ctl {name} ended with {ended.ExitCode}: {ended.Error}");
    }

    private async Task<Ended> AskAsync(params string[] arguments)
    {
        var ended = await _bench.ControlAsync(arguments);
        _canaries.Collect($"answer {++_answers}, coffer-ctl {string.Join(' ', arguments.Take(3))}", ended);
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
}
