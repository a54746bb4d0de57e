namespace Coffer.EndToEnd.Tests.Control;

/// <summary>Where there is no server, or not for long.</summary>
public sealed class ControlConnectingSpecs
{
    [Fact]
    public async Task Says_that_no_server_runs_that_one_has_died_and_that_one_has_stopped()
    {
        await using var bench = new ControlBench();
        bench.Files.Environment["COFFER_DATA"] = bench.Files.DataDirectory;
        var socket = Path.Combine(bench.Files.DataDirectory, "control.sock");

        var before = await bench.Ask("coffer", "status");
        await bench.InitializeAsync();
        await bench.Server.KillAsync();
        var died = await bench.Ask("coffer", "status");
        await bench.InitializeAsync();
        var replaced = await bench.Ask("coffer", "status", "--socket", socket);
        await bench.Server.StopAsync();
        var stopped = await bench.Ask("coffer", "status");

        Assert.Equal((3, $"coffer-ctl: error: no server runs there: {socket} does not exist"), (before.ExitCode, before.Error.Split('\n')[0]));
        Assert.Equal((3, $"coffer-ctl: error: no server listens on {socket}"), (died.ExitCode, died.Error.Split('\n')[0]));
        Assert.Equal(0, replaced.ExitCode);
        Assert.Equal((3, before.Error), (stopped.ExitCode, stopped.Error));
    }

    [Fact]
    public async Task Says_that_the_socket_of_a_running_server_is_gone()
    {
        await using var bench = new ControlBench();
        await bench.InitializeAsync();
        var socket = Path.Combine(bench.Files.DataDirectory, "control.sock");
        File.Delete(socket);

        var ended = await bench.Ask("coffer", "status", "--socket", socket);

        Assert.Equal((3, $"coffer-ctl: error: {socket} does not exist, and the server of that directory runs (process {bench.Server.ProcessId})"), (ended.ExitCode, ended.Error.Split('\n')[0]));
    }

    [Fact]
    public async Task Refuses_an_option_that_is_empty()
    {
        await using var bench = new ControlBench();

        var ended = await bench.Ask("coffer", "status", "--socket", "");

        Assert.Equal((2, "coffer-ctl: error: --socket: is empty, expected FILE"), (ended.ExitCode, ended.Error.Split('\n')[0]));
    }

    [Fact]
    public async Task Says_that_the_socket_is_another_users_and_that_a_user_without_a_home_must_name_one()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "only root can become another user");
        await using var bench = new ControlBench();
        await bench.InitializeAsync();
        var folder = Directory.CreateTempSubdirectory("coffer-other-");
        try
        {
            // Another user may not reach the directory that the programs of this test lie in.
            File.SetUnixFileMode(folder.FullName, (UnixFileMode)Convert.ToInt32("755", 8));
            var program = Programs.Copy(Programs.Control, folder.FullName);

            var ended = await bench.Files.RunAsync("/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "sh", "-c", $"cd / && exec {program} coffer status");
            bench.Files.Environment.Remove("COFFER_DATA");
            bench.Files.Environment["HOME"] = "/nonexistent";
            var homeless = await bench.Files.RunAsync("/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "sh", "-c", $"cd / && exec {program} coffer status");

            Assert.Equal((4, ""), (ended.ExitCode, ended.Text));
            Assert.Contains("is not yours: permission denied", ended.Error, StringComparison.Ordinal);
            Assert.Equal((2, ""), (homeless.ExitCode, homeless.Text));
            Assert.StartsWith("coffer-ctl: error: --data: is missing, and this user has no home directory", homeless.Error, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Ends_what_follows_when_the_server_stops_and_tells_an_answer_that_was_cut()
    {
        await using var bench = new ControlBench();
        await bench.InitializeAsync();
        var follower = bench.Follow("cluster tail");
        await follower.LineAsync(line => line.EndsWith(" member akka.memory://coffer@alone:1 up", StringComparison.Ordinal), "of the node itself");
        await bench.Server.StopAsync();
        var whole = await follower.EndedAsync();

        await bench.InitializeAsync();
        follower = bench.Follow("log tail");
        await follower.LineAsync(line => line.Contains("serving on", StringComparison.Ordinal), "of the log");
        await bench.Server.KillAsync();
        var cut = await follower.EndedAsync();

        Assert.Equal(0, whole.ExitCode);
        Assert.Equal(5, cut.ExitCode);
        Assert.Contains("coffer-ctl: error: the answer was cut off before its last line", cut.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Follows_only_as_long_as_somebody_reads()
    {
        await using var bench = new ControlBench();
        await bench.InitializeAsync();
        await bench.Ask("log", "level", "error");

        // The reader goes after the first of the lines that there are, and none comes after those.
        var ended = await bench.Files.RunAsync("/bin/bash", "-c", $"'{Programs.Control}' --data '{bench.Files.DataDirectory}' log tail | head -n 1 >/dev/null; echo ${{PIPESTATUS[0]}}");

        Assert.Equal("1\n", ended.Text);
        Assert.Contains("coffer-ctl: error: standard output cannot be written (broken pipe)", ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Is_ended_by_the_signal_that_interrupts_it()
    {
        await using var bench = new ControlBench();
        await bench.InitializeAsync();
        var follower = bench.Follow("log tail");
        await follower.LineAsync(line => line.Contains("serving on", StringComparison.Ordinal), "of the log");

        await follower.SignalAsync("INT");

        Assert.Equal(130, (await follower.EndedAsync()).ExitCode);
    }
}
