using System.Text;
using Coffer.Shared;

namespace Coffer.Definitions;

/// <summary>Names out of a file, made fit for one line of a terminal.</summary>
public static class ShownName
{
    private const int MaxLength = 60;

    /// <summary>The name in double quotes, control characters and quotes escaped as TOML does, cut after 60 characters.</summary>
    public static string Quote(string name) => $"\"{Escape(name, MaxLength)}\"";

    /// <summary>The name as it stands in a table's header: bare where TOML lets it.</summary>
    public static string Header(string name) => $"[{BareOrQuoted(name)}]";

    /// <summary>The name as a key: bare where TOML lets it.</summary>
    public static string BareOrQuoted(string name) => name.Length <= MaxLength ? Whole(name) : Quote(name);

    /// <summary>The same of any length: where two that begin alike are to be told apart.</summary>
    public static string Whole(string name) => name.Length > 0 && name.All(IsBare) ? name : $"\"{Escape(name, int.MaxValue)}\"";

    private static bool IsBare(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '_';

    private static string Escape(string name, int length)
    {
        var shown = new StringBuilder();
        foreach (var rune in name.EnumerateRunes())
        {
            if (shown.Length >= length) return shown.Append('…').ToString();
            if (rune.Value is '"' or '\\') shown.Append('\\').Append(rune);
            else if (OneLine.IsObeyed(rune)) shown.Append(OneLine.InToml(rune));
            else shown.Append(rune);
        }
        return shown.ToString();
    }
}
