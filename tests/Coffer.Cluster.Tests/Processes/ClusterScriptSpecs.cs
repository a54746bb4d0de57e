using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Coffer.EndToEnd.Tests;
using Coffer.EndToEnd.Tests.Server;
using Coffer.Tests.Shared;

namespace Coffer.Cluster.Tests.Processes;

/// <summary><c>make cluster</c>: what it shows, that it starts a node again, and that nothing of it stays.</summary>
[Takes(seconds: 55)]
public sealed partial class ClusterScriptSpecs
{
    [Fact]
    public async Task Shows_a_cluster_of_three_and_leaves_nothing_behind()
    {
        await using var script = Start();
        string byHand;
        try
        {
            await script.LineAsync(line => line.Contains("all of it stays until Ctrl-C", StringComparison.Ordinal), "that says it waits");
            await KillAsync(script, 3);
            await script.LineAsync(line => line.Contains("node 3 ended with exit code 137, and is started again", StringComparison.Ordinal), "that says it did");
            // Before that has come back. The one that is left may end itself then; nobody serves for a while.
            await KillAsync(script, 2);
            await script.LineAsync(line => line.Contains("node 3 was started again", StringComparison.Ordinal), "that says it was");
            await script.LineAsync(line => line.Contains("node 2 ended with exit code 137, and is started again", StringComparison.Ordinal), "that says it did, too");
            await script.LineAsync(line => line.Contains("node 2 was started again", StringComparison.Ordinal), "that says it was, too");
            var command = script.Log.Single(line => line.Contains("coffer-client get --server", StringComparison.Ordinal));
            byHand = await RunAsync($"for second in $(seq 120); do {command} 2>/dev/null && break; sleep 1; done");
        }
        finally
        {
            // Killed, as by its disposal, it could not end what it has started.
            await script.SignalAsync("INT");
            await script.EndedAsync();
        }
        var ended = await script.EndedAsync();
        var directory = Assert.Single(script.Log.Select(line => WorkDirectory().Match(line)), match => match.Success).Groups[1].Value;
        string[] processes = [.. script.Log.Select(line => ProcessId().Match(line)).Where(match => match.Success).Select(match => match.Groups[1].Value)];

        Assert.Equal(0, ended.ExitCode);
        // What the shell says of a job that was killed.
        Assert.DoesNotContain(script.Log, line => line.Contains("Killed", StringComparison.Ordinal));
        Assert.Contains("API_TOKEN", byHand, StringComparison.Ordinal);
        Assert.Equal(3, script.Log.Count(line => line.Contains("finds an API_TOKEN of 32 letters", StringComparison.Ordinal)));
        Assert.Equal(3, script.Log.Count(line => UpMember().IsMatch(line)));
        Assert.False(Directory.Exists(directory));
        // Node 1 may have ended in between, and be started again, too.
        Assert.InRange(processes.Length, 6, 7);
        Assert.All(processes, id => Assert.False(Directory.Exists($"/proc/{id}"), $"process {id} still runs"));
    }

    // What it prints goes where lines are read as they come. Whoever started the tests may have them ignore SIGINT, which a script could not change.
    private static RunningServer Start()
    {
        var start = new ProcessStartInfo("/usr/bin/env", ["--default-signal=INT", "/bin/sh", "-c", "exec \"$0\" >&2", Programs.InRepository("tests", "cluster")]);
        start.Environment["COFFER_DIST"] = Programs.Folder;
        return RunningServer.Start(start);
    }

    private static Task KillAsync(RunningServer script, int node)
    {
        var line = script.Log.Single(line => line.Contains($"node {node.ToString(CultureInfo.InvariantCulture)}: talks to the others", StringComparison.Ordinal));
        return RunningServer.SignalAsync("KILL", int.Parse(ProcessId().Match(line).Groups[1].Value, CultureInfo.InvariantCulture));
    }

    private static async Task<string> RunAsync(string command)
    {
        using var shell = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", command]) { RedirectStandardOutput = true })!;
        var text = await shell.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await shell.WaitForExitAsync(TestContext.Current.CancellationToken);
        return text;
    }

    [GeneratedRegex("PostgreSQL: .* in (/[^ ]+)/postgres,")]
    private static partial Regex WorkDirectory();

    [GeneratedRegex(@"process ([0-9]+)\b")]
    private static partial Regex ProcessId();

    [GeneratedRegex(@"akka\.ssl\.tcp://coffer@127\.0\.0\.[123]:[0-9]+\tup\t")]
    private static partial Regex UpMember();
}
