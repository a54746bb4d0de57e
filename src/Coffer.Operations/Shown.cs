using System.Globalization;

namespace Coffer.Operations;

/// <summary>How values are shown to people; <c>-</c> is nothing.</summary>
internal static class Shown
{
    internal const string Nothing = "-";

    // Four groups of four digits.
    private const int KeyStart = 19;

    internal static string Text(string? text) => string.IsNullOrEmpty(text) ? Nothing : text;

    internal static string Number(long? number) => number?.ToString(CultureInfo.InvariantCulture) ?? Nothing;

    /// <summary>The beginning of a public key, where all of it would be too wide: enough to tell a few from each other.</summary>
    internal static string Key(string? key) => key is { Length: > KeyStart } ? $"{key[..KeyStart]}…" : Text(key);

    internal static string Decision(bool value) => value ? "yes" : "no";

    /// <summary>UTC, to the second.</summary>
    internal static string Time(DateTimeOffset? time) => time?.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ssZ", CultureInfo.InvariantCulture) ?? Nothing;

    /// <summary>UTC, to the millisecond, for events.</summary>
    internal static string Instant(DateTimeOffset time) => time.ToUniversalTime().ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);

    internal static string Seconds(double? seconds)
    {
        if (seconds is not { } given) return Nothing;
        if (given < 60) return string.Create(CultureInfo.InvariantCulture, $"{given:0.#} s");
        var span = TimeSpan.FromSeconds(given);
        if (span.TotalHours < 1) return $"{span.Minutes} min {span.Seconds} s";
        return span.TotalDays < 1 ? $"{span.Hours} h {span.Minutes} min" : $"{(int)span.TotalDays} d {span.Hours} h";
    }

    internal static string Bytes(long? bytes) => bytes switch
    {
        null => Nothing,
        < 10 * 1024 => string.Create(CultureInfo.InvariantCulture, $"{bytes} B"),
        < 10 * 1024 * 1024 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024} KiB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / (1024 * 1024)} MiB"),
    };

    /// <summary><c>1 client</c>, <c>2 clients</c>; nothing known counts as none.</summary>
    internal static string Counted(int? count, string what) => count == 1 ? $"1 {what}" : $"{Number(count ?? 0)} {what}s";
}
