using System.CommandLine;

namespace Coffer.CommandLine;

/// <summary>An argument that names a file, and is completed as one.</summary>
public sealed class FileArgument : Argument<string>
{
    /// <summary>A file called <paramref name="name"/> in the help.</summary>
    public FileArgument(string name, string description)
        : base(name)
    {
        Description = description;
        Validators.Add(result =>
        {
            // As a variable that is not set leaves it in a script.
            if (result.Tokens is [{ Value: "" }]) result.AddError($"{name}: is empty, expected the name of a file");
            if (result.Tokens is [{ Value: var word }] && OptionRules.LooksLikeOption(word)) result.AddError($"{Misuse.Shown(word)} is no option here; a file whose name begins so is given with ./ before it");
        });
    }
}
