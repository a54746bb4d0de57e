using Coffer.EndToEnd.Tests.Server;

namespace Coffer.EndToEnd.Tests.Scripts;

/// <summary><c>make demo</c>: what it shows, and that nothing of it stays.</summary>
public sealed class DemoSpecs
{
    [Fact]
    public async Task Shows_a_fetch_a_second_load_with_its_difference_and_the_status()
    {
        await using var bench = new ServerBench();
        bench.Environment["COFFER_DIST"] = Programs.Folder;
        bench.Environment["TMPDIR"] = Directory.CreateDirectory(bench.FilePath("demo")).FullName;

        var ended = await bench.RunAsync(Programs.InRepository("tests", "demo"));

        Assert.True((ended.ExitCode, ended.Error) == (0, ""), ended.Text + ended.Error);
        Assert.Contains("letters and begins with postgres\n", ended.Text, StringComparison.Ordinal);
        Assert.Contains("API_TOKEN is 32 letters, WORKERS is 4\n", ended.Text, StringComparison.Ordinal);
        Assert.Contains("~ [shop] WORKERS = <Integer> -> <Integer>\n", ended.Text, StringComparison.Ordinal);
        Assert.Contains("loaded as revision 2: 1 client, 0 added, 1 changed, 0 removed, 0 unchanged\n", ended.Text, StringComparison.Ordinal);
        Assert.Contains("API_TOKEN is 32 letters, WORKERS is 8\n", ended.Text, StringComparison.Ordinal);
        Assert.Contains("state\tserving\n", ended.Text, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(bench.FilePath("demo")));
    }
}
