using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Coffer.CommandLine;
using Coffer.Server.Coffers;
using Coffer.Server.Hosting;

namespace Coffer.Scale;

/// <summary>The command line of the simulation: every number has a range in which the simulation comes to an end, and one form, without separators.</summary>
internal static class ScaleCommand
{
    internal const string Examples = """
        Exit codes: 0 done, 2 command line or configuration is wrong.

        Examples:
          coffer-scale
          coffer-scale --nodes 100 --shards 1024 --clients 1000000 --rate 10000 --placing 0.04
          coffer-scale --event join --nodes 1

        """;

    // Some 100 bytes each.
    private const int MaxClients = 10_000_000;

    // Longer than a simulation looks.
    private const double MaxSeconds = 3600;

    // A fetch is a step.
    private const double MaxRate = 1_000_000;

    private const int MaxNodes = 1000;

    private static readonly Dictionary<string, ScaleEvent> Names = Enum.GetValues<ScaleEvent>().ToDictionary(NameOf);

    /// <summary>The command, which prints what each event comes to; it throws a <see cref="StartupException"/> for what cannot be simulated together, and for a configuration that is wrong.</summary>
    internal static RootCommand Create()
    {
        var defaults = new ScaleInputs();
        var events = EventOption();
        var nodes = Whole("--nodes", "how many nodes", 1, MaxNodes, defaults.Nodes);
        var shards = Whole<int?>("--shards", "how many shards (default: as configured)", 1, CofferSettings.MaxShards, null);
        var clients = Whole("--clients", "how many clients", 1, MaxClients, defaults.Clients);
        var rate = Rate("--rate", "fetches a second of all clients, in turn", defaults.Rate);
        var seed = Whole("--seed", "what keys and their order are drawn from", int.MinValue, int.MaxValue, defaults.Seed);
        var config = new Option<string?>("--config") { HelpName = "FILE", Description = "the operator's HOCON, as coffer-server takes it" }.RefuseEmpty();
        var database = Rate("--database-rate", "rows that the database reads a second at most", defaults.DatabaseRate);
        var downing = Seconds("--downing", "seconds from a node's death until its shards may be placed", defaults.Downing);
        var placing = Seconds("--placing", "seconds that the coordinator takes to place a shard", defaults.Placing);
        var handOff = Seconds("--hand-off", "seconds in which a node lets a shard go", defaults.HandOff);
        var handOver = Seconds("--hand-over", "seconds in which a coordinator's node that leaves hands it over", defaults.HandOver);
        var start = Seconds("--start", "seconds from a node's end until it serves again", defaults.Start);
        var root = new RootCommand("Simulates how the shards of a Coffer cluster move and its entities start cold, by the product's own rules on a clock of its own.")
        {
            events, nodes, shards, clients, rate, seed, config, database, downing, placing, handOff, handOver, start,
        };
        root.SetAction(async parsed =>
        {
            var inputs = new ScaleInputs
            {
                Nodes = parsed.GetValue(nodes),
                Clients = parsed.GetValue(clients),
                Rate = parsed.GetValue(rate),
                Seed = parsed.GetValue(seed),
                DatabaseRate = parsed.GetValue(database),
                Downing = parsed.GetValue(downing),
                Placing = parsed.GetValue(placing),
                HandOff = parsed.GetValue(handOff),
                HandOver = parsed.GetValue(handOver),
                Start = parsed.GetValue(start),
            };
            var what = parsed.GetValue(events) is { Length: > 0 } named ? named : [.. Names.Values];
            if (inputs.Nodes == 1) RefuseAlone(what);
            await using var rules = ProductSharding.Of(parsed.GetValue(config), parsed.GetValue(shards));
            await RunAsync(what, inputs, rules, parsed.InvocationConfiguration.Output);
            return 0;
        });
        return root;
    }

    // What is known is printed at once: the next event may take minutes.
    private static async Task RunAsync(ScaleEvent[] events, ScaleInputs inputs, ProductSharding rules, TextWriter output)
    {
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"seed {inputs.Seed}: {inputs.Nodes} nodes, {rules.Shards} shards, {inputs.Clients} clients, {inputs.Rate} fetches a second"));
        foreach (var what in events)
        {
            await output.FlushAsync();
            await output.WriteAsync($"{NameOf(what)}\n{Simulation.Run(what, inputs, rules)}");
        }
    }

    private static Option<ScaleEvent[]> EventOption() => new("--event")
    {
        HelpName = string.Join('|', Names.Keys),
        Description = "what happens (default: each)",
        AllowMultipleArgumentsPerToken = true,
        CustomParser = given =>
        {
            foreach (var token in given.Tokens.Where(token => !Names.ContainsKey(token.Value)))
                given.AddError($"--event: {Words.Quoted(token.Value)} is no event, expected {string.Join(", ", Names.Keys)}");
            return [.. given.Tokens.Where(token => Names.ContainsKey(token.Value)).Select(token => Names[token.Value])];
        },
    };

    // Nobody would be left.
    private static void RefuseAlone(ScaleEvent[] events)
    {
        if (events.Any(what => what is ScaleEvent.Die or ScaleEvent.Restart))
            throw new StartupException(ExitCode.Usage, "--nodes: is 1, expected 2 or more where one dies or all restart", "--event join cold goes with 1");
    }

    private static Option<double> Seconds(string name, string description, double standard) =>
        Number(name, "SECONDS", description, $"a number from 0 to {MaxSeconds}", number => number is >= 0 and <= MaxSeconds, standard);

    private static Option<double> Rate(string name, string description, double standard) =>
        Number(name, "RATE", description, $"a number above 0 and up to {MaxRate}", number => number is > 0 and <= MaxRate, standard);

    private static Option<double> Number(string name, string helpName, string description, string expected, Func<double, bool> isFit, double standard) => new(name)
    {
        HelpName = helpName,
        Description = description,
        DefaultValueFactory = _ => standard,
        CustomParser = given => double.TryParse(given.Tokens[0].Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && isFit(number) ? number : Refuse<double>(given, expected),
    };

    private static Option<T> Whole<T>(string name, string description, int least, int most, T standard) => new(name)
    {
        HelpName = "N",
        Description = description,
        DefaultValueFactory = _ => standard,
        CustomParser = given => int.TryParse(given.Tokens[0].Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? (T)(object)number
            : Refuse<T>(given, $"a whole number from {least} to {most}"),
    };

    private static T? Refuse<T>(ArgumentResult given, string expected)
    {
        given.AddError($"{((OptionResult)given.Parent!).Option.Name}: is {Words.Quoted(given.Tokens[0].Value)}, expected {expected}");
        return default;
    }

    private static string NameOf(ScaleEvent what) => what.ToString().ToLowerInvariant();
}
