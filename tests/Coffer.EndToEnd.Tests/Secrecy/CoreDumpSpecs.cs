using System.Globalization;
using Coffer.EndToEnd.Tests.Server;

namespace Coffer.EndToEnd.Tests.Secrecy;

/// <summary>Programs that hold secrets, and what a crash of theirs leaves.</summary>
public sealed class CoreDumpSpecs : IAsyncDisposable
{
    private readonly ServerBench _bench = new();

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task A_server_leaves_none()
    {
        var server = await _bench.ServeAsync();

        Assert.Equal("0 0 bytes", CoreSize(server));
    }

    [Fact]
    public async Task A_companion_leaves_none()
    {
        var pipe = _bench.FilePath("definition.toml");
        Assert.Equal(0, (await _bench.RunAsync("/usr/bin/mkfifo", pipe)).ExitCode);
        await using var companion = RunningServer.Start(Programs.Companion, ["check", pipe], "", _bench.Environment);

        // Open for writing once the companion has it open for reading.
        await using (var definition = new FileStream(pipe, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            Assert.Equal("0 0 bytes", CoreSize(companion));
        }
        await companion.EndedAsync();
    }

    // Soft and hard limit, and their unit.
    private static string CoreSize(RunningServer program) => string.Join(' ', File.ReadLines($"/proc/{program.ProcessId.ToString(CultureInfo.InvariantCulture)}/limits")
        .Single(line => line.StartsWith("Max core file size", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[^3..]);
}
