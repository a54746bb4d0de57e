using System.Buffers;

namespace Coffer.Definitions.Reading;

/// <summary>Walks the lines of TOML text that begin outside of a string, without understanding more of it than quotes, comments and brackets.</summary>
/// <remarks>
/// It serves two ends: a large file is cut into windows at places where a statement begins, and after a mistake reading goes on at the next one.
/// On valid TOML it is exact; on invalid TOML it is a good guess that always moves forward.
/// </remarks>
internal ref struct StatementStarts(ReadOnlySpan<char> text, int from)
{
    private static readonly SearchValues<char> Marks = SearchValues.Create("\n#\"'[]{}");

    private readonly ReadOnlySpan<char> _text = text;
    private int _at = from;
    private int _depth;

    /// <summary>Where the line begins; may be the text's end.</summary>
    internal int Current { get; private set; } = from;

    /// <summary>Whether no bracket is open at <see cref="Current"/>, so that a statement begins there.</summary>
    internal readonly bool IsCertain => _depth == 0;

    /// <summary>Whether the line reads like a table's header or <c>key =</c>, as after a bracket that was never closed.</summary>
    internal readonly bool IsLikely => LooksLikeStatement(_text[Current..]);

    /// <summary>Goes to the next line that begins outside of a string; false where there is none.</summary>
    internal bool MoveNext()
    {
        // Brackets of a header are no nesting, and one that is not closed must not swallow what follows.
        if (_depth == 0 && _text[_at..].TrimStart(" \t").StartsWith('[')) _at = LineEnd(_at);
        while (true)
        {
            var next = _text[_at..].IndexOfAny(Marks);
            if (next < 0) return End();

            _at += next;
            switch (_text[_at])
            {
                case '\n':
                    Current = ++_at;
                    return true;
                case '#':
                    _at = LineEnd(_at);
                    break;
                case '"' or '\'':
                    SkipString(_text[_at]);
                    break;
                case '[' or '{':
                    _depth++;
                    _at++;
                    break;
                default:
                    _depth = Math.Max(0, _depth - 1);
                    _at++;
                    break;
            }
        }
    }

    /// <summary>Goes to the next place where a statement begins, certainly or likely; at the text's end stays there and returns false.</summary>
    internal bool MoveToStatement()
    {
        while (MoveNext())
        {
            if (!IsCertain && !IsLikely) continue;
            _depth = 0;
            return true;
        }
        Current = _text.Length;
        return false;
    }

    /// <summary>Whether the line holds nothing, or a comment alone.</summary>
    internal static bool IsBlank(ReadOnlySpan<char> line)
    {
        var start = line.TrimStart(" \t\r\n");
        return start.IsEmpty || start[0] == '#';
    }

    /// <summary>The bare key that a line sets, or empty where it sets none.</summary>
    internal static ReadOnlySpan<char> BareKey(ReadOnlySpan<char> line)
    {
        var start = line.TrimStart(" \t");
        var length = BareLength(start);
        return length > 0 && start[length..].TrimStart(" \t").StartsWith('=') ? start[..length] : [];
    }

    private static bool LooksLikeStatement(ReadOnlySpan<char> line)
    {
        if (!BareKey(line).IsEmpty) return true;

        var start = line.TrimStart(" \t");
        if (start.Length < 2 || start[0] != '[' || !char.IsAsciiLetter(start[1])) return false;
        var length = BareLength(start[1..]);
        // An array's element may stand on a line of its own as well.
        return start[1..(length + 1)] is not ("true" or "false" or "inf" or "nan") && start[(length + 1)..].StartsWith(']');
    }

    private static int BareLength(ReadOnlySpan<char> text)
    {
        var length = 0;
        while (length < text.Length && (char.IsAsciiLetterOrDigit(text[length]) || text[length] is '-' or '_')) length++;
        return length;
    }

    private void SkipString(char quote)
    {
        var rest = _text[_at..];
        if (rest.Length >= 3 && rest[1] == quote && rest[2] == quote) SkipMultiLine(quote);
        else SkipOneLine(quote);
    }

    private void SkipOneLine(char quote)
    {
        for (_at++; _at < _text.Length && _text[_at] != '\n'; _at++)
        {
            if (_text[_at] == quote)
            {
                _at++;
                return;
            }
            if (quote == '"' && _text[_at] == '\\' && _at + 1 < _text.Length && _text[_at + 1] != '\n') _at++;
        }
    }

    private void SkipMultiLine(char quote)
    {
        _at += 3;
        while (true)
        {
            var next = quote == '"' ? _text[_at..].IndexOfAny('"', '\\') : _text[_at..].IndexOf('\'');
            if (next < 0)
            {
                _at = _text.Length;
                return;
            }

            _at += next;
            if (_text[_at] == '\\')
            {
                _at = Math.Min(_at + 2, _text.Length);
                continue;
            }

            var quotes = _at;
            while (_at < _text.Length && _text[_at] == quote && _at - quotes < 5) _at++;
            if (_at - quotes >= 3) return;
        }
    }

    private readonly int LineEnd(int at)
    {
        var length = _text[at..].IndexOf('\n');
        return length < 0 ? _text.Length : at + length;
    }

    private bool End()
    {
        _at = Current = _text.Length;
        return false;
    }
}
