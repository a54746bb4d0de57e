using System.Globalization;
using System.Text;

namespace Coffer.Control.Printing;

/// <summary>Text from a server, made fit for a line.</summary>
internal static class Cell
{
    /// <summary>The text without characters that a terminal would obey, or that would be taken for the end of a cell.</summary>
    internal static string Of(string text)
    {
        if (!text.EnumerateRunes().Any(IsInvisible)) return text;
        var shown = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (IsInvisible(rune)) shown.Append(CultureInfo.InvariantCulture, $"\\u{rune.Value:x4}");
            else shown.Append(rune);
        }
        return shown.ToString();
    }

    /// <summary>The lines of a text, each of them fit.</summary>
    internal static string[] Lines(string text) => [.. text.Split('\n').Select(Of)];

    private static bool IsInvisible(Rune rune) => Rune.GetUnicodeCategory(rune) is
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
}
