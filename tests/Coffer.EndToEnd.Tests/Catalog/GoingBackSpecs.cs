using Coffer.EndToEnd.Tests.Monitoring;
using Coffer.EndToEnd.Tests.Server;

namespace Coffer.EndToEnd.Tests.Catalog;

/// <summary>What becomes of definitions that were rolled back, or are older than one that was loaded, when they are read again.</summary>
public sealed class GoingBackSpecs : IAsyncDisposable
{
    private readonly ServerBench _bench = new();

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task A_definition_that_was_rolled_back_stays_so_through_SIGHUP_and_restart_and_is_no_problem()
    {
        _bench.Options["--metrics"] = "127.0.0.1:0";
        var server = await _bench.ServeDefinitionAsync(Value(1));
        var newest = _bench.Seal(Value(2));
        await DoAsync("load");
        await DoAsync("rollback", "1");

        await server.SignalAsync("HUP");
        await server.LineAsync(line => line.Contains("not loaded", StringComparison.Ordinal) && line.Contains($"{newest}: was loaded and then rolled back", StringComparison.Ordinal), "that says why nothing is loaded");
        await CountsWithoutProblemAsync(server);
        Assert.Equal(1, (await _bench.ControlAsync("coffer", "load", "--yes")).ExitCode);
        await CountsWithoutProblemAsync(server);
        await server.StopAsync();
        server = await _bench.ServeAsync("--definition", newest);

        await server.LineAsync(line => line.Contains($"{newest}: was loaded and then rolled back", StringComparison.Ordinal) && line.EndsWith("what counts stays", StringComparison.Ordinal), "that says what counts");
        await CountsWithoutProblemAsync(server);
    }

    [Theory]
    [InlineData(false, "was loaded and then rolled back (serial 2)")]
    [InlineData(true, "is older than the newest definition that was loaded (serial 1, newest 3)")]
    public async Task A_definition_that_is_not_the_newest_is_loaded_where_that_is_allowed_alone(bool isOlder, string why)
    {
        var server = await _bench.ServeDefinitionAsync(Value(1));
        var second = _bench.Seal(Value(2), "second.coffer");
        var wanted = isOlder ? _bench.FilePath("definition.coffer") : second;
        await DoAsync("load", second);
        await (isOlder ? DoAsync("load", _bench.Seal(Value(3), "third.coffer")) : DoAsync("rollback", "1"));

        var refused = await _bench.ControlAsync("coffer", "load", wanted, "--yes");
        var before = await FetchAsync(server);
        var allowed = await _bench.ControlAsync("coffer", "load", wanted, "--yes", "--allow-rollback");

        Assert.Equal((1, ""), (refused.ExitCode, refused.Text));
        Assert.Contains(why, refused.Error, StringComparison.Ordinal);
        Assert.Equal(isOlder ? 3 : 1, before);
        Assert.Equal((0, ""), (allowed.ExitCode, allowed.Error));
        Assert.Contains("loaded as revision 4: ", allowed.Text, StringComparison.Ordinal);
        Assert.Equal(isOlder ? 1 : 2, await FetchAsync(server));
    }

    [Fact]
    public async Task A_definition_that_is_older_than_one_from_elsewhere_is_a_problem_until_that_is_in_its_place()
    {
        _bench.Options["--metrics"] = "127.0.0.1:0";
        var server = await _bench.ServeDefinitionAsync(Value(1));
        using var monitored = await Monitored.OfAsync(server);
        var second = _bench.Seal(Value(2), "second.coffer");

        await DoAsync("load", second);
        await monitored.ScrapeAsync(scrape => scrape.Value("coffer_definition_problem") == 1);
        File.Move(second, _bench.FilePath("definition.coffer"), overwrite: true);
        await server.SignalAsync("HUP");

        await monitored.ScrapeAsync(scrape => scrape.Value("coffer_definition_problem") == 0);
    }

    private async Task DoAsync(params string[] command) => Assert.Equal(0, (await _bench.ControlAsync(["coffer", .. command, "--yes"])).ExitCode);

    private async Task CountsWithoutProblemAsync(RunningServer server)
    {
        var status = await _bench.ControlAsync("coffer", "status");
        Assert.Contains("revision\t3\n", status.Text, StringComparison.Ordinal);
        Assert.Contains("definitionProblem\t-\n", status.Text, StringComparison.Ordinal);
        using var monitored = await Monitored.OfAsync(server);
        await monitored.ScrapeAsync(scrape => scrape.Value("coffer_definition_problem") == 0);
        Assert.Equal(1, await FetchAsync(server));
    }

    private string Value(long value) => _bench.OneClient($"VALUE = {value}");

    private async Task<long> FetchAsync(RunningServer server) => (await _bench.FetchAsync(server)).Find("VALUE")!.RevealInteger();
}
