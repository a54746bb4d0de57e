using Coffer.EndToEnd.Tests.Client;
using Xunit;

namespace Coffer.EndToEnd.Tests.Completion;

/// <summary>The scripts that the programs print, in the shells that they are for.</summary>
public sealed class CompletionSpecs
{
    [Theory]
    [InlineData("coffer-client ", "run get completion --help --version")]
    [InlineData("coffer-client r", "run")]
    [InlineData("coffer-client --v", "--version")]
    [InlineData("coffer-client run --pr", "--prefix --pristine")]
    [InlineData("coffer-client run --", "--server --in-order --server-key --key --timeout --allow-open-key --only --except --require --prefix --upper --allow-dangerous --pristine --keep --no-override --help --")]
    [InlineData("coffer-client get --format ", "toml json env docker raw")]
    [InlineData("coffer-client get --format j", "json")]
    [InlineData("coffer-client get --s", "--show --server --server-key")]
    [InlineData("coffer-client get --prefix ", "")]
    [InlineData("coffer-client completion ", "--help bash zsh fish")]
    [InlineData("coffer-client run --key clie", "client.pem")]
    [InlineData("coffer-client run -- printen", "printenv")]
    [InlineData("coffer-client run -- cat clie", "client.pem")]
    [InlineData("coffer-client run -- cat --key clie", "client.pem")]
    [InlineData("coffer-client run --key client.pem -- cat clie", "client.pem")]
    [InlineData("coffer-ctl coffer resto", "restore")]
    [InlineData("coffer-ctl coffer --h", "--help")]
    [InlineData("coffer-companion che", "check")]
    [InlineData("coffer-companion public clie", "client.pem")]
    public async Task Completes_in_bash(string line, string expected)
    {
        await using var bench = new ClientBench();

        var ended = await CompleteInBash(bench, line);

        Assert.Equal((0, expected, ""), (ended.ExitCode, ended.Text.TrimEnd(), ended.Error));
    }

    [Theory]
    [InlineData("coffer-client run -- ls --colo", 3)]
    [InlineData("coffer-client run --key client.pem -- git comm", 5)]
    [InlineData("coffer-client run -- ", 3)]
    [InlineData("coffer-client run -- cat -- clie", 3)]
    public async Task Leaves_what_stands_behind_dashes_to_the_bash_completion_package(string line, int offset)
    {
        await using var bench = new ClientBench();

        var ended = await CompleteInBash(bench, line, "_command_offset() { echo $1; }");

        Assert.Equal((0, $"{offset}", ""), (ended.ExitCode, ended.Text.TrimEnd(), ended.Error));
    }

    [Theory]
    [InlineData("coffer-client run --key clie")]
    [InlineData("coffer-client run -- cat clie")]
    [InlineData("coffer-companion public clie")]
    public async Task Has_bash_quote_the_names_of_files(string line)
    {
        await using var bench = new ClientBench();

        var ended = await CompleteInBash(bench, line, "compopt() { echo $*; }");

        Assert.Equal((0, "-o filenames\nclient.pem", ""), (ended.ExitCode, ended.Text.TrimEnd(), ended.Error));
    }

    [Theory]
    [InlineData("coffer-client r", "coffer-client run ")]
    [InlineData("coffer-client --v", "coffer-client --version ")]
    [InlineData("coffer-client completion b", "coffer-client completion bash ")]
    [InlineData("coffer-client get --format j", "coffer-client get --format json ")]
    [InlineData("coffer-client run --pri", "coffer-client run --pristine ")]
    [InlineData("coffer-client run --key clie", "coffer-client run --key client.pem ")]
    [InlineData("coffer-client run ", "coffer-client run -- ")]
    [InlineData("coffer-client run -- printen", "coffer-client run -- printenv ")]
    [InlineData("coffer-client run -- ls --colo", "coffer-client run -- ls --color=")]
    [InlineData("coffer-client run --key client.pem -- ls --colo", "coffer-client run --key client.pem -- ls --color=")]
    [InlineData("coffer-client run -- cat clie", "coffer-client run -- cat client.pem ")]
    [InlineData("coffer-client run -- cat --key clie", "coffer-client run -- cat --key client.pem ")]
    [InlineData("coffer-ctl coffer resto", "coffer-ctl coffer restore ")]
    [InlineData("coffer-ctl coffer --h", "coffer-ctl coffer --help ")]
    [InlineData("coffer-ctl log level w", "coffer-ctl log level warning ")]
    [InlineData("coffer-companion che", "coffer-companion check ")]
    [InlineData("coffer-companion public clie", "coffer-companion public client.pem ")]
    public async Task Completes_in_zsh(string line, string expected)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/zsh"), "zsh is not installed");
        await using var bench = new ClientBench();

        var terminal = await TypeIntoZsh(bench, line + '\t');

        Assert.Contains($"DONE<{expected}>", terminal, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("coffer-client ", "run", "get", "completion", "--help", "--version")]
    [InlineData("coffer-client run --pr", "--prefix", "--pristine")]
    [InlineData("coffer-client completion ", "bash", "zsh", "fish")]
    [InlineData("coffer-ctl coffer re", "revoke", "restore")]
    [InlineData("coffer-companion ", "keygen", "cluster-certificates", "--version")]
    public async Task Lists_in_zsh(string line, params string[] expected)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/zsh"), "zsh is not installed");
        await using var bench = new ClientBench();

        var terminal = await TypeIntoZsh(bench, line + "\t\t");

        Assert.All(expected, word => Assert.Contains(word, terminal, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("coffer-client ", "completion get run")]
    [InlineData("coffer-client run --pr", "--prefix --pristine")]
    [InlineData("coffer-client run ", "--")]
    [InlineData("coffer-client get --format ", "docker env json raw toml")]
    [InlineData("coffer-client completion ", "bash fish zsh")]
    [InlineData("coffer-client run --key clie", "client.pem")]
    [InlineData("coffer-client run -- printen", "printenv")]
    [InlineData("coffer-client run -- ls --colo", "--color --color=")]
    [InlineData("coffer-client run --key client.pem -- ls --colo", "--color --color=")]
    [InlineData("coffer-client run -- cat clie", "client.pem")]
    [InlineData("coffer-client run -- cat --key clie", "client.pem")]
    [InlineData("coffer-client run -- cat \"a b\" clie", "client.pem")]
    [InlineData("coffer-ctl coffer resto", "restore")]
    [InlineData("coffer-ctl coffer --h", "--help")]
    [InlineData("coffer-companion che", "check")]
    [InlineData("coffer-companion public clie", "client.pem")]
    public async Task Completes_in_fish(string line, string expected)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/fish"), "fish is not installed");
        await using var bench = new ClientBench();
        var script = await Script(bench, line, "fish");
        bench.Environment["HOME"] = bench.FilePath("");

        var ended = await bench.Run("/usr/bin/fish", ["-c", $"source {script}; complete -C '{line}'"]);

        Assert.Equal((expected, ""), (string.Join(' ', ended.Lines.Select(l => l.Split('\t')[0]).Order(StringComparer.Ordinal)), ended.Error));
    }

    private static async Task<Ended> CompleteInBash(ClientBench bench, string line, string before = ":")
    {
        var script = await Script(bench, line, "bash");
        var words = line.Split(' ');
        var function = $"_{words[0].Replace('-', '_')}";
        return await bench.Run("/bin/bash",
            ["--norc", "-c", $"{before}; source {script}; COMP_WORDS=({string.Join(' ', words.Select(w => $"'{w}'"))}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); {function}; echo ${{COMPREPLY[@]}}"]);
    }

    // The completion system works in a terminal only, so one is made. What zsh's line editor shows goes there; whatever is printed besides goes into a file, which must stay empty.
    private static async Task<string> TypeIntoZsh(ClientBench bench, string keys)
    {
        var script = await Script(bench, keys, "zsh");
        bench.Environment["TERM"] = "dumb";
        bench.Environment["HOME"] = bench.FilePath("");
        var ended = await bench.Run("/usr/bin/zsh", ["-f", "-c", """
            zmodload zsh/zpty
            zpty shell zsh -f -i
            zpty -w shell "autoload -U compinit; compinit -u -D; source $1; report() { print -r -- \"DO\"\"NE<\$BUFFER>\" >\$TTY }; zle -N report; bindkey '^X' report; PS1=RE\"\"ADY; exec >printed 2>&1"
            zpty -r -m shell terminal '*READY*'
            zpty -w -n shell "$2"$'\x18'
            zpty -r -m shell terminal '*DONE<*>*'
            print -r -- $terminal
            zpty -d shell
            """, "zsh", script, keys]);

        Assert.Equal((0, "", ""), (ended.ExitCode, ended.Error, await File.ReadAllTextAsync(bench.FilePath("printed"), TestContext.Current.CancellationToken)));
        return ended.Text;
    }

    private static async Task<string> Script(ClientBench bench, string line, string shell)
    {
        var script = await bench.Run(line.Split(' ')[0] switch { "coffer-client" => Programs.Client, "coffer-ctl" => Programs.Control, _ => Programs.Companion }, ["completion", shell]);
        Assert.Equal((0, ""), (script.ExitCode, script.Error));
        await File.WriteAllBytesAsync(bench.FilePath("completion"), script.Output, TestContext.Current.CancellationToken);
        return bench.FilePath("completion");
    }
}
