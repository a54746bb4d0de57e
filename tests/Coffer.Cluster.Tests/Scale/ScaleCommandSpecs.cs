using System.CommandLine;
using System.Diagnostics;
using Coffer.CommandLine;
using Coffer.EndToEnd.Tests.Server;
using Coffer.Scale;
using Coffer.Server.Hosting;

namespace Coffer.Cluster.Tests.Scale;

/// <summary>What the simulation takes on its command line.</summary>
public sealed class ScaleCommandSpecs
{
    private const int Term = 15;

    [Theory]
    [InlineData("--nodes 0", "--nodes: is \"0\", expected a whole number from 1 to 1000")]
    [InlineData("--nodes -1", "--nodes: is \"-1\", expected a whole number from 1 to 1000")]
    [InlineData("--shards 0", "--shards: is \"0\", expected a whole number from 1 to 3000")]
    [InlineData("--shards -5", "--shards: is \"-5\", expected a whole number from 1 to 3000")]
    [InlineData("--shards 3001", "--shards: is \"3001\", expected a whole number from 1 to 3000")]
    [InlineData("--clients 0", "--clients: is \"0\", expected a whole number from 1 to 10000000")]
    [InlineData("--clients -1", "--clients: is \"-1\", expected a whole number from 1 to 10000000")]
    [InlineData("--clients 2147483647", "--clients: is \"2147483647\", expected a whole number from 1 to 10000000")]
    [InlineData("--clients 99999999999", "--clients: is \"99999999999\", expected a whole number from 1 to 10000000")]
    [InlineData("--rate 0", "--rate: is \"0\", expected a number above 0 and up to 1000000")]
    [InlineData("--rate -5", "--rate: is \"-5\", expected a number above 0 and up to 1000000")]
    [InlineData("--rate NaN", "--rate: is \"NaN\", expected a number above 0 and up to 1000000")]
    [InlineData("--rate Infinity", "--rate: is \"Infinity\", expected a number above 0 and up to 1000000")]
    [InlineData("--rate 1e300", "--rate: is \"1e300\", expected a number above 0 and up to 1000000")]
    [InlineData("--rate 0,5", "--rate: is \"0,5\", expected a number above 0 and up to 1000000")]
    [InlineData("--database-rate 0", "--database-rate: is \"0\", expected a number above 0 and up to 1000000")]
    [InlineData("--database-rate -1", "--database-rate: is \"-1\", expected a number above 0 and up to 1000000")]
    [InlineData("--placing -1", "--placing: is \"-1\", expected a number from 0 to 3600")]
    [InlineData("--downing -3", "--downing: is \"-3\", expected a number from 0 to 3600")]
    [InlineData("--downing NaN", "--downing: is \"NaN\", expected a number from 0 to 3600")]
    [InlineData("--hand-off 3601", "--hand-off: is \"3601\", expected a number from 0 to 3600")]
    [InlineData("--start -1", "--start: is \"-1\", expected a number from 0 to 3600")]
    [InlineData("--seed none", "--seed: is \"none\", expected a whole number from -2147483648 to 2147483647")]
    [InlineData("--event explode", "--event: \"explode\" is no event, expected join, die, restart, cold")]
    [InlineData("--event 7", "--event: \"7\" is no event, expected join, die, restart, cold")]
    public void Refuses_in_one_line_what_it_could_not_simulate(string arguments, string complaint)
    {
        Assert.Equal([complaint], Misuse.Of(ScaleCommand.Create().Parse(arguments)).Lines);
    }

    [Theory]
    [InlineData("")]
    [InlineData("--nodes 1 --event join cold")]
    [InlineData("--nodes 2 --shards 3000 --clients 1 --rate 0.5 --seed -7 --placing 0 --downing 1.5e1")]
    public void Takes_what_it_can_simulate(string arguments) => Assert.Empty(ScaleCommand.Create().Parse(arguments).Errors);

    [Theory]
    [InlineData("--nodes 1")]
    [InlineData("--nodes 1 --event die")]
    [InlineData("--nodes 1 --event cold restart")]
    public void Refuses_that_a_node_alone_dies_or_restarts(string arguments)
    {
        var parsed = ScaleCommand.Create().Parse(arguments);

        var refused = Assert.Throws<StartupException>(() => parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false }));

        Assert.Equal((ExitCode.Usage, "--nodes: is 1, expected 2 or more where one dies or all restart"), (refused.ExitCode, refused.Message));
    }

    [Theory]
    [InlineData("0s", "configuration: akka.cluster.sharding.rebalance-interval is 0s, expected 100ms or more")]
    [InlineData("often", null)]
    public void Refuses_a_configuration_that_looks_at_the_balance_all_the_time(string interval, string? complaint)
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, $"akka.cluster.sharding.rebalance-interval = {interval}");

            var refused = Assert.Throws<StartupException>(() => ProductSharding.Of(file, shards: null));

            Assert.Equal(ExitCode.Usage, refused.ExitCode);
            if (complaint is null) Assert.StartsWith($"{file}: ", refused.Message);
            else Assert.Equal(complaint, refused.Message);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Ends_with_2_and_two_lines_for_what_it_refuses()
    {
        using var program = Start("--rate", "0,5");

        var error = await program.StandardError.ReadToEndAsync();
        await program.WaitForExitAsync();

        Assert.Equal("coffer-scale: error: --rate: is \"0,5\", expected a number above 0 and up to 1000000\ncoffer-scale: hint: 'coffer-scale --help' shows what there is\n", error);
        Assert.Equal(2, program.ExitCode);
    }

    [Fact]
    public async Task Ends_when_it_is_told_to()
    {
        // Half an hour's work.
        using var program = Start("--nodes", "1000", "--shards", "3000", "--clients", "10000000", "--rate", "1000000");
        Assert.StartsWith("seed 1: 1000 nodes", await program.StandardOutput.ReadLineAsync());

        await RunningServer.SignalAsync("TERM", program.Id);
        await program.WaitForExitAsync(new CancellationTokenSource(TimeSpan.FromMinutes(2)).Token);

        Assert.Equal(128 + Term, program.ExitCode);
    }

    private static Process Start(params string[] arguments) => Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "coffer-scale.dll"), .. arguments])
    {
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;
}
