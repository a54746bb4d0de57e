using System.CommandLine;
using System.CommandLine.Parsing;

namespace Coffer.CommandLine;

/// <summary>What options and arguments of several programs refuse.</summary>
public static class OptionRules
{
    /// <summary>Has <paramref name="option"/> refuse an empty value, as a variable that is not set leaves in a script, where it would stand for a file or a directory.</summary>
    public static Option<T> RefuseEmpty<T>(this Option<T> option)
    {
        option.Validators.Add(given =>
        {
            if (given.Tokens is [{ Value: "" }]) given.AddError($"{option.Name}: is empty, expected {option.HelpName}");
        });
        return option;
    }

    /// <summary>Does the same for names joined by commas, of which none may be empty: it would select nothing, and guard nothing.</summary>
    public static Option<string[]> RefuseEmptyNames(this Option<string[]> option)
    {
        option.Validators.Add(given =>
        {
            if (given.Tokens.FirstOrDefault(token => token.Value.Split(',').Any(string.IsNullOrWhiteSpace)) is { } token)
                given.AddError($"{option.Name}: {(token.Value.Length == 0 ? "is empty" : $"{Words.Quoted(token.Value)} holds an empty name")}, expected {option.HelpName}");
        });
        return option;
    }

    /// <summary>Has <paramref name="argument"/> refuse an option that nobody knows, which would be taken for it.</summary>
    public static void RefuseOptions(this Argument argument) => argument.Validators.Add(given =>
    {
        foreach (var token in given.Tokens.Where(token => LooksLikeOption(token.Value))) given.AddError($"{Misuse.Shown(token.Value)} is no option of {((CommandResult)given.Parent!).Command.Name}");
    });

    internal static bool LooksLikeOption(string word) => word is ['-', _, ..];
}
