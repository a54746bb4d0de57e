using System.CommandLine;

namespace Coffer.CommandLine.Tests;

public sealed class MisuseSpecs
{
    private static readonly RootCommand Root = MakeRoot();

    [Theory]
    [InlineData("palette rol", "\"rol\" is no command, expected roll, retry", "roll")]
    [InlineData("palete roll 1", "\"palete\" is no command, expected palette, box", "palette")]
    [InlineData("palette nothing-like-it", "\"nothing-like-it\" is no command, expected roll, retry", null)]
    [InlineData("retry file", "\"retry\" is no command, expected palette, box", "palette retry")]
    [InlineData("roll 1", "\"roll\" is no command, expected palette, box", "palette roll or box roll")]
    [InlineData("palette", "no command is named, expected roll, retry", null)]
    [InlineData("palette roll 1 --slwo", "\"--slwo\" is no option of roll", "--slow")]
    [InlineData("palette roll 1 --slo=x", "\"--slo\" is no option of roll", "--slow")]
    [InlineData("palette roll 1 -slow", "\"-slow\" is no option of roll", "--slow")]
    // It counts in every command, as one that is not recursive does not.
    [InlineData("palette roll 1 --dta", "\"--dta\" is no option of roll", "--data")]
    [InlineData("palette roll 1 --vers", "\"--vers\" is no option of roll", null)]
    [InlineData("palette roll 1 --bogus", "\"--bogus\" is no option of roll", null)]
    [InlineData("--slow palette roll 1", "\"--slow\" stands before roll, expected behind it", null)]
    [InlineData("palette retry --dat", "\"--dat\" is no option here; a file whose name begins so is given with ./ before it", "--data")]
    [InlineData("palette roll --slwo 1", "\"--slwo\" is no option of roll", "--slow")]
    [InlineData("palette roll --bogus", "\"--bogus\" is no option of roll", null)]
    // A value that may be a secret.
    [InlineData("palette roll 1 --slwo not-to-be-shown", "\"--slwo\" is no option of roll", "--slow")]
    [InlineData("palette roll --slwo=not-to-be-shown", "\"--slwo\" is no option of roll", "--slow")]
    [InlineData("palette roll 1 --slwo:not-to-be-shown", "\"--slwo\" is no option of roll", "--slow")]
    public void Says_what_was_probably_meant(string arguments, string line, string? meant)
    {
        var (lines, hint) = Misuse.Of(Root.Parse(arguments));

        Assert.Equal(line, Assert.Single(lines));
        Assert.Equal(meant is null ? null : $"did you mean {meant}", hint.Split('?') is [var question, _] ? question : null);
        Assert.EndsWith(" --help' shows what there is", hint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("palette", "roll", "1")]
    [InlineData("palette", "roll")]
    [InlineData("palette", "retry")]
    public void Shows_nothing_of_a_key(params string[] command)
    {
        var (lines, hint) = Misuse.Of(Root.Parse([.. command, "-----BEGIN PRIVATE KEY-----\nnot-to-be-shown\n-----END PRIVATE KEY-----"]));

        Assert.StartsWith("what begins with '-' is no option ", Assert.Single(lines), StringComparison.Ordinal);
        Assert.DoesNotContain("not-to-be-shown", hint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("palette roll", "N of roll is missing: how far; 3 at most", "palette roll")]
    [InlineData("palette retry", "FILE of retry is missing: what is tried", "palette retry")]
    [InlineData("palette roll 1 --data", "--data: its value is missing, expected DIR", "palette roll")]
    public void Says_what_is_missing_and_of_what(string arguments, string line, string command)
    {
        var (lines, hint) = Misuse.Of(Root.Parse(arguments));

        Assert.Equal((line, $"'{ThisProgram.Name} {command} --help' shows what there is"), (Assert.Single(lines), hint));
    }

    private static RootCommand MakeRoot()
    {
        var distance = new Argument<string>("N") { Description = "how far; 3 at most" };
        distance.RefuseOptions();
        distance.Validators.Add(given =>
        {
            if (given.Tokens is [{ Value: not "1" }]) given.AddError("N: is not 1");
        });
        var roll = new Command("roll", "rolls") { distance, new Option<bool>("--slow") };
        var retry = new Command("retry", "tries again") { new FileArgument("FILE", "what is tried") };
        return new("tests") { new Command("palette", "a palette") { roll, retry }, new Command("box", "another one") { new Command("roll", "rolls as well") }, new Option<string>("--data") { HelpName = "DIR", Recursive = true }, new Option<bool>("--verse") };
    }
}
