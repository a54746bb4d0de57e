using System.Text;
using System.Text.Unicode;
using Coffer.Definitions.Reading;

namespace Coffer.Definitions;

/// <summary>Reads the TOML of a definition: <c>[clients]</c> with a public key for each name, and a table of secrets for each name.</summary>
/// <remarks>
/// The text is decoded in windows of a megabyte, cut where a statement begins, so that the memory needed beside the definition itself does not
/// grow with the file. Source: docs/definition.md, TOML 1.0.
/// </remarks>
public static class DefinitionReader
{
    /// <summary>How many complaints are collected before reading gives up.</summary>
    public const int MaxComplaints = 10_000;

    private const int WindowSize = 1 << 20;
    private const int WindowAfterMistake = 4096;

    // No coffer may be larger than 1 MiB; a statement many times that size is one whose end is missing.
    private const int MaxStatementSize = 16 << 20;

    /// <summary>Reads <paramref name="utf8"/>, which may begin with a byte order mark, and finds everything that is wrong with it.</summary>
    /// <param name="utf8">The whole file. It is not kept.</param>
    /// <param name="file">The name for complaints.</param>
    /// <param name="progress">Told the bytes that are done with, every megabyte or so.</param>
    public static DefinitionReading Read(ReadOnlyMemory<byte> utf8, string file, IProgress<long>? progress = null)
    {
        var builder = new DefinitionBuilder(file);
        var bytes = utf8.Span;
        if (!IsText(bytes, builder)) return builder.Refuse();

        var statements = new TomlStatements(builder);
        var at = bytes.StartsWith(Encoding.UTF8.Preamble) ? Encoding.UTF8.Preamble.Length : 0;
        if (IsBlank(bytes[at..]))
        {
            builder.Complain(Place.Start, "the file is empty, expected [clients] and a table for each client", "docs/definition.md shows the form");
            return builder.Refuse();
        }

        var line = 1;
        var size = WindowSize;
        while (at < bytes.Length)
        {
            var window = CutWindow(bytes[at..], size);
            if (window is null)
            {
                builder.Complain(new(line, 1), "a string or an array that begins here takes over 16 MiB or is never closed, expected its end", "close it; the rest of the file was not read");
                break;
            }

            // The parser stumbles over a backslash at the very end of its text.
            var done = Math.Min(statements.Read(window.EndsWith('\n') ? window : window + '\n', line), window.Length);
            size = done == window.Length ? Math.Min(size * 2, WindowSize) : WindowAfterMistake;
            at += Encoding.UTF8.GetByteCount(window.AsSpan(0, done));
            line += window.AsSpan(0, done).Count('\n');
            progress?.Report(at);
            if (!builder.IsFull) continue;
            builder.Complain(new(line, 1), $"over {MaxComplaints} complaints, the rest of the file was not read", "is this the file you meant?");
            return builder.Refuse();
        }
        return builder.Finish();
    }

    /// <summary>The next statements in about <paramref name="size"/> bytes; null where not one of them ends.</summary>
    private static string? CutWindow(ReadOnlySpan<byte> bytes, int size)
    {
        for (; ; size *= 2)
        {
            if (size >= bytes.Length) return bytes.Length > MaxStatementSize && size > MaxStatementSize ? null : Encoding.UTF8.GetString(bytes);

            var end = size;
            while ((bytes[end] & 0xC0) == 0x80) end--;
            var text = Encoding.UTF8.GetString(bytes[..end]);
            var cut = LastStart(text);
            if (cut > 0) return cut == text.Length ? text : text[..cut];
            if (size > MaxStatementSize) return null;
        }
    }

    private static int LastStart(string text)
    {
        var certain = 0;
        var likely = 0;
        var starts = new StatementStarts(text, 0);
        while (starts.MoveNext())
        {
            if (starts.IsCertain) certain = starts.Current;
            else if (certain == 0 && starts.IsLikely) likely = starts.Current;
        }
        return certain > 0 ? certain : likely;
    }

    private static bool IsText(ReadOnlySpan<byte> bytes, DefinitionBuilder builder)
    {
        if (Utf8.IsValid(bytes)) return true;

        var valid = ValidLength(bytes);
        var before = bytes[..valid];
        var lineStart = before.LastIndexOf((byte)'\n') + 1;
        var place = new Place(1 + before.Count((byte)'\n'), 1 + Encoding.UTF8.GetString(before[lineStart..]).EnumerateRunes().Count());
        var isUtf16 = bytes.StartsWith(Encoding.Unicode.Preamble) || bytes.StartsWith(Encoding.BigEndianUnicode.Preamble);
        builder.Complain(place, $"not UTF-8 from byte {valid + 1} of the file on, expected UTF-8 text", isUtf16
            ? "it looks like UTF-16: save the file as UTF-8"
            : "save the file as UTF-8; the rest of the file was not read");
        return false;
    }

    private static int ValidLength(ReadOnlySpan<byte> bytes)
    {
        var at = 0;
        while (at < bytes.Length && Rune.DecodeFromUtf8(bytes[at..], out _, out var length) == System.Buffers.OperationStatus.Done) at += length;
        return at;
    }

    private static bool IsBlank(ReadOnlySpan<byte> bytes)
    {
        while (true)
        {
            var text = bytes.IndexOfAnyExcept(" \t\r\n"u8);
            if (text < 0) return true;
            if (bytes[text] != '#') return false;
            var end = bytes[text..].IndexOf((byte)'\n');
            if (end < 0) return true;
            bytes = bytes[(text + end)..];
        }
    }
}
