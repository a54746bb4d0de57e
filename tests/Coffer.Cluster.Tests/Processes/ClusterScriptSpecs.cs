using System.Diagnostics;
using System.Text.RegularExpressions;
using Coffer.EndToEnd.Tests;
using Coffer.EndToEnd.Tests.Server;

namespace Coffer.Cluster.Tests.Processes;

/// <summary><c>make cluster</c>: what it shows, and that nothing of it stays.</summary>
public sealed partial class ClusterScriptSpecs
{
    [Fact]
    public async Task Shows_a_cluster_of_three_and_leaves_nothing_behind()
    {
        await using var script = Start();
        await script.LineAsync(line => line.Contains("all of it stays until Ctrl-C", StringComparison.Ordinal), "that says it waits");
        var log = script.Log;
        var directory = Assert.Single(log.Select(line => WorkDirectory().Match(line)), match => match.Success).Groups[1].Value;
        string[] processes = [.. log.Select(line => ProcessId().Match(line)).Where(match => match.Success).Select(match => match.Groups[1].Value)];

        Assert.Equal(4, processes.Length);
        Assert.All(processes, id => Assert.True(Directory.Exists($"/proc/{id}"), $"process {id} does not run"));
        Assert.Equal(3, log.Count(line => line.Contains("finds an API_TOKEN of 32 letters", StringComparison.Ordinal)));
        Assert.Equal(3, log.Count(line => UpMember().IsMatch(line)));

        await script.SignalAsync("INT");
        var ended = await script.EndedAsync();

        Assert.Equal(0, ended.ExitCode);
        Assert.False(Directory.Exists(directory));
        Assert.All(processes, id => Assert.False(Directory.Exists($"/proc/{id}"), $"process {id} still runs"));
    }

    // What it prints goes where lines are read as they come. Whoever started the tests may have them ignore SIGINT, which a script could not change.
    private static RunningServer Start()
    {
        var start = new ProcessStartInfo("/usr/bin/env", ["--default-signal=INT", "/bin/sh", "-c", "exec \"$0\" >&2", Programs.InRepository("tests", "cluster")])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["COFFER_DIST"] = Programs.Folder;
        return new RunningServer(Process.Start(start)!);
    }

    [GeneratedRegex("PostgreSQL: .* in (/[^ ]+)/postgres,")]
    private static partial Regex WorkDirectory();

    [GeneratedRegex(@"process ([0-9]+)\b")]
    private static partial Regex ProcessId();

    [GeneratedRegex(@"akka\.ssl\.tcp://coffer@127\.0\.0\.[123]:[0-9]+\tup\t")]
    private static partial Regex UpMember();
}
