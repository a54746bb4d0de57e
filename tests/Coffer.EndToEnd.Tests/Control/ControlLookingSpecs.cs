using System.Text.Json;
using Coffer.EndToEnd.Tests.Server;
using Coffer.Server.Tests.Conversations;

namespace Coffer.EndToEnd.Tests.Control;

/// <summary>Every verb that changes nothing, on one server.</summary>
public sealed class ControlLookingSpecs(ControlBench bench) : IClassFixture<ControlBench>
{
    private const string Node = "akka.memory://coffer@alone:1";

    [Theory]
    [InlineData("coffer status", "state\tserving\n", "node\t" + Node + "\n", "revision\t1\n", "clients\t1\n", "definitionProblem\t-\n")]
    [InlineData("coffer clients", "name\tkey\trevision\tisRevoked\tlastFetch\n", "\nclient\t")]
    [InlineData("coffer clients --search LIEN", "\nclient\t")]
    [InlineData("coffer client client", "name\tclient\n", "isRevoked\tno\n", "secrets\tPASSWORD  Text     17 B\n", "secrets\tPORT      Integer  8 B\n")]
    [InlineData("coffer history", "revision\tkind\tat\t", "\n1\tload\t")]
    [InlineData("cluster show", "address\tstatus\t", $"\n{Node}\tup\tcoffer\tyes\tyes\tyes\tyes\n")]
    [InlineData("cluster status", "status\tup\n", "members\t1\n", "isAlone\tyes\n")]
    [InlineData("cluster leader", Node + " (this node)\n")]
    [InlineData("log tail --once --last 1000", " info  serving on 127.0.0.1:")]
    [InlineData("log level", "info\n")]
    [InlineData("actor hierarchy", "/  (", "  user  (", "edge  (EdgeListener)\n", "node-view  (NodeViewActor)\n")]
    [InlineData("actor system", "system\tcoffer\n", "akka\t1.5.", "runtime\t.NET 10.")]
    public async Task Shows_what_is_asked_for(string command, params string[] expected)
    {
        var ended = await bench.Ask(command.Split(' '));

        Assert.Equal(0, ended.ExitCode);
        Assert.All(expected, text => Assert.Contains(text, ended.Text, StringComparison.Ordinal));
        Assert.DoesNotContain(ControlBench.Secret, ended.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Shows_a_conversation_for_as_long_as_it_is_open()
    {
        using var linked = await RawPeer.ConnectAsync(await bench.Server.ServingAsync());
        await linked.LinkAsync(bench.Files.Client, bench.Files.ServerKey);
        var open = await bench.Ask("coffer", "sessions");
        await linked.SendAsync(linked.Bye(bench.Files.Client.PublicKey));
        await linked.ReadEndAsync();

        Assert.Equal((0, "from\tstate\tclient\tkey\tsince"), (open.ExitCode, open.Lines[0]));
        Assert.Matches(
            $@"^{linked.Address}\tlinked\tclient\t{bench.Files.Client.PublicKey}\t[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}} [0-9:]{{8}}Z$",
            Assert.Single(open.Lines, line => line.StartsWith($"{linked.Address}\t", StringComparison.Ordinal)));
        // The client hears of the end before the server has counted it.
        using var patience = new CancellationTokenSource(RunningServer.Patience);
        while (await bench.Ask("coffer", "sessions") is not { ExitCode: 0, Text: "", Error: "coffer-ctl: note: no conversation is open\n" }) patience.Token.ThrowIfCancellationRequested();
    }

    [Fact]
    public async Task Shows_where_the_coffer_of_a_client_is_once_it_was_fetched()
    {
        await bench.Files.FetchAsync(bench.Server);

        var located = await bench.Ask("sharding", "locate", bench.Files.Client.PublicKey.ToString());
        var shards = await bench.Ask("sharding", "shards");
        var regions = await bench.Ask("sharding", "regions");
        var stats = await bench.Ask("sharding", "stats");

        var shard = Assert.Single(located.Lines, line => line.StartsWith("shard\t", StringComparison.Ordinal))["shard\t".Length..];
        Assert.Equal((0, $"key\t{bench.Files.Client.PublicKey}\nshard\t{shard}\nnode\t{Node}\nisLive\tyes\n"), (located.ExitCode, located.Text));
        Assert.Equal((0, $"type\tshard\tnode\tentities\ncoffer\t{shard}\t{Node}\t1\n"), (shards.ExitCode, shards.Text));
        Assert.Equal((0, "type\tnodes\tshards\tentities\ncoffer\t1\t1\t1\n"), (regions.ExitCode, regions.Text));
        Assert.Equal((0, $"type\tnode\tshards\tentities\ncoffer\t{Node}\t1\t1\n"), (stats.ExitCode, stats.Text));
    }

    [Fact]
    public async Task Locates_a_client_whose_coffer_nobody_has_fetched()
    {
        var ended = await bench.Ask("sharding", "locate", bench.Files.CompanionKey.ToString());

        Assert.Equal(0, ended.ExitCode);
        Assert.EndsWith("\nisLive\tno\n", ended.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Hands_rows_on_as_json()
    {
        var ended = await bench.Ask("coffer", "clients", "--json");

        Assert.Equal("client", JsonSerializer.Deserialize<JsonElement>(Assert.Single(ended.Lines)).GetProperty("name").GetString());
    }

    [Fact]
    public async Task Draws_tables_on_a_terminal()
    {
        var ended = await bench.AskOnTerminal("", "coffer clients");

        Assert.Equal((0, ""), (ended.ExitCode, ended.Error));
        Assert.Contains("last fetch", ended.Text, StringComparison.Ordinal);
        // Wider than the terminal, and still whole.
        Assert.Contains(bench.Files.Client.PublicKey.ToString(), ended.Text, StringComparison.Ordinal);
        Assert.Contains("─", ended.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("coffer clients")]
    [InlineData("coffer status")]
    [InlineData("coffer audit tail --last 1 --once")]
    [InlineData("--help")]
    public async Task Leaves_a_terminal_as_it_is(string arguments)
    {
        bench.Files.Environment["TERM"] = "xterm-256color";
        try
        {
            var ended = await bench.AskOnTerminal("", arguments);

            Assert.Equal(0, ended.ExitCode);
            // What is not undone by itself: all but bold.
            Assert.DoesNotContain('\e', ended.Text.Replace("\e[1m", "", StringComparison.Ordinal).Replace("\e[0m", "", StringComparison.Ordinal));
        }
        finally
        {
            bench.Files.Environment.Remove("TERM");
        }
    }

    [Theory]
    [InlineData(1, "coffer client nobody", "no client has the name or key nobody")]
    [InlineData(1, "coffer rollback 99 --yes", "revision 99 is not kept, expected 1 to 1")]
    [InlineData(1, "coffer rollback 99 --dry-run", "revision 99 is not kept, expected 1 to 1")]
    [InlineData(2, "coffer rollback 1", "nobody is there to be asked whether to roll back: standard input is no terminal")]
    [InlineData(1, "coffer load nosuch.coffer", "nosuch.coffer cannot be read")]
    [InlineData(2, "coffer load -", "nobody is there to be asked whether to load it")]
    [InlineData(1, "coffer revoke nobody", "no client has the name or key nobody")]
    [InlineData(1, "coffer restore nobody", "no client has the name or key nobody")]
    [InlineData(1, "cluster join akka.tcp://coffer@127.0.0.1:1", "this node was started alone")]
    [InlineData(1, "cluster join b.example.com:9190", "this node was started alone")]
    [InlineData(1, "cluster leave", "this node was started alone")]
    [InlineData(1, "cluster down akka.tcp://coffer@127.0.0.1:1", "no member has the address")]
    [InlineData(1, "cluster down " + Node, "this node is not dead")]
    [InlineData(0, "cluster down-unreachable", "no member is unreachable")]
    [InlineData(2, "sharding locate short", "key: ")]
    [InlineData(2, "coffer", "no command is named, expected status, load, clients, client, history, rollback, revoke, restore, sessions, audit")]
    [InlineData(2, "coffer audit", "no command is named, expected tail")]
    [InlineData(2, "coffer open", "\"open\" is no command, expected status")]
    [InlineData(2, "coffer rolback 1", "\"rolback\" is no command, expected status")]
    [InlineData(2, "coffer rollback", "N of rollback is missing: the revision whose content is to count again")]
    [InlineData(2, "coffer client", "NAME|KEY of client is missing: the client's name in the definition, or its public key")]
    [InlineData(2, "coffer client ", "client: is empty, expected NAME|KEY")]
    [InlineData(2, "sharding locate ", "key: is empty, expected KEY")]
    [InlineData(2, "cluster leave ", "address: is empty, expected ADDRESS")]
    [InlineData(2, "coffer load ", "FILE: is empty, expected the name of a file")]
    [InlineData(2, "log level --sokcet x", "\"--sokcet\" is no option of level")]
    [InlineData(2, "log level loud", "level: 'loud' is none of debug, info, warning, error")]
    [InlineData(2, "coffer rollback first", "revision: 'first' is no number")]
    [InlineData(2, "log tail --last -1", "last: '-1' is no number")]
    public async Task Says_why_not(int exitCode, string command, string error)
    {
        var ended = await bench.Ask(command.Split(' '));

        Assert.Equal((exitCode, ""), (ended.ExitCode, ended.Text));
        Assert.StartsWith($"coffer-ctl: {(exitCode == 0 ? "note" : "error")}: {error}", ended.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("coffer --help")]
    [InlineData("coffer load --help")]
    [InlineData("coffer audit tail --help")]
    public async Task Explains_itself(string command)
    {
        var ended = await bench.Ask(command.Split(' '));

        Assert.Equal((0, ""), (ended.ExitCode, ended.Error));
        Assert.Contains("--data <DIR>", ended.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answers_curl()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/curl"), "curl is not installed");

        var ended = await bench.Files.RunAsync("/usr/bin/curl", "-sS", "--unix-socket", Path.Combine(bench.Files.DataDirectory, "control.sock"), "http://coffer/v1/cluster/leader");

        Assert.Equal($"{{\"address\":\"{Node}\",\"isSelf\":true}}\n{{\"end\":\"whole\",\"rows\":1}}\n", ended.Text);
    }

    [Fact]
    public async Task Follows_the_log_while_its_level_changes()
    {
        var follower = bench.Follow("log tail --last 0");
        while (!follower.Log.Any(line => line.Contains("log level level=debug", StringComparison.Ordinal))) Assert.Equal(0, (await bench.Ask("log", "level", "debug")).ExitCode);

        var ended = await bench.Ask("log", "level", "info");

        Assert.Equal((0, "info, before: debug\n"), (ended.ExitCode, ended.Text));
        await follower.LineAsync(line => line.Contains("operator: log level level=info by uid ", StringComparison.Ordinal), "of the operator's command");
    }

    [Fact]
    public async Task Follows_the_audit()
    {
        // Its first line is there already, and says that it follows.
        var follower = bench.Follow("coffer audit tail --last 1");
        var before = await follower.LineAsync(_ => true, "that was written before");

        await bench.Files.FetchAsync(bench.Server);
        var line = await follower.LineAsync(line => line != before, "of the fetch");
        await follower.SignalAsync("TERM");
        var ended = await follower.EndedAsync();

        // As a shell counts it: 128 and SIGTERM.
        Assert.Equal(143, ended.ExitCode);
        Assert.Equal([before, line], follower.Log);
        var fetch = JsonSerializer.Deserialize<JsonElement>(line);
        Assert.Equal(
            ("fetch", "client", bench.Files.Client.PublicKey.ToString(), "granted", 1),
            (Text(fetch, "event"), Text(fetch, "client"), Text(fetch, "key"), Text(fetch, "outcome"), fetch.GetProperty("revision").GetInt64()));
    }

    [Theory]
    [InlineData("bash", "coffer ", "status load clients client history rollback revoke restore sessions audit --data --socket --json --help")]
    [InlineData("bash", "--data coffer clus", "cluster")]
    [InlineData("bash", "coffer audit ", "tail --data --socket --json --help")]
    [InlineData("bash", "coffer load --d", "--dry-run --data")]
    [InlineData("bash", "cluster down", "down down-unreachable")]
    [InlineData("bash", "log level ", "--data --socket --json --help debug info warning error")]
    [InlineData("bash", "log level w", "warning")]
    [InlineData("fish", "log level ", "debug error info warning")]
    [InlineData("fish", "coffer re", "restore revoke")]
    [InlineData("fish", "coffer load --d", "--data --dry-run")]
    [InlineData("fish", "coffer audit tail --o", "--once")]
    public async Task Completes(string shell, string line, string expected)
    {
        Assert.SkipUnless(File.Exists($"/usr/bin/{shell}") || File.Exists($"/bin/{shell}"), $"{shell} is not installed");
        var script = bench.Files.FilePath($"completion-{shell}-{Guid.NewGuid()}");
        await File.WriteAllBytesAsync(script, (await bench.Ask("completion", shell)).Output, TestContext.Current.CancellationToken);
        var words = string.Join(' ', ("coffer-ctl " + line).Split(' ').Select(w => $"'{w}'"));

        var ended = shell == "bash"
            ? await bench.Files.RunAsync("/bin/bash", "--norc", "-c", $"source {script}; COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); _coffer_ctl; echo ${{COMPREPLY[@]}}")
            : await bench.Files.RunAsync("/bin/sh", "-c", $"HOME={bench.Files.FilePath("")} exec fish --no-config -c \"source {script}; complete -C 'coffer-ctl {line}'\"");

        var completed = shell == "bash" ? ended.Text.TrimEnd() : string.Join(' ', ended.Lines.Select(l => l.Split('\t')[0]).Order(StringComparer.Ordinal));
        Assert.Equal((expected, ""), (completed, ended.Error));
    }

    [Fact]
    public async Task Prints_a_script_that_zsh_takes()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/zsh"), "zsh is not installed");
        var script = bench.Files.FilePath("completion-zsh");
        await File.WriteAllBytesAsync(script, (await bench.Ask("completion", "zsh")).Output, TestContext.Current.CancellationToken);

        // The completion system works in a terminal only, so one is made, and the list that a tab brings up is read from it.
        var ended = await bench.Files.RunAsync("/bin/sh", "-c", $$"""
            HOME={{bench.Files.FilePath("")}} TERM=dumb exec zsh -f -c '
            zmodload zsh/zpty
            zpty shell zsh -f -i
            zpty -w shell "PS1=; unsetopt zle_bracketed_paste; autoload -U compinit; compinit -u -D; source {{script}}; print RE\"\"ADY"
            zpty -r -m shell line "*READY*"
            zpty -w -n shell $'"'"'coffer-ctl coffer re\t\t'"'"'
            zpty -r -m shell line "*revoke*"
            print -r -- $line
            zpty -d shell'
            """);

        Assert.Contains("restore", ended.Text, StringComparison.Ordinal);
        Assert.Contains("revoke", ended.Text, StringComparison.Ordinal);
    }

    private static string Text(JsonElement row, string property) => row.GetProperty(property).GetString()!;
}
