using System.CommandLine;
using System.Net;
using System.Runtime.InteropServices;
using Coffer.Client;
using Coffer.Crypto.Keys;
using Coffer.Load;

var seed = new Option<string>("--seed") { Description = "what keys and secrets are derived from", DefaultValueFactory = _ => "load", Recursive = true };
var clients = new Option<int>("--clients") { Description = "how many clients", DefaultValueFactory = _ => 100, Recursive = true };
var secrets = new Option<int>("--secrets") { Description = "how many secrets each of them has", DefaultValueFactory = _ => 10, Recursive = true };
var size = new Option<int>("--size") { Description = "letters of a secret", DefaultValueFactory = _ => 50, Recursive = true };
var serverKey = new Option<string?>("--server-key") { HelpName = "KEY", Description = "the server's public key, or a file that holds it", Recursive = true };

var root = new RootCommand("Drives whole conversations against a Coffer server and measures them. The keys come from a seed: for measuring only.") { seed, clients, secrets, size, serverKey };
root.Subcommands.Add(CreateDefinition());
root.Subcommands.Add(CreateKeys());
root.Subcommands.Add(CreateFetch());
root.Subcommands.Add(CreateFailover());

try
{
    // What is under way when SIGTERM comes ends in its own time.
    return await root.Parse(args).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = TimeSpan.FromMinutes(1) });
}
catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
{
    Console.Error.WriteLine($"coffer-load: error: {e.Message}");
    return 1;
}

Command CreateDefinition()
{
    var companion = new Option<string?>("--seal-with") { HelpName = "FILE", Description = "the companion's secret key: the definition is sealed for --server-key" };
    var output = new Option<string?>("--out") { HelpName = "FILE", Description = "written instead of stdout" };
    var others = new Option<int>("--others") { Description = "how many clients are defined besides, which nobody can play" };
    var changed = new Option<int>("--changed") { Description = "how many in a hundred of those have other secrets than without this option" };
    var revision = new Option<long?>("--revision") { Description = $"a number that each client finds in {LoadDefinition.RevisionKey}, as failover expects it" };
    var command = new Command("definition", "Writes the definition of the clients: TOML, or sealed with --seal-with.") { companion, output, others, changed, revision };
    command.SetAction(parsed =>
    {
        using var defined = Clients(parsed);
        var besides = new LoadOthers(parsed.GetValue(others), parsed.GetValue(changed));
        using var to = parsed.GetValue(output) is { } file ? File.Create(file) : Console.OpenStandardOutput();
        if (parsed.GetValue(companion) is { } keyFile)
        {
            if (!KeyFile.TryRead(keyFile, allowOpen: false, out var key, out var problem)) throw new FormatException(problem.Message);
            using (key) LoadDefinition.WriteSealed(defined, besides, parsed.GetValue(revision), key, ServerKey(parsed), to);
        }
        else
        {
            LoadDefinition.Write(defined, besides, parsed.GetValue(revision), to);
        }
    });
    return command;
}

Command CreateKeys()
{
    var command = new Command("keys", "Writes the number and the public key of each client, parted by a tab.");
    command.SetAction(parsed =>
    {
        using var known = Clients(parsed);
        for (var i = 0; i < known.Count; i++) Console.Out.WriteLine($"{i}\t{known.WithKey(i, key => key.PublicKey)}");
    });
    return command;
}

Command CreateFetch()
{
    var server = new Option<string>("--server") { HelpName = "HOST:PORT,…", Description = "servers, asked in turn", DefaultValueFactory = _ => "127.0.0.1:9187" };
    var count = new Option<int>("--count") { Description = "how many conversations are measured", DefaultValueFactory = _ => 10_000 };
    var warmup = new Option<int>("--warmup") { Description = "how many go before, unmeasured", DefaultValueFactory = _ => 0 };
    var connections = new Option<int>("--connections") { Description = "how many at the same time at most", DefaultValueFactory = _ => 8 };
    var rate = new Option<double?>("--rate") { Description = "how many begin a second, whether or not those before are through; latency then counts from when each was due" };
    var pid = new Option<int[]>("--pid") { Description = "a server's process id: CPU time and memory are read; of several, added up" };
    var play = new Option<string?>("--play") { HelpName = "FILE", Description = "the numbers of the clients who fetch, one a line (default all)" };
    var json = new Option<bool>("--json") { Description = "one line of JSON instead of text" };
    var command = new Command("fetch", "Fetches coffers and checks each; ends with 1 where any conversation failed. SIGTERM ends it early, with the figures of what was done.") { server, count, warmup, connections, rate, pid, play, json };
    command.SetAction(parsed =>
    {
        using var known = Clients(parsed);
        var players = parsed.GetValue(play) is { } file ? File.ReadLines(file).Select(int.Parse).ToList() : Enumerable.Range(0, known.Count).ToList();
        var plan = new LoadPlan(
            Servers(parsed.GetValue(server)!), ServerKey(parsed), parsed.GetValue(count), parsed.GetValue(connections), parsed.GetValue(rate), players, parsed.GetValue(pid) ?? []);
        if (parsed.GetValue(warmup) is > 0 and var before) new LoadRun(plan with { Count = before, ServerProcesses = [] }, known).Run();
        var run = new LoadRun(plan, known);
        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal =>
        {
            signal.Cancel = true;
            run.Stop();
        });
        var figures = run.Run();
        Console.Out.Write(parsed.GetValue(json) ? figures.ToJson() + "\n" : figures.ToText());
        return figures.IsGood ? 0 : 1;
    });
    return command;
}

Command CreateFailover()
{
    var server = new Option<string>("--server") { HelpName = "HOST:PORT,…", Description = "the servers, each of which will do", DefaultValueFactory = _ => "127.0.0.1:9187" };
    var seconds = new Option<double>("--seconds") { Description = "how long fetches are begun", DefaultValueFactory = _ => 10 };
    var workers = new Option<int>("--workers") { Description = "how many fetches at the same time at most", DefaultValueFactory = _ => 8 };
    var rate = new Option<double>("--rate") { Description = "how many begin a second at most", DefaultValueFactory = _ => 200 };
    var timeout = new Option<double>("--timeout") { Description = "seconds that a fetch may take, over all servers", DefaultValueFactory = _ => 10 };
    var log = new Option<string?>("--log") { HelpName = "FILE", Description = "a line for each fetch, fields parted by tabs: begin and end (ns of CLOCK_MONOTONIC), client, revision, failure, server; - for none" };
    var command = new Command("failover", "Fetches by the client library, which goes to the next server when one fails, and checks each coffer; prints one line of JSON, and ends with 1 where any fetch failed. SIGTERM ends it early.") { server, seconds, workers, rate, timeout, log };
    command.SetAction(async (parsed, cancellation) =>
    {
        using var known = Clients(parsed);
        if (!ServerAddress.TryReadList(parsed.GetValue(server)!, out var servers, out var wrong)) throw new FormatException($"--server: '{wrong}' is no address, expected HOST:PORT");
        var plan = new FailoverPlan(servers, ServerKey(parsed), parsed.GetValue(workers), parsed.GetValue(rate), TimeSpan.FromSeconds(parsed.GetValue(timeout)));
        await using var lines = parsed.GetValue(log) is { } file ? new StreamWriter(file) { AutoFlush = true } : StreamWriter.Null;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        stop.CancelAfter(TimeSpan.FromSeconds(parsed.GetValue(seconds)));
        var figures = await new FailoverRun(plan, known).RunAsync(lines.WriteLine, stop.Token);
        Console.Out.WriteLine(figures.ToJson());
        return figures.IsGood ? 0 : 1;
    });
    return command;
}

LoadClients Clients(ParseResult parsed) => new(parsed.GetValue(seed)!, parsed.GetValue(clients), parsed.GetValue(secrets), parsed.GetValue(size));

PublicKey ServerKey(ParseResult parsed)
{
    var text = parsed.GetValue(serverKey) ?? throw new FormatException("no --server-key, expected the server's public key or a file that holds it");
    if (KeyFile.TryReadPublicTextOrFile(text, out var key, out var problem)) return key;
    throw new FormatException($"--server-key: {problem.Message}");
}

static List<EndPoint> Servers(string text)
{
    if (!ServerAddress.TryReadList(text, out var addresses, out var wrong)) throw new FormatException($"--server: '{wrong}' is no address, expected HOST:PORT");
    return [.. addresses.Select(address => new IPEndPoint(Dns.GetHostAddresses(address.Host)[0], address.Port))];
}
