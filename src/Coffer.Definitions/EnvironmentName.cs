namespace Coffer.Definitions;

/// <summary>Names that a shell takes for a variable of the environment.</summary>
/// <remarks>Source: POSIX.1-2017, Base Definitions, section 8.1, with lower case allowed.</remarks>
internal static class EnvironmentName
{
    internal static bool IsValid(string name)
    {
        if (name.Length == 0 || char.IsAsciiDigit(name[0])) return false;
        foreach (var c in name)
            if (!char.IsAsciiLetterOrDigit(c) && c != '_') return false;
        return true;
    }
}
