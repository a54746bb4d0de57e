namespace Coffer.Server.Hosting;

/// <summary>Finds what a HOCON file leaves open or closes twice, and values that it takes from elsewhere.</summary>
/// <remarks>
/// The parser passes over the former, and over what stands behind it: of a file that was cut off, the settings that are missing would count as not set. A value that is taken from
/// itself ends the process, and one from a variable that is not set counts as a section.
/// </remarks>
internal static class HoconBrackets
{
    /// <summary>What is wrong first, with its line; null where brackets and quotes match and every value stands there itself.</summary>
    internal static string? Complain(string text)
    {
        var open = new Stack<(char Bracket, int Line)>();
        var line = 1;
        for (var at = 0; at < text.Length; at++)
        {
            switch (text[at])
            {
                case '\n':
                    line++;
                    break;
                case '#':
                case '/' when text.AsSpan(at).StartsWith("//"):
                    var end = text.IndexOf('\n', at);
                    at = (end < 0 ? text.Length : end) - 1;
                    break;
                case '"':
                    var quoted = QuotedLength(text.AsSpan(at));
                    if (quoted < 0) return $"line {line}: a quoted text is not closed";
                    line += text.AsSpan(at, quoted).Count('\n');
                    at += quoted - 1;
                    break;
                case '$' when text.AsSpan(at).StartsWith("${"):
                    return $"line {line}: ${{ }} takes a value from elsewhere, expected the value itself";
                case '{' or '[':
                    open.Push((text[at], line));
                    break;
                case '}' or ']':
                    if (!open.TryPop(out var opened)) return $"line {line}: {text[at]} closes nothing";
                    if (Closing(opened.Bracket) != text[at]) return $"line {line}: {text[at]} where {opened.Bracket} of line {opened.Line} is open";
                    break;
            }
        }
        return open.TryPeek(out var left) ? $"line {left.Line}: {left.Bracket} is not closed" : null;
    }

    private static char Closing(char bracket) => bracket == '{' ? '}' : ']';

    // With its quotes, three of which may hold anything; below zero where the end is missing.
    private static int QuotedLength(ReadOnlySpan<char> text)
    {
        if (text.StartsWith("\"\"\""))
        {
            var end = text[3..].IndexOf("\"\"\"");
            return end < 0 ? -1 : end + 6;
        }
        for (var at = 1; at < text.Length && text[at] != '\n'; at++)
        {
            if (text[at] == '"') return at + 1;
            if (text[at] == '\\') at++;
        }
        return -1;
    }
}
