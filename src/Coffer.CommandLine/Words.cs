using System.Text;
using Coffer.Shared;

namespace Coffer.CommandLine;

/// <summary>The program's words to people, on standard error, one write a line.</summary>
public static class Words
{
    /// <summary>An error, and what to do about it.</summary>
    public static void Say(Problem problem)
    {
        Error(problem.Message);
        if (problem.Hint is { } hint) Hint(hint);
    }

    /// <summary>What went wrong.</summary>
    public static void Error(string message) => Line("error", message);

    /// <summary>What to do about it.</summary>
    public static void Hint(string message) => Line("hint", message);

    /// <summary>What may not be meant.</summary>
    public static void Warning(string message) => Line("warning", message);

    /// <summary>What is good to know.</summary>
    public static void Note(string message) => Line("note", message);

    /// <summary><paramref name="name"/> in double quotes, without characters that a terminal would obey.</summary>
    public static string Quoted(string name) =>
        $"\"{OneLine.Of(name.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal))}\"";

    /// <summary>A line as it goes out: a path, or what a server says, may hold characters that a terminal would obey.</summary>
    internal static string LineOf(string kind, string message) => $"{ThisProgram.Name}: {kind}: {OneLine.Of(message)}\n";

    // Where nobody listens, the exit code still says it.
    private static void Line(string kind, string message) => Descriptor.TryWrite(Descriptor.Error, Encoding.UTF8.GetBytes(LineOf(kind, message)), out _);
}
