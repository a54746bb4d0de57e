using System.Text.RegularExpressions;
using Coffer.Client;
using Coffer.EndToEnd.Tests.Monitoring;
using Coffer.EndToEnd.Tests.Server;
using Coffer.Tests.Shared;

namespace Coffer.EndToEnd.Tests.Control;

/// <summary>Every verb that changes something, in the order of an operator's day.</summary>
[Takes(seconds: 45)]
public sealed class ControlChangingSpecs
{
    [Fact]
    public async Task Loads_what_was_shown_and_rolls_it_back()
    {
        await using var bench = new ControlBench();
        await bench.InitializeAsync();
        var next = bench.Files.Seal(bench.Files.OneClient("PASSWORD = \"not-a-real-secret-either\"", "TOKEN = \"not-real\""), "next.coffer");

        var unasked = await bench.Ask("coffer", "load", next);
        var compared = await bench.Ask("coffer", "load", next, "--dry-run");
        var loaded = await bench.Ask("coffer", "load", next, "--yes");
        var status = await bench.Ask("coffer", "status");
        var again = await bench.Ask("coffer", "load", next, "--yes");
        var older = await bench.Ask("coffer", "load", bench.Files.FilePath("definition.coffer"), "--yes");
        var backUnasked = await bench.Ask("coffer", "rollback", "1");
        var backCompared = await bench.Ask("coffer", "rollback", "1", "--dry-run");
        var rolledBack = await bench.Ask("coffer", "rollback", "1", "--yes");
        var backAgain = await bench.Ask("coffer", "rollback", "1", "--yes");
        var fine = await bench.Ask("coffer", "status");
        var history = await bench.Ask("coffer", "history");

        const string Difference = "~ [client] PASSWORD = <Text> -> <Text>\n- [client] PORT = <Integer>\n+ [client] TOKEN = <Text>\n";
        const string Counts = "1 client, 0 added, 1 changed, 0 removed, 0 unchanged\n";
        var own = bench.Files.FilePath("definition.coffer");
        var note = $"{own}: is older than the newest definition that was loaded (serial 1, newest 2)";
        Assert.Equal((2, ""), (unasked.ExitCode, unasked.Text));
        Assert.Contains("hint: --yes loads without asking", unasked.Error, StringComparison.Ordinal);
        Assert.Equal((0, $"{Difference}compared with revision 1: {Counts}"), (compared.ExitCode, compared.Text));
        Assert.Equal((0, $"{Difference}compared with revision 1: {Counts}loaded as revision 2: {Counts}note: {note}; a node that is started on that file ends with exit code 5: put the loaded one in its place, on every node\n"), (loaded.ExitCode, loaded.Text));
        Assert.Contains($"definitionProblem\t{note}\n", status.Text, StringComparison.Ordinal);
        Assert.Equal((0, "nothing to do: this definition counts already, and the revision stays 2\n"), (again.ExitCode, again.Text));
        // The comparison is one node's; that it counts everywhere is the catalog's to say.
        await bench.Server.LineAsync(line => line.EndsWith("nothing to do, revision 2 counts", StringComparison.Ordinal), "of the catalog");
        Assert.Equal((1, ""), (older.ExitCode, older.Text));
        Assert.Contains("is older than the newest definition that was loaded", older.Error, StringComparison.Ordinal);
        const string Back = "~ [client] PASSWORD = <Text> -> <Text>\n+ [client] PORT = <Integer>\n- [client] TOKEN = <Text>\n";
        Assert.Equal((2, ""), (backUnasked.ExitCode, backUnasked.Text));
        Assert.Contains("hint: --yes rolls back without asking", backUnasked.Error, StringComparison.Ordinal);
        Assert.Equal((0, $"{Back}compared with revision 2: {Counts}"), (backCompared.ExitCode, backCompared.Text));
        Assert.Equal((0, $"{Back}compared with revision 2: {Counts}rolled back as revision 3: {Counts}"), (rolledBack.ExitCode, rolledBack.Text));
        Assert.Equal((0, "nothing to do: what that revision had counts already, and the revision stays 3\n"), (backAgain.ExitCode, backAgain.Text));
        // The file counts again.
        Assert.Contains("definitionProblem\t-\n", fine.Text, StringComparison.Ordinal);
        Assert.Equal(["revision", "3", "2", "1"], history.Lines.Select(line => line.Split('\t')[0]));
        Assert.Equal(ControlBench.Secret, (await bench.Files.FetchAsync(bench.Server)).Find("PASSWORD")!.RevealText());
    }

    [Theory]
    [InlineData("-")]
    [InlineData("/dev/stdin")]
    public async Task Loads_what_comes_through_a_pipe(string file)
    {
        await using var bench = new ControlBench();
        await bench.InitializeAsync();
        var next = bench.Files.Seal(bench.Files.OneClient("PASSWORD = \"not-a-real-secret-either\""), "next.coffer");

        var loaded = await bench.Files.RunAsync("/bin/sh", "-c", $"cat {next} | {Programs.Control} coffer load {file} --yes");
        var none = await bench.Files.RunAsync("/bin/sh", "-c", $": | {Programs.Control} coffer load {file} --yes");

        Assert.Equal((0, ""), (loaded.ExitCode, loaded.Error));
        Assert.Contains("loaded as revision 2: 1 client, 0 added, 1 changed, 0 removed, 0 unchanged\n", loaded.Text, StringComparison.Ordinal);
        Assert.Equal((1, ""), (none.ExitCode, none.Text));
        Assert.StartsWith($"coffer-ctl: error: {(file == "-" ? "<stdin>" : file)} cannot be read (empty)\n", none.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sends_no_file_that_the_server_would_not_take()
    {
        await using var bench = new ControlBench();
        await bench.InitializeAsync();
        await using (var large = File.Create(bench.Files.FilePath("large.coffer"))) large.SetLength((1L << 30) + 1);

        var ended = await bench.Ask("coffer", "load", bench.Files.FilePath("large.coffer"), "--dry-run");

        Assert.Equal((2, "", "coffer-ctl: error: the file is over 1 GiB\n"), (ended.ExitCode, ended.Text, ended.Error));
    }

    [Fact]
    public async Task Says_whether_something_was_done_where_its_output_cannot_be_written()
    {
        await using var bench = new ControlBench();
        await bench.InitializeAsync();
        var next = bench.Files.Seal(bench.Files.OneClient("PASSWORD = \"not-a-real-secret-either\""), "next.coffer");

        var loaded = await bench.Files.RunAsync("/bin/sh", "-c", $"{Programs.Control} coffer load {next} --yes >/dev/full");
        var revoked = await bench.Files.RunAsync("/bin/sh", "-c", $"{Programs.Control} coffer revoke client >/dev/full");
        var history = await bench.Ask("coffer", "history");

        Assert.Equal((1, 1), (loaded.ExitCode, revoked.ExitCode));
        Assert.StartsWith("coffer-ctl: error: standard output cannot be written (no space left on device), so nothing was loaded\n", loaded.Error, StringComparison.Ordinal);
        Assert.StartsWith("coffer-ctl: error: standard output cannot be written (no space left on device), but the server has done what it was told\n", revoked.Error, StringComparison.Ordinal);
        Assert.Equal(["revision", "2", "1"], history.Lines.Select(line => line.Split('\t')[0]));
    }

    [Fact]
    public async Task Calls_a_directory_one()
    {
        await using var bench = new ControlBench();

        var ended = await bench.Ask("coffer", "load", "/", "--dry-run", "--data", "/nonexistent");

        Assert.Equal((1, "coffer-ctl: error: / cannot be read (a directory)"), (ended.ExitCode, ended.Error.Split('\n')[0]));
    }

    [Fact]
    public async Task Loads_a_file_whose_name_is_as_long_as_a_name_may_be()
    {
        await using var bench = new ControlBench();
        await bench.InitializeAsync();
        var next = bench.Files.Seal(bench.Files.OneClient("PASSWORD = \"not-a-real-secret-either\""), "next.coffer");
        var folder = bench.Files.FilePath(string.Join('/', Enumerable.Repeat(new string('ü', 120), 16)));
        Directory.CreateDirectory(folder);
        File.Move(next, Path.Combine(folder, "next.coffer"));

        var loaded = await bench.Ask("coffer", "load", Path.Combine(folder, "next.coffer"), "--yes");

        Assert.Equal((0, ""), (loaded.ExitCode, loaded.Error));
        Assert.Contains("loaded as revision 2", loaded.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Asks_on_a_terminal_before_it_loads()
    {
        await using var bench = new ControlBench();
        await bench.InitializeAsync();
        bench.Files.Environment["TERM"] = "xterm-256color";
        var next = bench.Files.Seal(bench.Files.OneClient("PASSWORD = \"not-a-real-secret-either\""), "next.coffer");

        var no = await bench.AskOnTerminal("n", $"coffer load {next}");
        var yes = await bench.AskOnTerminal("y", $"coffer load {next}");

        Assert.Equal(1, no.ExitCode);
        Assert.Contains("load it? [y/N]", no.Text, StringComparison.Ordinal);
        Assert.Contains("nothing was loaded", no.Text, StringComparison.Ordinal);
        Assert.Equal(0, yes.ExitCode);
        Assert.Contains("loaded as revision 2", yes.Text, StringComparison.Ordinal);
        // Console would put the terminal into keypad mode, and leave it there.
        Assert.DoesNotContain("\e[?1h", no.Text + yes.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Asks_before_it_rolls_back_on_a_terminal()
    {
        await using var bench = new ControlBench();
        await bench.InitializeAsync();
        Assert.Equal(0, (await bench.Ask("coffer", "load", bench.Files.Seal(bench.Files.OneClient("TOKEN = \"not-real\""), "next.coffer"), "--yes")).ExitCode);

        var no = await bench.AskOnTerminal("n", "coffer rollback 1");
        var yes = await bench.AskOnTerminal("y", "coffer rollback 1");

        Assert.Equal(1, no.ExitCode);
        Assert.Contains("- [client] TOKEN = <Text>", no.Text, StringComparison.Ordinal);
        Assert.Contains("roll back? [y/N]", no.Text, StringComparison.Ordinal);
        Assert.Contains("nothing was rolled back", no.Text, StringComparison.Ordinal);
        Assert.Equal(0, yes.ExitCode);
        Assert.Contains("rolled back as revision 3", yes.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Says_on_a_terminal_for_how_long_it_waits_for_the_server()
    {
        await using var bench = new ControlBench();
        await bench.InitializeAsync();
        var next = bench.Files.Seal(bench.Files.OneClient("PASSWORD = \"not-a-real-secret-either\""), "next.coffer");

        await bench.Server.SignalAsync("STOP");
        var load = bench.FollowOnTerminal($"coffer load {next} --yes");
        await load.LineAsync(line => Regex.IsMatch(line, $"comparing {Regex.Escape(next)}: [0-9]+ s$"), "that says for how long it has waited");
        await bench.Server.SignalAsync("CONT");

        Assert.Equal(0, (await load.EndedAsync()).ExitCode);
        Assert.Contains(load.Log, line => line.Contains("loaded as revision 2", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Says_on_a_terminal_how_much_of_the_file_has_gone()
    {
        await using var bench = new ControlBench();
        await bench.InitializeAsync();
        // More than a socket holds, so that most of it goes once the server reads.
        var comments = string.Concat(Enumerable.Repeat($"# {new string('x', 1000)}\n", 2000));
        var next = bench.Files.Seal(comments + bench.Files.OneClient("PASSWORD = \"not-a-real-secret-either\""), "next.coffer");

        var before = Connections(bench);
        await bench.Server.SignalAsync("STOP");
        var load = bench.FollowOnTerminal($"coffer load {next} --yes");
        using (var patience = new CancellationTokenSource(RunningServer.Patience))
            while (Connections(bench) == before) await Task.Delay(20, patience.Token);
        // What takes no longer than this is not told of.
        await Task.Delay(TimeSpan.FromSeconds(1.1), TestContext.Current.CancellationToken);
        await bench.Server.SignalAsync("CONT");

        Assert.Equal(0, (await load.EndedAsync()).ExitCode);
        Assert.Contains(load.Log, line => Regex.IsMatch(line, $"sending {Regex.Escape(next)}: [0-9]+ %$"));
        Assert.Contains(load.Log, line => line.Contains("loaded as revision 2", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Says_between_the_shown_changes_and_the_question_how_many_more_there_are()
    {
        await using var bench = new ControlBench();
        await bench.InitializeAsync();
        var next = bench.Files.Seal(bench.Files.OneClient([$"PASSWORD = \"{ControlBench.Secret}\"", "PORT = 5432", .. Enumerable.Range(0, 260).Select(i => $"TOKEN_{i:D3} = {i}")]), "next.coffer");

        var load = await bench.AskOnTerminal("n", $"coffer load {next}");

        string[] parts = ["+ [client] TOKEN_000 =", "+ [client] TOKEN_199 =", "coffer-ctl: note: 60 more changes are not shown here", "compared with revision 1: ", "load it? [y/N]"];
        var places = parts.Select(part => load.Text.IndexOf(part, StringComparison.Ordinal)).ToArray();
        Assert.True(places[0] >= 0 && places.SequenceEqual(places.Order()), load.Text);
        Assert.DoesNotContain("TOKEN_200", load.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reads_the_servers_own_definition_again()
    {
        await using var bench = new ControlBench();
        await bench.InitializeAsync();

        var unasked = await bench.Ask("coffer", "load");
        var same = await bench.Ask("coffer", "load", "--yes");
        bench.Files.Seal(bench.Files.OneClient("PASSWORD = \"not-a-real-secret-either\""));
        var changed = await bench.Ask("coffer", "load", "--yes");
        await File.WriteAllTextAsync(bench.Files.FilePath("definition.coffer"), "no definition", TestContext.Current.CancellationToken);
        var bad = await bench.Ask("coffer", "load", "--yes");
        var status = await bench.Ask("coffer", "status");

        Assert.Equal((2, ""), (unasked.ExitCode, unasked.Text));
        Assert.Contains("hint: --yes loads without asking", unasked.Error, StringComparison.Ordinal);
        Assert.Equal((0, "nothing to do: this definition counts already, and the revision stays 1\n"), (same.ExitCode, same.Text));
        const string Counts = "1 client, 0 added, 1 changed, 0 removed, 0 unchanged\n";
        Assert.Equal(
            (0, $"~ [client] PASSWORD = <Text> -> <Text>\n- [client] PORT = <Integer>\ncompared with revision 1: {Counts}loaded as revision 2: {Counts}"), (changed.ExitCode, changed.Text));
        Assert.Equal((1, ""), (bad.ExitCode, bad.Text));
        Assert.Contains($"definitionProblem\t{bench.Files.FilePath("definition.coffer")}: ", status.Text, StringComparison.Ordinal);
        Assert.Contains("store\tok\n", status.Text, StringComparison.Ordinal);
        Assert.Contains("revision\t2\n", status.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("next.coffer")]
    public async Task Does_not_load_another_file_than_the_one_whose_difference_was_shown(string named)
    {
        await using var bench = new ControlBench();
        await bench.InitializeAsync();
        var (own, other, shown) = (bench.Files.FilePath(named == "" ? "definition.coffer" : named), bench.Files.FilePath("other.coffer"), bench.Files.FilePath("shown"));
        var load = named == "" ? "coffer load" : $"coffer load {own}";
        bench.Files.Seal(bench.Files.OneClient("PASSWORD = \"not-a-real-secret-either\""), Path.GetFileName(own));
        bench.Files.Seal(bench.Files.OneClient("PASSWORD = \"nobody-has-seen-this\""), "other.coffer");

        // Written in place, so that it is another file also to whoever holds it open.
        var refused = await bench.Files.RunAsync(
            "/bin/sh", "-c", $"(until grep -qs 'load it' {shown}; do sleep 0.05; done; cat {other} >{own}; echo y) | script -qefc '{Programs.Control} {load}' /dev/null >{shown}; code=$?; cat {shown}; exit $code");

        Assert.Equal(1, refused.ExitCode);
        Assert.Contains($"{own}: is another file by now than the one that was compared", refused.Text, StringComparison.Ordinal);
        Assert.Equal(ControlBench.Secret, (await bench.Files.FetchAsync(bench.Server)).Find("PASSWORD")!.RevealText());
        Assert.Equal(0, (await bench.AskOnTerminal("y", load)).ExitCode);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_refused_file_leaves_its_cause_wherever_a_load_does_but_not_where_it_was_only_compared(bool isOwn)
    {
        await using var bench = new ControlBench();
        bench.Files.Options["--metrics"] = "127.0.0.1:0";
        await bench.InitializeAsync();
        using var monitored = await Monitored.OfAsync(bench.Server);
        var path = bench.Files.FilePath(isOwn ? "definition.coffer" : "bad.coffer");
        await File.WriteAllTextAsync(path, "no definition", TestContext.Current.CancellationToken);
        string[] load = isOwn ? ["coffer", "load"] : ["coffer", "load", path];

        var compared = await bench.Ask([.. load, "--dry-run"]);
        var untouched = await bench.Ask("coffer", "status");
        var onTerminal = await bench.AskOnTerminal("y", string.Join(' ', load));
        var status = await bench.Ask("coffer", "status");
        var unasked = await bench.Ask([.. load, "--yes"]);
        var audit = await bench.Ask("coffer", "audit", "tail", "--last", "100", "--once");

        Assert.Equal([1, 1, 1], new[] { compared.ExitCode, onTerminal.ExitCode, unasked.ExitCode });
        Assert.All([compared.Error, onTerminal.Text, unasked.Error], said => Assert.Contains("not a sealed definition", said, StringComparison.Ordinal));
        Assert.DoesNotContain("load it?", onTerminal.Text, StringComparison.Ordinal);
        Assert.Contains("definitionProblem\t-\n", untouched.Text, StringComparison.Ordinal);
        Assert.Equal(isOwn, status.Text.Contains($"definitionProblem\t{path}: ", StringComparison.Ordinal));
        await monitored.ScrapeAsync(scrape => scrape.Value("coffer_loads_total", "coffer_load_outcome", "not_ours") == 2);
        Assert.Equal(2, audit.Lines.Count(line => line.Contains("\"event\":\"load\"", StringComparison.Ordinal) && line.Contains("\"outcome\":\"not-ours\"", StringComparison.Ordinal)));
        await bench.Server.LineAsync(line => line.Contains("not loaded", StringComparison.Ordinal) && line.Contains("not a sealed definition", StringComparison.Ordinal), "that refuses the file");
    }

    [Fact]
    public async Task A_file_that_counts_again_is_a_problem_no_more()
    {
        await using var bench = new ControlBench();
        await bench.InitializeAsync();
        var good = await File.ReadAllBytesAsync(bench.Files.FilePath("definition.coffer"), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(bench.Files.FilePath("definition.coffer"), "no definition", TestContext.Current.CancellationToken);
        await bench.Ask("coffer", "load", "--yes");

        await File.WriteAllBytesAsync(bench.Files.FilePath("definition.coffer"), good, TestContext.Current.CancellationToken);
        var same = await bench.Ask("coffer", "load", "--yes");
        var status = await bench.Ask("coffer", "status");

        Assert.Equal((0, "nothing to do: this definition counts already, and the revision stays 1\n"), (same.ExitCode, same.Text));
        Assert.Contains("definitionProblem\t-\n", status.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Revokes_and_restores_a_client_and_leaves_a_line_of_each_command()
    {
        await using var bench = new ControlBench();
        await bench.InitializeAsync();
        var key = bench.Files.Client.PublicKey;

        var revoked = await bench.Ask("coffer", "revoke", "client");
        var refused = await bench.Files.TryFetchAsync(bench.Server, bench.Files.Client);
        var nobody = await bench.Ask("coffer", "revoke", "nobody");
        var restored = await bench.Ask("coffer", "restore", key.ToString());
        await bench.Files.FetchAsync(bench.Server);
        var audit = await bench.Ask("coffer", "audit", "tail", "--last", "100", "--once");
        var stranger = bench.Files.CompanionKey;
        var doubtful = await bench.Ask("coffer", "revoke", stranger.ToString());
        var cutOff = await bench.Ask("coffer", "clients", "--revoked");

        Assert.Equal((0, $"revoked {stranger} as revision 4; the definition that counts does not have this key: is it typed as it was meant?\n"), (doubtful.ExitCode, doubtful.Text));
        Assert.Equal((0, $"name\tkey\trevision\tisRevoked\tlastFetch\n-\t{stranger}\t-\tyes\t-\n"), (cutOff.ExitCode, cutOff.Text));
        Assert.Equal((0, $"revoked client ({key}) as revision 2\n"), (revoked.ExitCode, revoked.Text));
        Assert.IsType<FetchOutcome.Failed>(refused);
        Assert.Equal(1, nobody.ExitCode);
        Assert.Equal((0, $"restored client ({key}) as revision 3\n"), (restored.ExitCode, restored.Text));
        Assert.Equal(0, audit.ExitCode);
        var by = $"\"by\":\"uid {(await bench.Files.RunAsync("/usr/bin/id", "-u")).Text.TrimEnd()}\"";
        Assert.Collection(
            audit.Lines.Where(line => line.Contains("\"event\":\"command\"", StringComparison.Ordinal)),
            line => Assert.EndsWith($"\"outcome\":\"done\",\"operation\":\"coffer revoke\",{by},\"arguments\":{{\"client\":\"client\"}}}}", line, StringComparison.Ordinal),
            line => Assert.EndsWith($"\"outcome\":\"not-found\",\"operation\":\"coffer revoke\",{by},\"arguments\":{{\"client\":\"nobody\"}}}}", line, StringComparison.Ordinal),
            line => Assert.EndsWith($"\"outcome\":\"done\",\"operation\":\"coffer restore\",{by},\"arguments\":{{\"client\":\"{key}\"}}}}", line, StringComparison.Ordinal));
        Assert.Contains(audit.Lines, line => line.Contains("\"event\":\"fetch\"", StringComparison.Ordinal));
        Assert.All(
            ["revoke", "restore"],
            name => Assert.Contains("\"client\":\"client\"", Assert.Single(audit.Lines, line => line.Contains($"\"event\":\"{name}\"", StringComparison.Ordinal)), StringComparison.Ordinal));
    }

    // Those that the server has not taken yet are among them.
    private static int Connections(ControlBench bench) =>
        File.ReadLines("/proc/net/unix").Count(line => line.EndsWith(Path.Combine(bench.Files.DataDirectory, "control.sock"), StringComparison.Ordinal));
}
