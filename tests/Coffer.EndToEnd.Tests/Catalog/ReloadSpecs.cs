using Coffer.EndToEnd.Tests.Monitoring;
using Coffer.EndToEnd.Tests.Server;
using Coffer.Tests.Shared;

namespace Coffer.EndToEnd.Tests.Catalog;

/// <summary>The file of --definition, read again: on SIGHUP, and watched.</summary>
[Takes(seconds: 65)]
public sealed class ReloadSpecs : IAsyncDisposable
{
    private readonly ServerBench _bench = new();

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task SIGHUP_loads_the_file_again()
    {
        var server = await _bench.ServeDefinitionAsync(Value(1));
        Assert.Equal(1, await FetchAsync(server));

        _bench.Seal(Value(2));
        await server.SignalAsync("HUP");

        await CountsAsync(server, revision: 2);
        Assert.Equal(2, await FetchAsync(server));
    }

    [Fact]
    public async Task A_bad_file_leaves_what_is_served_and_the_status_says_why_until_a_good_one_comes()
    {
        var (server, monitored) = await MonitoredAsync();
        using var port = monitored;
        await File.WriteAllTextAsync(_bench.FilePath("definition.coffer"), "no definition at all", TestContext.Current.CancellationToken);
        await server.SignalAsync("HUP");

        var refusal = await server.LineAsync(line => line.Contains("not loaded", StringComparison.Ordinal), "that refuses the file");
        Assert.Contains("not a sealed definition", refusal, StringComparison.Ordinal);
        Assert.Equal(1, await FetchAsync(server));
        await StatusAsync(status => status.Contains("not a sealed definition", StringComparison.Ordinal));
        await monitored.ScrapeAsync(scrape => Loads(scrape, "not_ours") == 1 && Problem(scrape) == 1);
        Assert.Contains("\"outcome\":\"not-ours\"", await AuditAsync(), StringComparison.Ordinal);

        _bench.Seal(Value(2));
        await server.SignalAsync("HUP");
        await CountsAsync(server, revision: 2);
        await StatusAsync(status => !status.Contains("not a sealed definition", StringComparison.Ordinal));
        await monitored.ScrapeAsync(scrape => Problem(scrape) == 0);
    }

    [Fact]
    public async Task A_removed_file_leaves_what_is_served_and_says_so_everywhere()
    {
        var (server, monitored) = await MonitoredAsync();
        using var port = monitored;
        File.Delete(_bench.FilePath("definition.coffer"));
        await server.SignalAsync("HUP");

        var refusal = await server.LineAsync(line => line.Contains("not loaded", StringComparison.Ordinal), "that refuses the file");
        Assert.Contains("cannot be read", refusal, StringComparison.Ordinal);
        Assert.Equal(1, await FetchAsync(server));
        await StatusAsync(status => status.Contains("cannot be read", StringComparison.Ordinal));
        await monitored.ScrapeAsync(scrape => Loads(scrape, "not_found") == 1 && Problem(scrape) == 1);
        Assert.Contains("\"event\":\"load\"", Assert.Single((await AuditAsync()).Split('\n'), line => line.Contains("\"outcome\":\"not-found\"", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task SIGHUP_without_a_definition_does_nothing_and_ends_nothing()
    {
        await (await _bench.ServeDefinitionAsync(Value(1))).StopAsync();
        var server = await _bench.ServeAsync();

        await server.SignalAsync("HUP");

        Assert.Equal(1, await FetchAsync(server));
        Assert.Equal(0, (await server.StopAsync()).ExitCode);
    }

    [Fact]
    public async Task A_watched_file_that_another_is_renamed_over_is_loaded()
    {
        var server = await _bench.ServeAsync("--definition", _bench.Seal(Value(1)), "--watch");

        File.Move(_bench.Seal(Value(2), "next.coffer"), _bench.FilePath("definition.coffer"), overwrite: true);

        await CountsAsync(server, revision: 2);
        Assert.Equal(2, await FetchAsync(server));
    }

    [Fact]
    public async Task A_watched_file_that_was_compared_before_it_was_loaded_is_loaded()
    {
        var server = await _bench.ServeAsync("--definition", _bench.Seal(Value(1)), "--watch");

        File.Move(_bench.Seal(Value(2), "next.coffer"), _bench.FilePath("definition.coffer"), overwrite: true);
        await ControlSocket.PostAsync(_bench.DataDirectory, "coffer/load?own=true&dry-run=true");

        await CountsAsync(server, revision: 2);
        Assert.Equal(2, await FetchAsync(server));
    }

    [Fact]
    public async Task A_watched_file_that_is_gone_is_told_of_once_until_it_is_back()
    {
        var (server, monitored) = await MonitoredAsync("--watch");
        using var port = monitored;

        File.Move(_bench.FilePath("definition.coffer"), _bench.FilePath("elsewhere.coffer"));
        var refusal = await server.LineAsync(line => line.Contains("not loaded", StringComparison.Ordinal), "that misses the file");
        await StatusAsync(status => status.Contains("cannot be read", StringComparison.Ordinal));
        File.Move(_bench.FilePath("elsewhere.coffer"), _bench.FilePath("definition.coffer"));
        await StatusAsync(status => !status.Contains("cannot be read", StringComparison.Ordinal));

        Assert.Contains("cannot be read", refusal, StringComparison.Ordinal);
        var scrape = await monitored.ScrapeAsync(scrape => Loads(scrape, "unchanged") == 1);
        Assert.Equal((1, 1), (Loads(scrape, "not_found"), Loads(scrape, "loaded")));
    }

    [Theory]
    [InlineData("garbage", "not_ours", "not a sealed definition")]
    [InlineData("forged", "not_ours", "expected a companion that is trusted here")]
    [InlineData("changed", "not_ours", "changed since it was sealed")]
    [InlineData("invalid", "invalid", "definition.coffer:4:12: a key without a value")]
    public async Task A_watched_file_that_turns_bad_is_told_of_once_and_leaves_what_is_served_until_a_good_one_comes(string how, string outcome, string why)
    {
        var (server, monitored) = await MonitoredAsync("--watch");
        using var port = monitored;

        File.Move(SealBadly(how), _bench.FilePath("definition.coffer"), overwrite: true);

        var refusal = await server.LineAsync(line => line.Contains("not loaded", StringComparison.Ordinal), "that refuses the file");
        Assert.Contains(why, refusal, StringComparison.Ordinal);
        await StatusAsync(status => status.Contains(why, StringComparison.Ordinal));
        Assert.Contains("\"revision\":1,", await ControlSocket.GetAsync(_bench.DataDirectory, "coffer/status"), StringComparison.Ordinal);
        Assert.Equal(1, await FetchAsync(server));
        await monitored.ScrapeAsync(scrape => Loads(scrape, outcome) == 1 && Problem(scrape) == 1);

        File.Move(_bench.Seal(Value(2), "next.coffer"), _bench.FilePath("definition.coffer"), overwrite: true);

        await CountsAsync(server, revision: 2);
        Assert.Equal(2, await FetchAsync(server));
        await StatusAsync(status => !status.Contains(why, StringComparison.Ordinal));
        var scrape = await monitored.ScrapeAsync(scrape => Loads(scrape, "loaded") == 2 && Problem(scrape) == 0);
        Assert.Equal(1, Loads(scrape, outcome));
        Assert.Single(server.Log, line => line.Contains("not loaded", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_watched_link_that_is_switched_is_followed()
    {
        // As Kubernetes mounts a secret: the file is a link through a link to a directory, and the latter is switched.
        Directory.CreateDirectory(_bench.FilePath("one"));
        Directory.CreateDirectory(_bench.FilePath("two"));
        _bench.Seal(Value(1), "one/definition.coffer");
        File.CreateSymbolicLink(_bench.FilePath("current"), "one");
        File.CreateSymbolicLink(_bench.FilePath("linked.coffer"), "current/definition.coffer");
        var server = await _bench.ServeAsync("--definition", _bench.FilePath("linked.coffer"), "--watch");

        _bench.Seal(Value(2), "two/definition.coffer");
        File.CreateSymbolicLink(_bench.FilePath("next"), "two");
        Assert.Equal(0, (await _bench.RunAsync("/bin/mv", "-T", _bench.FilePath("next"), _bench.FilePath("current"))).ExitCode);

        await CountsAsync(server, revision: 2);
        Assert.Equal(2, await FetchAsync(server));
    }

    [Fact]
    public async Task A_watched_file_that_is_written_slowly_is_loaded_once_it_is_whole_and_never_in_part()
    {
        var (server, monitored) = await MonitoredAsync("--watch");
        using var port = monitored;
        var next = await File.ReadAllBytesAsync(_bench.Seal(Value(2), "next.coffer"), TestContext.Current.CancellationToken);

        // On a thread of its own: the file must not stand still for as long as the server takes from one look to the next.
        var writing = Task.Factory.StartNew(() => WriteSlowly(next), TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        Assert.Equal(1, await FetchAsync(server));
        await writing;

        await CountsAsync(server, revision: 2);
        Assert.Equal(2, await FetchAsync(server));
        Assert.Single(server.Log, line => line.Contains("again: it has changed", StringComparison.Ordinal));
        Assert.DoesNotContain(server.Log, line => line.Contains("not loaded", StringComparison.Ordinal));
        var scrape = await monitored.ScrapeAsync(scrape => Loads(scrape, "loaded") == 2);
        Assert.Equal(2, scrape.Samples.Where(sample => sample.Name == "coffer_loads_total").Sum(sample => sample.Value));
    }

    // For some three seconds, so that it is looked at in the middle more than once.
    private void WriteSlowly(byte[] content)
    {
        using var file = new FileStream(_bench.FilePath("definition.coffer"), FileMode.Create, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        foreach (var part in content.Chunk((content.Length / 100) + 1))
        {
            file.Write(part);
            Thread.Sleep(30);
        }
    }

    // A file that does not open, is somebody else's, was changed since it was sealed, or holds no definition.
    private string SealBadly(string how)
    {
        var file = _bench.FilePath("bad.coffer");
        switch (how)
        {
            case "garbage":
                File.WriteAllText(file, "no definition at all");
                break;
            case "forged":
                using (var stranger = _bench.MakeKey("stranger.pem")) _bench.Seal(Value(2), "bad.coffer", stranger, _bench.ServerKey, serial: 2);
                break;
            case "changed":
                var bytes = File.ReadAllBytes(_bench.Seal(Value(2), "bad.coffer"));
                bytes[^1] ^= 1;
                File.WriteAllBytes(file, bytes);
                break;
            default:
                _bench.Seal(_bench.OneClient("PASSWORD = "), "bad.coffer");
                break;
        }
        return file;
    }

    private string Value(int value) => _bench.OneClient($"VALUE = {value}");

    private async Task<long> FetchAsync(RunningServer server) => (await _bench.FetchAsync(server)).Find("VALUE")!.RevealInteger();

    private async Task<(RunningServer Server, Monitored Monitored)> MonitoredAsync(params string[] arguments)
    {
        _bench.Options["--metrics"] = "127.0.0.1:0";
        var server = await _bench.ServeAsync(["--definition", _bench.Seal(Value(1)), .. arguments]);
        return (server, await Monitored.OfAsync(server));
    }

    private static double Loads(Scrape scrape, string outcome) => scrape.Value("coffer_loads_total", "coffer_load_outcome", outcome);

    private static double Problem(Scrape scrape) => scrape.Value("coffer_definition_problem");

    private Task<string> AuditAsync() => ControlSocket.GetAsync(_bench.DataDirectory, "coffer/audit/tail?last=100&once=true");

    // The file's state follows the log by a moment.
    private async Task StatusAsync(Func<string, bool> isIt)
    {
        using var patience = new CancellationTokenSource(RunningServer.Patience);
        while (!isIt(await ControlSocket.GetAsync(_bench.DataDirectory, "coffer/status"))) await Task.Delay(50, patience.Token);
    }

    private static Task<string> CountsAsync(RunningServer server, long revision) =>
        server.LineAsync(line => line.Contains($"revision {revision} counts", StringComparison.Ordinal), $"that revision {revision} counts");
}
