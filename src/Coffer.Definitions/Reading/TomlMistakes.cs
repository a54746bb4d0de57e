namespace Coffer.Definitions.Reading;

/// <summary>What is wrong and what was expected, and what the writer can do.</summary>
internal sealed record Problem(string What, string Hint);

/// <summary>The TOML parser's complaints in our words.</summary>
/// <remarks>The parser's own words quote the text it stumbled over, which may be a secret: nothing of them is passed on.</remarks>
internal static class TomlMistakes
{
    internal static readonly Problem IntegerTooLarge = new(
        "an integer beyond 64 bits, expected one from -9223372036854775808 to 9223372036854775807", "write it as a string: in double quotes");

    internal static readonly Problem FloatTooLarge = new(
        "a float beyond 64 bits, expected one of at most 1.7976931348623157e308", "write inf if that is meant, or a string: in double quotes");

    internal static readonly Problem SecondsMissing = new(
        "a time without seconds, expected HH:MM:SS", "add ':00', or write it as a string: in double quotes");

    internal static readonly Problem BadDate = new(
        "not a date or time, expected one that exists, as RFC 3339 writes it, at most 14 hours from UTC, and with at most 7 digits for parts of a second",
        "write 1979-05-27T07:32:00Z, 1979-05-27T07:32:00, 1979-05-27 or 07:32:00; anything else, a public key too, as a string: in double quotes");

    internal static readonly Problem BadEscape = new(
        "an escape that TOML does not know, expected \\b \\t \\n \\f \\r \\e \\\" \\\\ \\xHH \\uHHHH or \\UHHHHHHHH",
        "write \\\\ for a backslash, or put the text in single quotes, where nothing is escaped");

    internal static readonly Problem Unclosed = new(
        "a string or an array that begins here is never closed, expected its end", "close it with the quotes or the bracket it was opened with");

    internal static readonly Problem UnclosedOnLine = new(
        "a string that is not closed on its line, expected a quote", "close it with the quote it was opened with; text of several lines stands in \"\"\" or '''");

    internal static readonly Problem PemOnLine = new(
        "a PEM that does not stand in quotes of several lines, expected it between ''' and '''", "write ''' behind the = and the PEM from the next line on, then ''' on a line of its own");

    private static readonly Problem BareWord = new(
        "a bare word stands where a value belongs, expected a string, number, boolean or date", "put text in double quotes; a boolean is true or false in small letters");

    private static readonly Problem NoTable = new(
        "not a table's name, expected [NAME] on a line of its own", "put a name with other characters than A-Z a-z 0-9 - _ in double quotes: [\"a name\"]");

    private static readonly Problem NoName = new(
        "no name stands here, expected one of A-Z a-z 0-9 - _ or in double quotes", "put a name with other characters in double quotes: \"a name\"");

    private static readonly Problem NotToml = new("not TOML, expected [NAME] or key = value", "see https://toml.io for the form");

    // Ordered: the first whose sign stands in the parser's words counts.
    private static readonly (string Sign, Problem Problem)[] Known =
    [
        ("nd-of-file", Unclosed),
        ("nd-Of-File found for multi-line", Unclosed),
        ("nd-Of-File", UnclosedOnLine),
        ("newline in a string", UnclosedOnLine),
        ("\\r not followed", new("a carriage return without a line feed, expected both or a line feed alone", "save the file with line feeds, or write \\r")),
        ("surrogate sequence", new("the replacement character U+FFFD, the mark of text that was damaged, expected the text itself", "restore the text, or write \\uFFFD if it is meant")),
        ("U+000D in comment", new("a carriage return without a line feed, expected both or a line feed alone", "save the file with line feeds")),
        ("in comment", new("a control character in a comment, expected text", "take it out")),
        ("control character", new("a control character in a string, expected it escaped", "write \\u and four hexadecimal digits, such as \\u001B; no value may hold a NUL")),
        ("after value", new("more text after the value, expected the end of the line", "text stands in double quotes, a number has a point and no comma; a string that holds quotes stands in single quotes, or has \\\" for each")),
        ("escape", BadEscape),
        ("Unicode scalar", BadEscape),
        ("hexadecimal digits.", BadEscape),
        ("parse integer", IntegerTooLarge),
        ("Invalid size of", IntegerTooLarge),
        ("date time", BadDate),
        ("date/time", BadDate),
        ("local date", BadDate),
        ("eading zero", new("a number with leading zeros, expected none", "take them away, or write it as a string: in double quotes")),
        ("eading 0", new("a number with leading zeros, expected none", "take them away, or write it as a string: in double quotes")),
        ("nderscore", new("an underscore that is not between digits, expected digits around it", "take it away, or write the value as a string: in double quotes")),
        ("at least one digit", new("a number that is not whole, expected digits", "write text in double quotes")),
        ("floating point", new("not a number, expected a float", "write text in double quotes")),
        ("binary", BareWord),
        ("octal", BareWord),
        ("hexadecimal", BareWord),
        ("Missing value in array", new("a comma too many in an array, expected a value", "a secret cannot be an array: write one key for each element")),
        ("Missing value", new("a key without a value, expected key = value", "write \"\" for an empty value, or take the line away")),
        ("while parsing array", new("an array without its comma or end, expected ',' or ']'", "a secret cannot be an array: write one key for each element")),
        ("inline table", new("an inline table that is not whole, expected key = value, ',' or '}'", "a secret cannot be a table: write one key for each part")),
        ("while parsing a value", BareWord),
        ("`=` after key", new("a key without '=', expected key = value", "put a key with other characters than A-Z a-z 0-9 - _ in double quotes")),
        ("table header", NoTable),
        ("`]`", NoTable),
        ("`]]`", NoTable),
        ("while parsing a key", NoName),
        ("while parsing TOML document", NoName),
        ("depth", new("arrays nested too deeply, expected a string, number, boolean or date", "a secret cannot be an array: write one key for each element")),
    ];

    /// <summary>Translates the parser's <paramref name="words"/>.</summary>
    internal static Problem Explain(string words)
    {
        // The quoted part could hold any of the signs.
        var first = words.IndexOf(" was `", StringComparison.Ordinal);
        var plain = first >= 0 ? words[..first] : words.StartsWith("Unexpected token `", StringComparison.Ordinal) ? words[words.LastIndexOf('`')..] : words;
        foreach (var (sign, problem) in Known)
            if (plain.Contains(sign, StringComparison.Ordinal)) return problem;
        return NotToml;
    }
}
