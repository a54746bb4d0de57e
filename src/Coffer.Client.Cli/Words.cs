using System.Text;

namespace Coffer.Client.Cli;

/// <summary>The program's words to people, on standard error, one write a line.</summary>
/// <remarks>Not by way of Console.Error, which sets the terminal up and takes signals over that the program to start must find as they were.</remarks>
internal static class Words
{
    private const string Program = "coffer-client";

    internal static void Say(Problem problem)
    {
        Error(problem.Message);
        if (problem.Hint is { } hint) Hint(hint);
    }

    internal static void Error(string message) => Line("error", message);

    internal static void Hint(string message) => Line("hint", message);

    internal static void Warning(string message) => Line("warning", message);

    internal static void Note(string message) => Line("note", message);

    /// <summary><paramref name="name"/> in double quotes, without characters that a terminal would obey.</summary>
    internal static string Quoted(string name)
    {
        var quoted = new StringBuilder("\"");
        foreach (var rune in name.EnumerateRunes())
        {
            if (rune.Value is '"' or '\\') quoted.Append('\\').Append(rune);
            else if (Rune.IsControl(rune) || Rune.GetUnicodeCategory(rune) == System.Globalization.UnicodeCategory.Format) quoted.Append($"\\u{rune.Value:x4}");
            else quoted.Append(rune);
        }
        return quoted.Append('"').ToString();
    }

    private static void Line(string kind, string message)
    {
        try
        {
            using var error = Console.OpenStandardError();
            error.Write(Encoding.UTF8.GetBytes($"{Program}: {kind}: {message}\n"));
        }
        catch (IOException)
        {
            // Nobody listens; the exit code still says it.
        }
    }
}
