using Coffer.Protocol.Secrets;
using Tomlyn;
using Tomlyn.Parsing;

namespace Coffer.Definitions.Reading;

/// <summary>Reads a window of TOML text statement by statement and tells a <see cref="DefinitionBuilder"/> what stands there.</summary>
/// <remarks>
/// Tomlyn's event parser ends at the first mistake. Then the mistake is told, and reading goes on at the next statement, so that one pass
/// finds everything. The builder remembers which table is open, so a window need not begin with a header.
/// Source: TOML 1.0, docs/definition.md.
/// </remarks>
internal sealed class TomlStatements(DefinitionBuilder builder)
{
    private const string PemBegin = "-----BEGIN ";
    private const string PemEnd = "-----END ";

    private static readonly TomlParserOptions Tolerant = new() { Mode = TomlParserMode.Tolerant };

    // The window ended within a PEM that was complained of as a whole.
    private bool _isInPem;

    /// <summary>Reads <paramref name="text"/>, which begins with a line, until its end or the first mistake.</summary>
    /// <returns>How many characters are done with: all of them, or those before the statement to go on with.</returns>
    internal int Read(string text, int firstLine)
    {
        if (_isInPem) return GoOnAfterPem(text, 0);
        var window = new Window(text, firstLine);
        if (Parse(window) is not { } mistake) return text.Length;
        return GoOnAfter(mistake, window);
    }

    private Mistake? Parse(Window window)
    {
        var parser = TomlParser.Create(window.Text, Tolerant);
        var depth = 0;
        try
        {
            while (parser.MoveNext())
            {
                if (builder.IsFull) return null;
                ref readonly var current = ref parser.Current;
                switch (current.Kind)
                {
                    case TomlParseEventKind.StartArray or TomlParseEventKind.StartTable when depth > 0:
                        depth++;
                        break;
                    // Tables of headers and dotted keys have no text of their own.
                    case TomlParseEventKind.StartArray or TomlParseEventKind.StartTable when current.Span is not null:
                        depth = 1;
                        window.InValue = true;
                        builder.Nested(current.Kind == TomlParseEventKind.StartArray ? "an array" : "an inline table");
                        break;
                    case TomlParseEventKind.EndArray or TomlParseEventKind.EndTable when depth > 0:
                        if (--depth > 0) break;
                        // At a mistake the parser closes what is open by itself.
                        window.InValue = parser.HasErrors;
                        window.Told = Math.Max(window.Told, current.Span?.Offset ?? 0);
                        break;
                    case TomlParseEventKind.String when depth == 0 && GoesOverLineEnd(current, window.Text):
                        return new(current.Span!.Value.Offset, TomlMistakes.UnclosedOnLine);
                    case TomlParseEventKind.PropertyName when depth == 0:
                        ReadName(parser, window);
                        break;
                    case >= TomlParseEventKind.String and <= TomlParseEventKind.DateTime when depth == 0:
                        window.InValue = false;
                        window.Told = current.Span!.Value.Offset + current.Span.Value.Length;
                        ReadValue(parser, window);
                        break;
                }
            }
        }
        // Arrays nested deeper than the parser follows are told this way.
        catch (TomlException e)
        {
            return new(e.Offset ?? 0, TomlMistakes.Explain(e.Message));
        }
        if (!parser.HasErrors)
        {
            ReadRepeatedHeaders(window, window.Text.Length);
            return null;
        }

        var first = parser.Diagnostics[0];
        return new(first.Span.Start.Offset, TomlMistakes.Explain(first.Message));
    }

    // The parser takes a backslash before the line's end for a line that goes on, which TOML knows in strings of several lines only.
    private static bool GoesOverLineEnd(in TomlParseEvent told, string text)
    {
        var raw = text.AsSpan(told.Span!.Value.Offset, told.Span.Value.Length);
        return raw[0] == '"' && !raw.StartsWith("\"\"\"") && raw.Contains('\n');
    }

    private void ReadName(TomlParser parser, Window window)
    {
        var span = parser.Current.Span!.Value;
        var text = window.Text;
        var statement = text.AsSpan(0, span.Offset).LastIndexOf('\n') + 1;
        var isFirst = window.Statement != statement;
        if (isFirst) ReadRepeatedHeaders(window, statement);
        window.Statement = statement;
        window.Told = span.Offset + span.Length;

        var at = new Place(window.FirstLine + span.Start.Line, span.Start.Column + 1);
        var before = text.AsSpan(statement, span.Offset - statement).Trim(" \t");
        var after = text.AsSpan(span.Offset + span.Length).TrimStart(" \t");
        if (before is "[" && after.StartsWith(']'))
        {
            builder.Table(Name(parser, text), at);
            window.InValue = false;
        }
        else if (before.StartsWith('['))
        {
            var isArray = before.StartsWith("[[");
            var brackets = text.AsSpan(statement).IndexOf('[') + (isArray ? 2 : 1);
            if (isFirst) builder.NestedTable(isArray, at with { Column = brackets + 1 });
            window.InValue = false;
        }
        else if (before.IsEmpty && after.StartsWith('='))
        {
            builder.Key(Name(parser, text), at);
            window.InValue = true;
        }
        else
        {
            if (isFirst) builder.DottedKey(at);
            window.InValue = true;
        }
    }

    /// <summary>The parser says nothing of a header that repeats the one before it: it stands in the text alone.</summary>
    private void ReadRepeatedHeaders(Window window, int to)
    {
        if (window.Told >= to || !window.Text.AsSpan(window.Told, to - window.Told).Contains('[')) return;

        var starts = new StatementStarts(window.Text, window.Told);
        var (counted, number) = (0, window.FirstLine);
        while (!builder.IsFull && starts.MoveNext() && starts.Current < to)
        {
            var line = window.Text.AsSpan(starts.Current, to - starts.Current);
            var end = line.IndexOf('\n');
            if (end >= 0) line = line[..(end + 1)];
            if (!line.TrimStart(" \t").StartsWith('[')) continue;

            number += window.Text.AsSpan(counted, starts.Current - counted).Count('\n');
            counted = starts.Current;
            Read(line.ToString(), number);
        }
    }

    private string Name(TomlParser parser, string text)
    {
        var span = parser.Current.Span!.Value;
        var raw = text.AsSpan(span.Offset, span.Length);
        return builder.Pooled(raw[0] is '"' or '\'' ? parser.GetPropertyName() : raw);
    }

    private void ReadValue(TomlParser parser, Window window)
    {
        ref readonly var current = ref parser.Current;
        if (!builder.WantsValue) return;

        var span = current.Span!.Value;
        var at = new Place(window.FirstLine + span.Start.Line, span.Start.Column + 1);
        var raw = window.Text.AsSpan(span.Offset, span.Length);
        switch (current.Kind)
        {
            case TomlParseEventKind.String:
                ReadText(parser, at);
                break;
            case TomlParseEventKind.Integer:
                if (TomlNumber.TryInteger(raw, out var integer)) builder.Value(SecretValue.OfInteger(integer), at);
                else builder.BadValue(TomlMistakes.IntegerTooLarge, at);
                break;
            case TomlParseEventKind.Float:
                var number = current.GetDouble();
                if (double.IsInfinity(number) && !raw.EndsWith("inf")) builder.BadValue(TomlMistakes.FloatTooLarge, at);
                else builder.Value(SecretValue.OfFloat(number), at);
                break;
            case TomlParseEventKind.Boolean:
                builder.Value(SecretValue.OfBoolean(current.GetBoolean()), at);
                break;
            case TomlParseEventKind.DateTime:
                if (TomlDate.Read(raw) is { } date) builder.Value(date, at);
                else builder.BadValue(TomlDate.LacksSeconds(raw) ? TomlMistakes.SecondsMissing : TomlMistakes.BadDate, at);
                break;
        }
    }

    private void ReadText(TomlParser parser, Place at)
    {
        string text;
        try
        {
            text = parser.GetString();
        }
        // The lexer lets some escapes pass that decoding refuses.
        catch (TomlException)
        {
            builder.BadValue(TomlMistakes.BadEscape, at);
            return;
        }
        builder.Value(SecretValue.OfText(text), at);
    }

    private int GoOnAfter(Mistake mistake, Window window)
    {
        var text = window.Text;
        var starts = new StatementStarts(text, window.Statement ?? 0);
        if (window.Statement is not null)
        {
            starts.MoveToStatement();
            if (mistake.Offset < starts.Current || window.InValue)
            {
                return TellAndGoOn(mistake, window, window.Statement.Value, starts.Current);
            }
        }

        // The parser looks one token ahead: statements before the faulty one may not have been told yet.
        while (true)
        {
            var from = starts.Current;
            var goesOn = starts.MoveToStatement();
            var to = starts.Current;
            if (mistake.Offset < to || !goesOn)
            {
                return TellAndGoOn(mistake, window, from, to);
            }
            if (!StatementStarts.IsBlank(text.AsSpan(from, to - from))) Read(text[from..to], window.FirstLine + text.AsSpan(0, from).Count('\n'));
        }
    }

    private int TellAndGoOn(Mistake mistake, Window window, int from, int to)
    {
        var statement = window.Text.AsSpan(from, to - from);
        var pem = statement.IndexOf(PemBegin);
        if (mistake.Problem == TomlMistakes.Unclosed || pem < 0 || !IsFirstLineOfPem(statement, pem))
        {
            Tell(mistake, window, from, to);
            return to;
        }
        builder.SpoiledByPem(statement, statement[pem..], Place.Of(window.Text, from + pem, window.FirstLine));
        return GoOnAfterPem(window.Text, to);
    }

    // For a value, in quotes of one line or in none.
    private static bool IsFirstLineOfPem(ReadOnlySpan<char> statement, int pem) =>
        statement[..pem].TrimEnd(" \t\"'").EndsWith('=') && !statement[pem..].Contains(PemEnd, StringComparison.Ordinal);

    // Its other lines would each be complained of by themselves. None begins with a bracket, as the next table does where the end is missing.
    private int GoOnAfterPem(string text, int from)
    {
        for (_isInPem = true; _isInPem && from < text.Length && !text.AsSpan(from).TrimStart(" \t").StartsWith('[');)
        {
            var end = text.IndexOf('\n', from);
            var line = end < 0 ? text.AsSpan(from) : text.AsSpan(from, end - from);
            _isInPem = !line.Contains(PemEnd, StringComparison.Ordinal);
            from += line.Length + (end < 0 ? 0 : 1);
        }
        _isInPem &= from == text.Length;
        return from;
    }

    private void Tell(Mistake mistake, Window window, int from, int to)
    {
        var text = window.Text.AsSpan();
        var offset = mistake.Offset >= from && mistake.Offset <= to ? mistake.Offset : from;
        if (mistake.Problem == TomlMistakes.Unclosed) offset = from + text[from..to].IndexOfAnyExcept(" \t\r\n");
        builder.Spoiled(text[from..to], mistake.Problem, Place.Of(text, Math.Max(offset, from), window.FirstLine));
    }

    /// <summary>Where the parser stumbled, and why.</summary>
    private readonly record struct Mistake(int Offset, Problem Problem);

    private sealed class Window(string text, int firstLine)
    {
        internal string Text { get; } = text;

        internal int FirstLine { get; } = firstLine;

        /// <summary>Where the line begins whose key or header was told last.</summary>
        internal int? Statement { get; set; }

        /// <summary>Where what was told last ends.</summary>
        internal int Told { get; set; }

        /// <summary>Whether that key still waits for its value, or for the end of it.</summary>
        internal bool InValue { get; set; }
    }
}
