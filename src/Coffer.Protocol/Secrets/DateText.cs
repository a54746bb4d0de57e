namespace Coffer.Protocol.Secrets;

/// <summary>Checks the text of TOML's four dates without changing it.</summary>
/// <remarks>
/// RFC 3339 section 5.6 with an upper-case <c>T</c> and <c>Z</c>, days that exist, seconds to 59 or, at the end of a minute, 60,
/// and any number of fractional digits. Lower case and a space for <c>T</c>, which TOML takes too, are written as RFC 3339 has them
/// before a value is made.
/// </remarks>
public static class DateText
{
    /// <summary>Whether <paramref name="text"/> is a date of <paramref name="kind"/>; false for kinds that are no date.</summary>
    public static bool IsValid(SecretKind kind, ReadOnlySpan<char> text) => kind switch
    {
        SecretKind.LocalDate => text.Length == 10 && IsDate(text),
        SecretKind.LocalTime => TryTime(text, out var rest) && rest.IsEmpty,
        SecretKind.LocalDateTime => TryDateTime(text, out var rest) && rest.IsEmpty,
        SecretKind.OffsetDateTime => TryDateTime(text, out var rest) && IsOffset(rest),
        _ => false,
    };

    private static bool TryDateTime(ReadOnlySpan<char> text, out ReadOnlySpan<char> rest)
    {
        rest = default;
        return text.Length > 11 && IsDate(text[..10]) && text[10] == 'T' && TryTime(text[11..], out rest);
    }

    private static bool IsDate(ReadOnlySpan<char> text) =>
        Number(text[..4], out var year) && text[4] == '-' && Number(text[5..7], out var month) && text[7] == '-'
        && Number(text[8..10], out var day) && month is >= 1 and <= 12 && day >= 1 && day <= DaysIn(year, month);

    // Year 0 is a leap year of RFC 3339 that DateTime does not know.
    private static int DaysIn(int year, int month) => DateTime.DaysInMonth(year == 0 ? 4 : year, month);

    private static bool TryTime(ReadOnlySpan<char> text, out ReadOnlySpan<char> rest)
    {
        rest = default;
        if (text.Length < 8 || !Number(text[..2], out var hour) || text[2] != ':' || !Number(text[3..5], out var minute)
            || text[5] != ':' || !Number(text[6..8], out var second) || hour > 23 || minute > 59 || second > 60) return false;
        rest = text[8..];
        if (rest.IsEmpty || rest[0] != '.') return true;

        var digits = 1;
        while (digits < rest.Length && char.IsAsciiDigit(rest[digits])) digits++;
        rest = rest[digits..];
        return digits > 1;
    }

    private static bool IsOffset(ReadOnlySpan<char> text) =>
        text is "Z"
        || (text.Length == 6 && text[0] is '+' or '-' && Number(text[1..3], out var hour) && text[3] == ':'
            && Number(text[4..6], out var minute) && hour <= 23 && minute <= 59);

    private static bool Number(ReadOnlySpan<char> digits, out int number)
    {
        number = 0;
        foreach (var digit in digits)
        {
            if (!char.IsAsciiDigit(digit)) return false;
            number = number * 10 + (digit - '0');
        }
        return true;
    }
}
