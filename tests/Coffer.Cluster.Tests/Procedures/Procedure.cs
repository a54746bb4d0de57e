using System.Text.RegularExpressions;
using Coffer.EndToEnd.Tests;

namespace Coffer.Cluster.Tests.Procedures;

/// <summary>What a subsection of docs/operations.md has operators type.</summary>
internal static partial class Procedure
{
    /// <summary>The blocks of commands below the heading <paramref name="title"/>, in their order; the test fails where they are not <paramref name="count"/>, because one would not be run.</summary>
    internal static string[] Read(string title, int count)
    {
        var page = File.ReadAllText(Programs.InRepository("docs", "operations.md"));
        var at = page.IndexOf($"\n### {title}\n", StringComparison.Ordinal);
        Assert.True(at >= 0, $"docs/operations.md has no '### {title}'");
        var section = page[(at + 1)..];
        var next = NextHeading().Match(section, 1);
        string[] blocks = [.. Block().Matches(next.Success ? section[..next.Index] : section).Select(block => block.Groups[1].Value)];
        Assert.True(blocks.Length == count, $"'{title}' has {blocks.Length} blocks of commands, expected {count}");
        return blocks;
    }

    [GeneratedRegex("^##", RegexOptions.Multiline)]
    private static partial Regex NextHeading();

    [GeneratedRegex("^```sh\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();
}
