using Xunit;

namespace Coffer.EndToEnd.Tests.Scripts;

/// <summary>Every *.script below this project is a case.</summary>
public sealed class CliScriptSpecs
{
    private static readonly string Folder = Path.Combine(Programs.Root, "tests", "Coffer.EndToEnd.Tests");

    public static IEnumerable<TheoryDataRow<string>> Scripts => Directory.EnumerateFiles(Folder, "*.script", SearchOption.AllDirectories)
        .Select(file => Path.GetRelativePath(Folder, file))
        .Where(name => !name.StartsWith("bin", StringComparison.Ordinal) && !name.StartsWith("obj", StringComparison.Ordinal))
        .Order(StringComparer.Ordinal)
        .Select(name => new TheoryDataRow<string>(name));

    [Theory]
    [MemberData(nameof(Scripts))]
    public async Task Says_what_the_script_says(string name)
    {
        using var run = new ScriptRun(CliScript.Read(name, await File.ReadAllLinesAsync(Path.Combine(Folder, name), TestContext.Current.CancellationToken)));

        await run.Play(TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData("$ echo a", "> b")]
    [InlineData("$ echo a")]
    [InlineData("$ echo a", "> a", "> b")]
    [InlineData("$ echo a", "> a", "exit 1")]
    [InlineData("$ echo a >&2", "> a")]
    [InlineData("$ printf a", "> a")]
    [InlineData("$ exit 3")]
    [InlineData("$ printf 'a\\nb\\n'", "> ...", "> a")]
    [InlineData("$ echo axb", "> a{*}c")]
    public async Task Notices_what_a_script_does_not_say(params string[] lines)
    {
        using var run = new ScriptRun(CliScript.Read("wrong", lines));

        var failure = await Assert.ThrowsAnyAsync<Xunit.Sdk.XunitException>(() => run.Play(TestContext.Current.CancellationToken));

        Assert.StartsWith("wrong:1: $ ", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("# nothing to run")]
    [InlineData("> a")]
    [InlineData("$ true", "| a")]
    [InlineData("$ true", "exit zero")]
    [InlineData("$ true", "what is this")]
    public void Refuses_a_script_that_means_nothing(params string[] lines) => Assert.Throws<FormatException>(() => CliScript.Read("wrong", lines));
}
