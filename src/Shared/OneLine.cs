using System.Globalization;
using System.Text;

namespace Coffer.Shared;

/// <summary>Text that somebody else wrote, made fit for one line of a terminal.</summary>
internal static class OneLine
{
    /// <summary>The text, each character that is obeyed instead of shown written out as <c>\uXXXX</c>; beyond U+FFFF as two of them, which is what JSON takes.</summary>
    internal static string Of(string text)
    {
        if (!text.EnumerateRunes().Any(IsObeyed)) return text;
        var shown = new StringBuilder();
        Span<char> units = stackalloc char[2];
        foreach (var rune in text.EnumerateRunes())
        {
            if (!IsObeyed(rune)) shown.Append(rune);
            else foreach (var unit in units[..rune.EncodeToUtf16(units)]) shown.Append(CultureInfo.InvariantCulture, $"\\u{(int)unit:x4}");
        }
        return shown.ToString();
    }

    /// <summary>One such character written out as TOML takes it: <c>\uXXXX</c>, beyond U+FFFF <c>\UXXXXXXXX</c>.</summary>
    internal static string InToml(Rune rune) => rune.IsBmp ? $"\\u{rune.Value:X4}" : $"\\U{rune.Value:X8}";

    /// <summary>Whether a terminal obeys the character, or takes it for the end of a line: format characters turn the reading direction around. One that is not assigned yet may come to be of these.</summary>
    internal static bool IsObeyed(Rune rune) => Rune.GetUnicodeCategory(rune) is
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.OtherNotAssigned;
}
