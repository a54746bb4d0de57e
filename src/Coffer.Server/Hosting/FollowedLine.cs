using System.Globalization;

namespace Coffer.Server.Hosting;

/// <summary>A line of the log or of the audit, for who follows it.</summary>
/// <param name="Text">Without its end.</param>
/// <param name="Gap">What is to be said where lines before it are missing; else null.</param>
public readonly record struct FollowedLine(string Text, string? Gap)
{
    internal static string FewerThanAsked(long held) => string.Create(CultureInfo.InvariantCulture, $"fewer lines are held in memory than were asked for: {held}");

    internal static string Skipped(long lines) => string.Create(CultureInfo.InvariantCulture, $"lines are left out here, because they came faster than they were read: {lines}");
}
