using Coffer.Protocol.Secrets;
using Xunit;

namespace Coffer.EndToEnd.Tests.Client;

public sealed class ClientCommandLineSpecs
{
    [Theory]
    [InlineData("--help", "coffer-client get password --format raw")]
    [InlineData("run --help", "coffer-client run [options] -- PROGRAM [ARGUMENT]…")]
    [InlineData("get --help", "coffer-client get --format docker --upper > app.env")]
    [InlineData("completion --help", "coffer-client completion bash > ")]
    public async Task Helps_with_examples(string arguments, string expected)
    {
        await using var bench = new ClientBench();

        var ended = await bench.Client(arguments.Split(' '));

        Assert.Equal((0, ""), (ended.ExitCode, ended.Error));
        Assert.Contains("Examples:\n", ended.Text, StringComparison.Ordinal);
        Assert.Contains(expected, ended.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Says_its_version()
    {
        await using var bench = new ClientBench();

        Assert.Matches("^coffer-client \\d+\\.\\d+\\.\\d+\n$", (await bench.Client("--version")).Text);
    }

    [Theory]
    [InlineData("", "no command is named, expected run, get, completion", "coffer-client")]
    [InlineData("fetch", "\"fetch\" is no command, expected run, get, completion", "coffer-client")]
    [InlineData("run", "run was given no program", null)]
    [InlineData("run --", "run was given no program", null)]
    [InlineData("run true", "\"true\" stands before --, expected the program behind it", "coffer-client run")]
    [InlineData("run --bogus -- true", "\"--bogus\" is no option of run", "coffer-client run")]
    [InlineData("run --pristin -- true", "\"--pristin\" is no option of run", "coffer-client run", "--pristine")]
    [InlineData("gte name", "\"gte\" is no command, expected run, get, completion", "coffer-client", "get")]
    [InlineData("run --keep X -- true", "--keep has a meaning with --pristine only", null)]
    [InlineData("run --pristine --keep COFFER_SERVER -- true", "--keep COFFER_SERVER: coffer-client's own variables are not handed on", null)]
    [InlineData("run --key a --key b -- true", "option '--key' expects a single argument but 2 were provided", "coffer-client run")]
    [InlineData("get --format", "--format: its value is missing, expected toml|json|env|docker|raw", "coffer-client get")]
    [InlineData("get --bogus", "\"--bogus\" is no option of get", "coffer-client get")]
    [InlineData("get --fromat json", "\"--fromat\" is no option of get", "coffer-client get", "--format")]
    [InlineData("get name -x", "\"-x\" is no option of get", "coffer-client get")]
    [InlineData("get @file", "the coffer holds no \"@file\"", null)]
    [InlineData("completion", "SHELL of completion is missing: bash, zsh or fish", "coffer-client completion")]
    [InlineData("get --key=", "--key: its value is missing, expected FILE", "coffer-client get")]
    [InlineData("completion tcsh", "\"tcsh\" is no shell known here, expected bash, zsh, fish", "coffer-client completion")]
    public async Task Refuses_what_it_does_not_understand(string arguments, string error, string? help, string? meant = null)
    {
        await using var bench = new ClientBench();

        var ended = await bench.Client(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        Assert.Equal((125, ""), (ended.ExitCode, ended.Text));
        Assert.StartsWith($"coffer-client: error: {error}\n", ended.Error, StringComparison.Ordinal);
        Assert.Contains("coffer-client: hint: ", ended.Error, StringComparison.Ordinal);
        if (help is not null) Assert.EndsWith($"coffer-client: hint: {(meant is null ? "" : $"did you mean {meant}? ")}'{help} --help' shows what there is\n", ended.Error, StringComparison.Ordinal);
    }

    // A script's variable that is not set would have a program start without its secrets, or guard nothing.
    [Theory]
    [InlineData("run", "--only", "", "is empty")]
    [InlineData("run", "--except", "", "is empty")]
    [InlineData("run", "--require", "", "is empty")]
    [InlineData("run", "--keep", "", "is empty")]
    [InlineData("run", "--require", "a,", "\"a,\" holds an empty name")]
    [InlineData("run", "--only", " ,a", "\" ,a\" holds an empty name")]
    [InlineData("get", "--only", "", "is empty")]
    [InlineData("get", "--except", "", "is empty")]
    [InlineData("get", "--require", "", "is empty")]
    public async Task Refuses_an_empty_name_before_it_fetches_anything(string command, string option, string names, string complaint)
    {
        await using var bench = new ClientBench(("a", SecretValue.OfInteger(1)));
        string[] program = command == "run" ? ["--pristine", "--", "touch", bench.FilePath("started")] : [];

        var ended = await bench.Client([command, option, "a", option, names, .. program]);

        Assert.Equal(
            (125, "", $"coffer-client: error: {option}: {complaint}, expected NAME[,…]\ncoffer-client: hint: 'coffer-client {command} --help' shows what there is\n"),
            (ended.ExitCode, ended.Text, ended.Error));
        Assert.Equal((0, false), (bench.Server.Accepted, File.Exists(bench.FilePath("started"))));
    }
}
