using System.Diagnostics;
using System.Globalization;
using Coffer.Crypto.Keys;
using Xunit;

namespace Coffer.EndToEnd.Tests.Companion;

/// <summary>Signals that meet the commands that make new files while they do.</summary>
public sealed class NewFilesSignalSpecs : IDisposable
{
    private const int Runs = 40;

    // So many that making them takes longer than a look at the directory.
    private static readonly string[] Nodes = [.. Enumerable.Range(0, 200).Select(i => $"n{i.ToString(CultureInfo.InvariantCulture)}")];

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("coffer-signal-");

    [Fact]
    public async Task Leaves_a_whole_key_file_or_none()
    {
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < Runs; i++)
        {
            var file = Path.Combine(_directory.FullName, $"{i.ToString(CultureInfo.InvariantCulture)}.pem");
            using var process = MetProgram.Start(_directory, "", ["keygen", file]);
            while (!process.HasExited && !File.Exists(file)) Assert.True(clock.Elapsed < MetProgram.Limit, "it neither wrote nor ended in time");
            Assert.NotEqual(0, new FileInfo(file).Length);
            MetProgram.Send("TERM", process);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);

            Assert.True(KeyFile.TryRead(file, allowOpen: false, out var pair, out var problem), problem?.Message);
            pair.Dispose();
        }
        Assert.Equal(Runs, Files().Length);
    }

    [Theory]
    [InlineData("INT", 130)]
    [InlineData("TERM", 143)]
    [InlineData("HUP", 129)]
    [InlineData("QUIT", 131)]
    public async Task Leaves_no_certificate_and_makes_all_the_next_time(string signal, int exitCode)
    {
        string[] command = ["cluster-certificates", "--out", _directory.FullName, .. Nodes];

        var ended = await MetProgram.Run(_directory, command, signal, before: Clear, isSeen: () => Files().Length > 0, isMet: () => Files().Length > 0 && !File.Exists(NodeFile(Nodes[^1])));

        Assert.Equal(exitCode, ended);
        Assert.Empty(Files());
        using var again = MetProgram.Start(_directory, "", command);
        await again.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, again.ExitCode);
        Assert.All(Nodes, node => Assert.True(File.Exists(NodeFile(node))));
        Assert.Equal(2 + (2 * Nodes.Length), Files().Length);
    }

    public void Dispose() => _directory.Delete(recursive: true);

    private void Clear()
    {
        foreach (var inner in _directory.GetDirectories()) inner.Delete(recursive: true);
    }

    private string[] Files() => Directory.GetFiles(_directory.FullName, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None });

    private string NodeFile(string node) => Path.Combine(_directory.FullName, node, "node.pem");
}
