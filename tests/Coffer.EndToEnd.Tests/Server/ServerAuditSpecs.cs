using System.Text.Json;
using Coffer.Client;
using Coffer.EndToEnd.Tests.Monitoring;
using Coffer.Tests.Shared;

namespace Coffer.EndToEnd.Tests.Server;

/// <summary>The audit trail of real servers.</summary>
[Takes(seconds: 95)]
public sealed class ServerAuditSpecs : IAsyncDisposable
{
    private const int Fetches = 100_000;
    private const int Clients = 8;

    private readonly ServerBench _bench = new();

    private string TrailFile => Path.Combine(_bench.DataDirectory, "audit.jsonl");

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task A_hundred_thousand_fetches_leave_as_many_lines_across_a_stop_in_their_middle()
    {
        var first = await _bench.ServeDefinitionAsync(_bench.OneClient("A = 1"));
        var before = new Fetching(_bench, await first.ServingAsync(), Fetches);
        await before.UntilAsync(Fetches / 2);
        var stopped = await first.StopAsync();
        await before.EndedAsync();
        var second = await _bench.ServeAsync();
        var after = new Fetching(_bench, await second.ServingAsync(), Fetches - before.Fetched);
        await after.EndedAsync();
        await second.StopAsync();

        Assert.Equal(0, stopped.ExitCode);
        Assert.InRange(before.Fetched, Fetches / 2, Fetches - 1);
        Assert.Equal(Fetches, before.Fetched + after.Fetched);
        Assert.Equal(Fetches, File.ReadLines(TrailFile).Count(IsFetch));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(TrailFile));
    }

    [Fact]
    public async Task The_trail_goes_to_stdout_where_asked_and_the_log_does_not()
    {
        var server = await _bench.ServeAsync("--definition", _bench.Seal(_bench.OneClient("A = 1")), "--audit", "-", "--audit-required");
        await _bench.FetchAsync(server);

        var stopped = await server.StopAsync();

        Assert.Equal(["load", "fetch"], stopped.Lines.Select(Event));
        Assert.False(File.Exists(TrailFile));
    }

    [Fact]
    public async Task A_file_that_was_renamed_is_opened_again_on_SIGHUP()
    {
        var server = await _bench.ServeDefinitionAsync(_bench.OneClient("A = 1"));
        await _bench.FetchAsync(server);
        File.Move(TrailFile, TrailFile + ".old");

        await server.SignalAsync("HUP");
        using (var patience = new CancellationTokenSource(RunningServer.Patience))
            while (!File.Exists(TrailFile)) await Task.Delay(10, patience.Token);
        await _bench.FetchAsync(server);
        await server.StopAsync();

        Assert.Equal(1, File.ReadLines(TrailFile + ".old").Count(IsFetch));
        Assert.Equal(1, File.ReadLines(TrailFile).Count(IsFetch));
    }

    [Fact]
    public async Task A_file_that_was_renamed_while_the_server_starts_is_opened_again_too()
    {
        var server = _bench.Start("--definition", _bench.Seal(_bench.OneClient("A = 1")));
        using (var patience = new CancellationTokenSource(RunningServer.Patience))
            while (!File.Exists(TrailFile)) await Task.Delay(1, patience.Token);
        File.Move(TrailFile, TrailFile + ".old");

        await server.SignalAsync("HUP");
        await _bench.FetchAsync(server);
        await server.StopAsync();

        Assert.Equal(1, File.ReadLines(TrailFile).Count(IsFetch));
    }

    [Fact]
    public async Task At_the_limit_of_a_files_size_it_serves_on_and_counts_the_lines_that_are_lost()
    {
        const int Limit = 8 * 1024 * 1024;
        const int Written = Limit - 10;
        var trail = _bench.FilePath("full.jsonl");
        await File.WriteAllTextAsync(trail, "{" + new string(' ', Written - 2) + "\n", TestContext.Current.CancellationToken);
        foreach (var (option, value) in new[] { ("--audit", trail), ("--metrics", "127.0.0.1:0"), ("--definition", _bench.Seal(_bench.OneClient("A = 1"))) }) _bench.Options[option] = value;
        // .NET's own protection of code needs a memory file of 2 GiB, which the limit forbids as well.
        _bench.Environment["DOTNET_EnableWriteXorExecute"] = "0";
        await using var server = RunningServer.Start(
            "/bin/sh", ["-c", $"ulimit -f {Limit / 512}; exec \"$@\"", "sh", Programs.Server, .. _bench.Options.SelectMany(option => new[] { option.Key, option.Value })], "", _bench.Environment);
        await _bench.FetchAsync(server);

        await server.LineAsync(line => line.Contains("the audit trail cannot be written: the limit on a file's size is reached", StringComparison.Ordinal), "that says that lines are lost");
        using var monitored = await Monitored.OfAsync(server);
        // The load and the fetch.
        await monitored.ScrapeAsync(scrape => scrape.Samples.Any(sample => sample is { Name: "coffer_audit_lost_total", Value: 2 }));

        Assert.Equal(0, (await server.StopAsync()).ExitCode);
        Assert.Equal(Written, new FileInfo(trail).Length);
    }

    [Fact]
    public async Task Nothing_is_written_where_it_is_off()
    {
        var server = await _bench.ServeAsync("--definition", _bench.Seal(_bench.OneClient("A = 1")), "--audit", "off");
        await _bench.FetchAsync(server);

        var stopped = await server.StopAsync();

        Assert.Empty(stopped.Lines);
        Assert.False(File.Exists(TrailFile));
    }

    [Theory]
    [InlineData(".", "is a directory, expected a file")]
    [InlineData("missing/audit.jsonl", "its directory does not exist")]
    [InlineData("server.pem", "is no audit trail: it begins with something else than a line of one")]
    public async Task A_trail_that_cannot_be_opened_stops_the_start_with_one_line(string file, string what)
    {
        var ended = await _bench.Start("--audit", _bench.FilePath(file)).EndedAsync();

        Assert.Equal(7, ended.ExitCode);
        Assert.Collection(
            ended.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries),
            line => Assert.Equal($"coffer-server: error: --audit: {_bench.FilePath(file)}: {what}", line),
            line => Assert.StartsWith("coffer-server: hint: ", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Requiring_a_trail_that_is_off_is_a_mistake()
    {
        var ended = await _bench.Start("--audit", "off", "--audit-required").EndedAsync();

        Assert.Equal(2, ended.ExitCode);
        Assert.StartsWith("coffer-server: error: --audit-required: ", ended.Error, StringComparison.Ordinal);
    }

    private static string Event(string line)
    {
        using var json = JsonDocument.Parse(line);
        return json.RootElement.GetProperty("event").GetString()!;
    }

    private static bool IsFetch(string line) => Event(line) == "fetch";

    /// <summary>Clients that fetch, some at a time, so many times in all or until the server is gone.</summary>
    private sealed class Fetching
    {
        private readonly Task[] _clients;
        private int _left;
        private int _fetched;

        internal Fetching(ServerBench bench, System.Net.IPEndPoint server, int count)
        {
            _left = count;
            Assert.True(ServerAddress.TryRead(server.ToString(), out var address));
            var options = new CofferClientOptions { Servers = [address], ServerKey = bench.ServerKey, Key = bench.Client, Timeout = RunningServer.Patience };
            _clients = [.. Enumerable.Range(0, Clients).Select(_ => Task.Run(() => FetchAsync(options)))];
        }

        internal int Fetched => Volatile.Read(ref _fetched);

        internal async Task UntilAsync(int fetched)
        {
            while (Fetched < fetched)
            {
                Assert.False(_clients.All(client => client.IsCompleted), $"only {Fetched} fetches before the server was gone");
                await Task.Delay(10);
            }
        }

        internal Task EndedAsync() => Task.WhenAll(_clients);

        // The server does not come back, so the first failure is the end.
        private async Task FetchAsync(CofferClientOptions options)
        {
            while (Interlocked.Decrement(ref _left) >= 0 && await CofferClient.FetchAsync(options) is FetchOutcome.Fetched) Interlocked.Increment(ref _fetched);
        }
    }
}
