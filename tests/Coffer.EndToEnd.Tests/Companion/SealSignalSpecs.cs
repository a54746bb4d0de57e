using Coffer.Crypto.Keys;
using Xunit;

namespace Coffer.EndToEnd.Tests.Companion;

/// <summary>Signals that meet <c>seal</c> while it writes: the program is stopped when the file beside its target appears, and goes on with the signal.</summary>
public sealed class SealSignalSpecs : IDisposable
{
    private const string Old = "coffer-definition/1\nthe old one";

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

    private Task<int> SealAndSend(string signal, bool ignored) => MetProgram.Run(
        _directory, ["seal", "definition.toml", "--key", "companion.pem", "--server-key", $"{99:x64}", "--out", "definition.coffer"], signal,
        before: () => File.WriteAllText(PathOf("definition.coffer"), Old), isSeen: () => Drafts().Length > 0, isMet: () => Drafts().Length == 1, ignored);

    private string[] Drafts() => Directory.GetFiles(_directory.FullName, ".coffer-*");

    private string PathOf(string name) => Path.Combine(_directory.FullName, name);
}
