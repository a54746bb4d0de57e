using Coffer.EndToEnd.Tests.Scripts;
using Xunit;

namespace Coffer.EndToEnd.Tests.Companion;

/// <summary>docs/definition.md: each TOML block is a case; where a text block follows it, that is what check says of it.</summary>
public sealed class DefinitionPageSpecs
{
    public static IEnumerable<TheoryDataRow<string[], string[]>> Examples()
    {
        var blocks = Blocks(File.ReadAllLines(Path.Combine(Programs.Root, "docs", "definition.md"))).ToArray();
        for (var i = 0; i < blocks.Length; i++)
        {
            if (blocks[i].Language != "toml") continue;
            var said = i + 1 < blocks.Length && blocks[i + 1].Language == "text" ? blocks[i + 1].Lines : [];
            yield return new TheoryDataRow<string[], string[]>(blocks[i].Lines, said).WithTestDisplayName($"{nameof(DefinitionPageSpecs)}: the example on line {blocks[i].Line}");
        }
    }

    [Theory]
    [MemberData(nameof(Examples))]
    public async Task Shows_what_check_says(string[] definition, string[] said)
    {
        var isRefused = said.Any(line => line.StartsWith("coffer-companion: error: ", StringComparison.Ordinal));
        string[] script =
        [
            "file definition.toml",
            .. definition.Select(line => $"| {line}"),
            "$ coffer-companion check definition.toml",
            .. (said.Length > 0 ? said : ["coffer-companion: note: definition.toml: nothing is wrong with it, {*}"]).Select(line => $"! {line}"),
            $"exit {(isRefused ? 1 : 0)}",
        ];
        using var run = new ScriptRun(CliScript.Read("docs/definition.md", script));

        await run.Play(TestContext.Current.CancellationToken);
    }

    [Fact]
    public void Shows_complaints() => Assert.True(Examples().Count(example => example.Data.Item2.Length > 0) >= 5);

    private static IEnumerable<(string Language, int Line, string[] Lines)> Blocks(string[] page)
    {
        for (var i = 0; i < page.Length; i++)
        {
            if (!page[i].StartsWith("```", StringComparison.Ordinal)) continue;
            var end = Array.IndexOf(page, "```", i + 1);
            yield return (page[i][3..], i + 1, page[(i + 1)..end]);
            i = end;
        }
    }
}
