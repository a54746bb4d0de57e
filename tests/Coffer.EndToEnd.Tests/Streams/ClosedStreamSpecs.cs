using Coffer.EndToEnd.Tests.Client;
using Coffer.EndToEnd.Tests.Server;
using Coffer.Protocol.Secrets;

namespace Coffer.EndToEnd.Tests.Streams;

/// <summary>Standard input, output and error that whoever starts a program has closed.</summary>
public sealed class ClosedStreamSpecs
{
    [Theory]
    [InlineData("coffer-ctl", "coffer load - --dry-run", 1, "coffer-ctl: error: <stdin> cannot be read (closed)")]
    [InlineData("coffer-companion", "check -", 2, "coffer-companion: error: <stdin>: cannot be read (closed)")]
    public async Task Input_is_said_to_be_closed(string program, string arguments, int exitCode, string error)
    {
        await using var bench = new ServerBench();

        var ended = await bench.RunAsync("/bin/sh", "-c", $"exec {Path.Combine(Programs.Folder, program)} {arguments} <&-");

        Assert.Equal((exitCode, error), (ended.ExitCode, ended.Error.Split('\n')[0]));
    }

    // With input closed as well, the connection to the server would have the number of standard output.
    [Fact]
    public async Task A_secret_goes_nowhere_where_output_is_closed()
    {
        await using var bench = new ClientBench(("A", SecretValue.OfText("not-a-real-secret")));

        var ended = await bench.ClientUnder("exec \"$@\" <&- >&-", "get", "A", "--format", "raw");

        Assert.Equal((125, "coffer-client: error: standard output cannot be written (closed)"), (ended.ExitCode, ended.Error.Split('\n')[0]));
    }

    [Fact]
    public async Task A_program_that_is_run_gets_nothing_in_their_place()
    {
        await using var bench = new ClientBench(("A", SecretValue.OfText("not-a-real-secret")));

        var ended = await bench.ClientUnder("exec \"$@\" <&-", "run", "--", "/bin/readlink", "/proc/self/fd/0");

        Assert.Equal((0, "/dev/null\n", ""), (ended.ExitCode, ended.Text, ended.Error));
    }

    [Fact]
    public async Task A_server_serves_and_writes_to_nothing_of_its_own()
    {
        await using var bench = new ServerBench();
        string[] arguments = [.. bench.Options.SelectMany(option => new[] { option.Key, option.Value }), "--definition", bench.Seal(bench.OneClient("A = 1"))];
        await using var server = RunningServer.Start("/bin/sh", ["-c", "exec \"$@\" <&- >&- 2>&-", "sh", Programs.Server, .. arguments], "", bench.Environment);

        // It says nowhere when it serves.
        using var patience = new CancellationTokenSource(RunningServer.Patience);
        while ((await bench.ControlAsync("coffer", "status")).ExitCode != 0) await Task.Delay(50, patience.Token);

        Assert.Equal(["/dev/null", "/dev/null", "/dev/null"], Enumerable.Range(0, 3).Select(number => new FileInfo($"/proc/{server.ProcessId}/fd/{number}").LinkTarget));
        Assert.Equal(0, (await server.StopAsync()).ExitCode);
    }
}
