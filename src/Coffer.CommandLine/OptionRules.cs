using System.CommandLine;

namespace Coffer.CommandLine;

/// <summary>What options of several programs refuse.</summary>
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
}
