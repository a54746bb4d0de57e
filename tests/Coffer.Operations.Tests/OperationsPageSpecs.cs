using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Coffer.Control;

namespace Coffer.Operations.Tests;

/// <summary>The reference in docs/operations.md is made from the catalogue. COFFER_WRITE_DOCS=1 writes it anew.</summary>
public sealed class OperationsPageSpecs
{
    private const string Begin = "<!-- made from the catalogue by OperationsPageSpecs -->\n";
    private const string End = "<!-- end -->\n";

    // As shells show it: by that signal it ends without a code of its own.
    private const int Interrupted = 130;

    private static readonly string Page = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile())!, "..", "..", "docs", "operations.md"));

    [Fact]
    public void Is_up_to_date()
    {
        var page = File.ReadAllText(Page);
        var begin = page.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        var end = page.IndexOf(End, begin, StringComparison.Ordinal);
        if (Environment.GetEnvironmentVariable("COFFER_WRITE_DOCS") == "1") File.WriteAllText(Page, page[..begin] + Reference() + page[end..]);
        else Assert.Equal(Reference(), page[begin..end]);
    }

    [Fact]
    public void Has_each_exit_code_and_no_other()
    {
        // Other programs have tables of their own on this page.
        var table = File.ReadAllText(Page).Split("\nOf `coffer-ctl`:\n\n")[1].Split("\n\n")[0];
        var codes = table.Split('\n').Skip(2).Select(row => int.Parse(row.Split('|')[1], CultureInfo.InvariantCulture));

        Assert.Equal([.. Enum.GetValues<ExitCode>().Select(code => (int)code), Interrupted], codes);
    }

    private static string Reference()
    {
        var text = new StringBuilder();
        foreach (var palette in OperationCatalogue.Palettes)
        {
            text.Append($"\n### {palette.Name}: {palette.Summary}\n");
            foreach (var operation in palette.Operations) Append(text, operation);
        }
        return text.Append('\n').ToString();
    }

    private static void Append(StringBuilder text, Operation operation)
    {
        text.Append($"\n#### {operation.Name}\n\n{char.ToUpperInvariant(operation.Summary[0])}{operation.Summary[1..]}.\n\n```\n");
        foreach (var example in operation.Examples) text.Append($"coffer-ctl {operation} {example}".TrimEnd() + "\n");
        text.Append($"```\n\n`{Method(operation)} {operation.Path}`");
        if (operation.TakesFile) text.Append(", with the file as the body");
        if (operation.Follows) text.Append(", goes on until the asker leaves or the server stops");
        text.Append(".\n");
        if (operation.Arguments.Count > 0)
        {
            text.Append("\n| argument | is | |\n| --- | --- | --- |\n");
            foreach (var argument in operation.Arguments) text.Append($"| `{argument.Name}`{(argument.IsRequired ? ", required" : "")} | {Kind(argument)} | {argument.Help} |\n");
        }
        text.Append(operation.Properties.Count > 0 ? $"\nRow: {string.Join(", ", operation.Properties.Select(p => $"`{p}`"))}.\n" : "\nRow: as it stands in the audit.\n");
    }

    private static string Method(Operation operation) => operation.Kind switch
    {
        OperationKind.Query => "GET",
        OperationKind.Command => "POST",
        _ => "GET, or with an argument POST,",
    };

    private static string Kind(OperationArgument argument) => argument switch
    {
        { Kind: ArgumentKind.Flag } => "`true` or `false`",
        { Kind: ArgumentKind.Number } => "a number",
        { Choices.Count: > 0 } => string.Join(", ", argument.Choices.Select(c => $"`{c}`")),
        _ => "text",
    };

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
