using System.Text.RegularExpressions;
using Coffer.EndToEnd.Tests;

namespace Coffer.Cluster.Tests.Procedures;

/// <summary>The procedures of docs/operations.md as they stand there.</summary>
public sealed partial class ProcedurePageSpecs
{
    // Title and blocks of each, all of which a test runs: who adds one here has added it there.
    private static readonly (string Title, int Blocks)[] Run =
    [
        ("A rolling restart", 1),
        ("A new version", 1),
        ("Backup and restore: SQLite", 3),
        ("Backup and restore: PostgreSQL", 5),
        ("A client's key", 5),
        ("A companion's key", 6),
        ("The server's key", 9),
        ("A node's certificate", 1),
        ("The certificates' authority", 4),
        ("A node more", 3),
        ("A node less", 2),
        ("A majority lost for good", 3),
    ];

    [Fact]
    public void Every_block_is_run_by_a_test()
    {
        var section = Section();

        Assert.Equal(Run.Select(procedure => procedure.Title), Title().Matches(section).Select(title => title.Groups[1].Value));
        var blocks = Run.Sum(procedure => Procedure.Read(procedure.Title, procedure.Blocks).Length);
        Assert.Equal(2 * blocks, Fence().Count(section));
    }

    [Fact]
    public void A_step_that_fails_lets_none_behind_it_be_done()
    {
        var lines = Run.SelectMany(procedure => Procedure.Read(procedure.Title, procedure.Blocks)).SelectMany(block => block.TrimEnd('\n').Split('\n')[..^1]);

        Assert.All(lines, line => Assert.EndsWith(" &&", line, StringComparison.Ordinal));
    }

    private static string Section()
    {
        var page = File.ReadAllText(Programs.InRepository("docs", "operations.md"));
        var begin = page.IndexOf("\n## Procedures\n", StringComparison.Ordinal);
        return page[begin..page.IndexOf("\n## ", begin + 1, StringComparison.Ordinal)];
    }

    [GeneratedRegex("^### (.*)$", RegexOptions.Multiline)]
    private static partial Regex Title();

    [GeneratedRegex("^ *```", RegexOptions.Multiline)]
    private static partial Regex Fence();
}
