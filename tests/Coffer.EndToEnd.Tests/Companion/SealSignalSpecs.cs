using System.Diagnostics;
using System.Globalization;
using Coffer.Crypto.Keys;
using Xunit;

namespace Coffer.EndToEnd.Tests.Companion;

/// <summary>Signals that meet <c>seal</c> while it writes: the program is stopped when the file beside its target appears, and goes on with the signal.</summary>
public sealed class SealSignalSpecs : IDisposable
{
    private const string Old = "coffer-definition/1\nthe old one";
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("coffer-seal-");

    public SealSignalSpecs()
    {
        Assert.True(KeyFile.TryCreate(PathOf("companion.pem"), out var key, out _));

        // Large enough that sealing and forcing it to disk takes longer than a look at the directory.
        using var definition = new StreamWriter(PathOf("definition.toml"));
        definition.Write("[clients]\n");
        for (var i = 0; i < 60; i++) definition.Write($"c{i} = \"{i + 256:x64}\"\n");
        var value = new string('x', 1_000_000);
        for (var i = 0; i < 60; i++) definition.Write($"[c{i}]\nv = \"{value}\"\n");
    }

    [Theory]
    [InlineData("INT", 130)]
    [InlineData("TERM", 143)]
    [InlineData("HUP", 129)]
    [InlineData("QUIT", 131)]
    public async Task Leaves_the_old_file_and_nothing_else(string signal, int exitCode)
    {
        var ended = await SealAndSend(signal, ignored: false);

        Assert.Equal(exitCode, ended);
        Assert.Equal(Old, await File.ReadAllTextAsync(PathOf("definition.coffer"), TestContext.Current.CancellationToken));
        Assert.Empty(Drafts());
    }

    [Fact]
    public async Task Goes_on_where_the_signal_is_ignored()
    {
        var ended = await SealAndSend("HUP", ignored: true);

        Assert.Equal(0, ended);
        Assert.True(new FileInfo(PathOf("definition.coffer")).Length > 60_000_000);
        Assert.Empty(Drafts());
    }

    public void Dispose() => _directory.Delete(recursive: true);

    private async Task<int> SealAndSend(string signal, bool ignored)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            await File.WriteAllTextAsync(PathOf("definition.coffer"), Old, TestContext.Current.CancellationToken);
            using var process = Start(ignored ? $"trap '' {signal}; " : "");
            while (!process.HasExited && Drafts().Length == 0) Assert.True(clock.Elapsed < Limit, "seal neither wrote nor ended in time");
            Send("STOP", process);
            while (!process.HasExited && !IsStopped(process)) Assert.True(clock.Elapsed < Limit, "seal did not stop");
            var isMet = !process.HasExited && Drafts().Length == 1;
            if (isMet) Send(signal, process);
            Send("CONT", process);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Limit, TestContext.Current.CancellationToken);

            // It may be done before it is stopped; then it is tried once more.
            if (isMet) return process.ExitCode;
            Assert.Equal(0, process.ExitCode);
            Assert.True(clock.Elapsed < Limit, "seal was never met while it wrote");
        }
    }

    private Process Start(string before) => Process.Start(new ProcessStartInfo("/bin/sh",
        ["-c", $"{before}exec \"$@\" 2> /dev/null", "sh", Programs.Companion, "seal", "definition.toml", "--key", "companion.pem", "--server-key", $"{99:x64}", "--out", "definition.coffer"])
    {
        WorkingDirectory = _directory.FullName,
    })!;

    private static void Send(string signal, Process process)
    {
        using var kill = Process.Start("/bin/sh", ["-c", $"kill -{signal} {process.Id.ToString(CultureInfo.InvariantCulture)} 2> /dev/null"]);
        kill.WaitForExit();
    }

    private static bool IsStopped(Process process)
    {
        var status = File.ReadAllText($"/proc/{process.Id.ToString(CultureInfo.InvariantCulture)}/stat");
        return status[(status.LastIndexOf(')') + 2)..].StartsWith('T');
    }

    private string[] Drafts() => Directory.GetFiles(_directory.FullName, ".coffer-*");

    private string PathOf(string name) => Path.Combine(_directory.FullName, name);
}
