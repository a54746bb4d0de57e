using Coffer.Protocol.Secrets;

namespace Coffer.Definitions.Reading;

/// <summary>TOML's four dates in the text that travels: as written, but with <c>T</c> and <c>Z</c> where TOML allows <c>t</c>, <c>z</c> and a space.</summary>
/// <remarks>Source: protocol.md section 5; RFC 3339 section 5.6.</remarks>
internal static class TomlDate
{
    private const int DateLength = 10;

    private static readonly SecretKind[] Kinds = [SecretKind.OffsetDateTime, SecretKind.LocalDateTime, SecretKind.LocalDate, SecretKind.LocalTime];

    /// <summary>The date as a secret, or null where it is none of the four.</summary>
    internal static SecretValue? Read(ReadOnlySpan<char> written)
    {
        var text = written.ToString();
        if (text.Length > DateLength && text[DateLength] is 't' or ' ') text = $"{text.AsSpan(0, DateLength)}T{text.AsSpan(DateLength + 1)}";
        if (text.EndsWith('z')) text = $"{text.AsSpan(0, text.Length - 1)}Z";
        foreach (var kind in Kinds)
            if (DateText.IsValid(kind, text)) return SecretValue.OfDate(kind, text);
        return null;
    }

    /// <summary>Whether only the seconds are missing, which TOML 1.1 allows and RFC 3339 does not.</summary>
    internal static bool LacksSeconds(ReadOnlySpan<char> written)
    {
        var colon = written.IndexOf(':');
        return colon >= 0 && written.Length >= colon + 3 && Read($"{written[..(colon + 3)]}:00{written[(colon + 3)..]}") is not null;
    }
}
