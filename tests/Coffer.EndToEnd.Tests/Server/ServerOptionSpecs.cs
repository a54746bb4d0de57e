using System.Net;
using System.Text.Json;
using Coffer.Client;
using Coffer.Tests.Shared;

namespace Coffer.EndToEnd.Tests.Server;

/// <summary>The options of coffer-server, as options and as variables, and what it writes where.</summary>
[Takes(seconds: 30)]
public sealed class ServerOptionSpecs : IAsyncDisposable
{
    private readonly ServerBench _bench = new();

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task Each_option_is_also_a_variable()
    {
        await File.WriteAllTextAsync(_bench.FilePath("node.conf"), "coffer.limits.connections = 0\n", TestContext.Current.CancellationToken);
        File.SetUnixFileMode(_bench.FilePath("server.pem"), UnixFileMode.UserRead | UnixFileMode.GroupRead);
        var definition = _bench.Seal(_bench.OneClient("PORT = 5432"));
        foreach (var (option, value) in _bench.Options) _bench.Environment["COFFER_" + option[2..].ToUpperInvariant()] = value;
        _bench.Environment["COFFER_COMPANION"] = $"{_bench.Client.PublicKey}, {_bench.CompanionKey}";
        _bench.Environment["COFFER_DEFINITION"] = definition;
        _bench.Environment["COFFER_LOG_LEVEL"] = "debug";
        _bench.Environment["COFFER_LOG_FORMAT"] = "json";
        _bench.Environment["COFFER_ALLOW_OPEN_KEY"] = "1";
        _bench.Options.Clear();

        var server = await _bench.ServeAsync();
        await _bench.FetchAsync(server);
        await server.LineAsync(line => line.Contains("served client", StringComparison.Ordinal), "at debug of what was served");
        Assert.All(server.Log, line => JsonDocument.Parse(line).Dispose());
        await server.StopAsync();
        _bench.Environment["COFFER_CONFIG"] = "node.conf";
        var refused = await _bench.Start().EndedAsync();

        Assert.Contains("coffer.limits.connections is 0", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_option_counts_before_its_variable()
    {
        foreach (var variable in new[] { "KEY", "COMPANION", "LISTEN", "DATA" }) _bench.Environment["COFFER_" + variable] = "wrong";

        await _bench.ServeAsync();
    }

    [Fact]
    public async Task A_companion_may_be_given_several_times_and_as_a_file()
    {
        await File.WriteAllTextAsync(_bench.FilePath("companion.pub"), _bench.CompanionKey + "\n", TestContext.Current.CancellationToken);
        _bench.Options["--companion"] = _bench.Client.PublicKey.ToString();

        var server = await _bench.ServeAsync("--companion", "companion.pub", "--definition", _bench.Seal(_bench.OneClient("PORT = 5432")));

        Assert.Single((await _bench.FetchAsync(server)).Secrets);
    }

    [Theory]
    [InlineData(UnixFileMode.GroupWrite, true)]
    [InlineData(UnixFileMode.OtherWrite, true)]
    [InlineData(UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute, false)]
    public async Task Warns_of_a_data_directory_that_others_may_write(UnixFileMode others, bool isWarned)
    {
        Directory.CreateDirectory(_bench.DataDirectory);
        File.SetUnixFileMode(_bench.DataDirectory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | others);

        var server = await _bench.ServeAsync();

        Assert.Equal(isWarned, server.Log.Any(line => line.Contains($"others than its owner may write the data directory {_bench.DataDirectory}", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("[::1]:0")]
    [InlineData("[::]:0")]
    [InlineData("0.0.0.0:0")]
    public async Task Listens_on_any_numeric_address(string listen)
    {
        _bench.Options["--listen"] = listen;
        var server = await _bench.ServeDefinitionAsync(_bench.OneClient("PORT = 5432"));
        var port = (await server.ServingAsync()).Port;

        // An address of both families takes clients of both.
        string[] ways = listen switch { "[::1]:0" => ["[::1]"], "[::]:0" => ["[::1]", "127.0.0.1"], _ => ["127.0.0.1"] };
        foreach (var way in ways)
        {
            Assert.True(ServerAddress.TryRead($"{way}:{port}", out var address));
            Assert.IsType<FetchOutcome.Fetched>(await CofferClient.FetchAsync(
                new CofferClientOptions { Servers = [address], ServerKey = _bench.ServerKey, Key = _bench.Client, Timeout = RunningServer.Patience }, TestContext.Current.CancellationToken));
        }
    }

    [Theory]
    [InlineData("data")]
    [InlineData("./data/")]
    [InlineData("data/", "sqlite:data/coffer.db")]
    [InlineData("data", "sqlite:./other/../data/coffer.db")]
    public async Task A_data_directory_may_be_relative_to_where_the_server_is_started(string data, string? store = null)
    {
        _bench.Options["--data"] = data;
        if (store is not null) _bench.Options["--store"] = store;

        var server = await _bench.ServeDefinitionAsync(_bench.OneClient("PORT = 5432"));

        Assert.Single((await _bench.FetchAsync(server)).Secrets);
        Assert.True(File.Exists(Path.Combine(_bench.DataDirectory, "coffer.db")));
    }

    [Fact]
    public async Task Shows_its_options_variables_and_exit_codes()
    {
        _bench.Options.Clear();

        var help = await _bench.Start("--help").EndedAsync();

        Assert.Equal((0, ""), (help.ExitCode, help.Error));
        foreach (var option in new[] { "key", "companion", "definition", "listen", "data", "config", "log-level", "log-format", "allow-open-key" })
            Assert.Matches($@"--{option} .*\[COFFER_{option.Replace('-', '_').ToUpperInvariant()}", help.Text);
        // Names are not resolved.
        Assert.Contains("--listen <IP:PORT>", help.Text, StringComparison.Ordinal);
        Assert.Contains("--metrics <IP:PORT|off>", help.Text, StringComparison.Ordinal);
        Assert.Matches(@"--listen .*\(default 127\.0\.0\.1:9187\)", help.Text);
        Assert.Matches(@"--metrics .*\(default 127\.0\.0\.1:9188\)", help.Text);
        for (var code = 0; code <= 6; code++) Assert.Contains($"  {code}  ", help.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Shows_its_version()
    {
        _bench.Options.Clear();

        var version = await _bench.Start("--version").EndedAsync();

        Assert.Equal((0, ""), (version.ExitCode, version.Error));
        Assert.Matches(@"^coffer-server \d+\.\d+\.\d+\n$", version.Text);
    }

    [Fact]
    public async Task Starts_on_nothing_and_says_so()
    {
        var server = await _bench.ServeAsync();

        Assert.Contains(server.Log, line => line.Contains("no definition was ever loaded here", StringComparison.Ordinal));
        var failed = Assert.IsType<FetchOutcome.Failed>(await _bench.TryFetchAsync(server, _bench.Client));
        Assert.IsType<FetchFailure.KeyUnknown>(failed.Cause);
    }
}
