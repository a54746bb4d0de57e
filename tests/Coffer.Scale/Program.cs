using System.CommandLine;
using System.Globalization;
using Coffer.Scale;
using Coffer.Server.Hosting;

var defaults = new ScaleInputs();
var nodes = new Option<int>("--nodes") { Description = "how many nodes", DefaultValueFactory = _ => defaults.Nodes };
var shards = new Option<int?>("--shards") { Description = "how many shards (default: as configured)" };
var clients = new Option<int>("--clients") { Description = "how many clients", DefaultValueFactory = _ => defaults.Clients };
var rate = new Option<double>("--rate") { Description = "fetches a second of all clients, in turn", DefaultValueFactory = _ => defaults.Rate };
var seed = new Option<int>("--seed") { Description = "what keys and their order are drawn from", DefaultValueFactory = _ => defaults.Seed };
var config = new Option<string?>("--config") { HelpName = "FILE", Description = "the operator's HOCON, as coffer-server takes it" };
var database = new Option<double>("--database-rate") { Description = "rows that the database reads a second at most", DefaultValueFactory = _ => defaults.DatabaseRate };
var downing = new Option<double>("--downing") { Description = "seconds from a node's death until its shards may be placed", DefaultValueFactory = _ => defaults.Downing };
var placing = new Option<double>("--placing") { Description = "seconds that the coordinator takes to place a shard", DefaultValueFactory = _ => defaults.Placing };
var handOff = new Option<double>("--hand-off") { Description = "seconds in which a node lets a shard go", DefaultValueFactory = _ => defaults.HandOff };
var handOver = new Option<double>("--hand-over") { Description = "seconds in which a coordinator's node that leaves hands it over", DefaultValueFactory = _ => defaults.HandOver };
var start = new Option<double>("--start") { Description = "seconds from a node's end until it serves again", DefaultValueFactory = _ => defaults.Start };
var events = new Option<ScaleEvent[]>("--event") { Description = "what happens (default: each)", DefaultValueFactory = _ => Enum.GetValues<ScaleEvent>(), AllowMultipleArgumentsPerToken = true };

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
    await using var rules = ProductSharding.Of(parsed.GetValue(config), parsed.GetValue(shards));
    Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"seed {inputs.Seed}: {inputs.Nodes} nodes, {rules.Shards} shards, {inputs.Clients} clients, {inputs.Rate} fetches a second"));
    foreach (var what in parsed.GetValue(events)!) Console.Out.Write($"{what.ToString().ToLowerInvariant()}\n{Simulation.Run(what, inputs, rules)}");
    return 0;
});

try
{
    return await root.Parse(args).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
catch (StartupException e)
{
    Console.Error.WriteLine($"coffer-scale: error: {e.Message}");
    return 1;
}
