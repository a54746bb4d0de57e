using System.Text;
using Xunit;

namespace Coffer.EndToEnd.Tests.Client;

public sealed class ClientCompletionSpecs
{
    [Theory]
    [InlineData("", "run get completion --help --version")]
    [InlineData("r", "run")]
    [InlineData("run --pr", "--prefix --pristine")]
    [InlineData("get --format ", "toml json env docker raw")]
    [InlineData("get --format j", "json")]
    [InlineData("get --s", "--show --server --server-key")]
    [InlineData("get --prefix ", "")]
    [InlineData("completion ", "--help bash zsh fish")]
    [InlineData("run --key clie", "client.pem")]
    [InlineData("run -- printen", "printenv")]
    [InlineData("run -- cat --key clie", "client.pem")]
    public async Task Completes_in_bash(string line, string expected)
    {
        await using var bench = new ClientBench();
        var script = await Script(bench, "bash");
        var words = string.Join(' ', ("coffer-client " + line).Split(' ').Select(w => $"'{w}'"));

        var ended = await bench.Run("/bin/bash", ["--norc", "-c", $"source {script}; COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); _coffer_client; echo ${{COMPREPLY[@]}}"]);

        Assert.Equal((0, expected, ""), (ended.ExitCode, ended.Text.TrimEnd(), ended.Error));
    }

    [Fact]
    public async Task Prints_a_script_that_zsh_takes()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/zsh"), "zsh is not installed");
        await using var bench = new ClientBench();
        var script = await Script(bench, "zsh");
        bench.Environment["TERM"] = "dumb";
        bench.Environment["HOME"] = bench.FilePath("");

        // The completion system works in a terminal only, so one is made, and the list that a tab brings up is read from it.
        var ended = await bench.Run("/usr/bin/zsh", ["-f", "-c", $"""
            zmodload zsh/zpty
            zpty shell zsh -f -i
            zpty -w shell 'PS1=; unsetopt zle_bracketed_paste; autoload -U compinit; compinit -u -D; source {script}; print RE""ADY'
            zpty -r -m shell line '*READY*'
            zpty -w -n shell $'coffer-client run --pr\t\t'
            zpty -r -m shell line '*--pristine*'
            print -r -- $line
            zpty -d shell
            """]);

        Assert.Contains("--prefix", ended.Text, StringComparison.Ordinal);
        Assert.Contains("--pristine", ended.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("coffer-client ", "completion get run")]
    [InlineData("coffer-client run --pr", "--prefix --pristine")]
    [InlineData("coffer-client get --format ", "docker env json raw toml")]
    [InlineData("coffer-client completion ", "bash fish zsh")]
    [InlineData("coffer-client run --key clie", "client.pem")]
    [InlineData("coffer-client run -- printen", "printenv")]
    public async Task Completes_in_fish(string line, string expected)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/fish"), "fish is not installed");
        await using var bench = new ClientBench();
        var script = await Script(bench, "fish");
        bench.Environment["HOME"] = bench.FilePath("");

        var ended = await bench.Run("/usr/bin/fish", ["--no-config", "-c", $"source {script}; complete -C '{line}'"]);

        Assert.Equal(expected, string.Join(' ', ended.Lines.Select(l => l.Split('\t')[0]).Order(StringComparer.Ordinal)));
    }

    private static async Task<string> Script(ClientBench bench, string shell)
    {
        var script = await bench.Client("completion", shell);
        Assert.Equal((0, ""), (script.ExitCode, script.Error));
        await File.WriteAllBytesAsync(bench.FilePath("completion"), script.Output, TestContext.Current.CancellationToken);
        return bench.FilePath("completion");
    }
}
