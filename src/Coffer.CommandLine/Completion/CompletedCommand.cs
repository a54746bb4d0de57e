using System.CommandLine;
using System.CommandLine.Help;

namespace Coffer.CommandLine.Completion;

/// <summary>A command as a shell completes it: the commands in it, its options, and what its arguments are, which is some words, files, or a program with its own arguments behind <c>--</c>.</summary>
/// <param name="Path">The names that lead to it, parted by spaces; empty for the program itself.</param>
/// <param name="Description">What it does.</param>
/// <param name="Commands">The commands in it.</param>
/// <param name="Options">Its options, those of the program that count everywhere included.</param>
/// <param name="Words">What its arguments may be.</param>
/// <param name="TakesFiles">Whether its arguments are files.</param>
/// <param name="Launches">Whether a program stands behind <c>--</c>.</param>
internal sealed record CompletedCommand(
    string Path, string Description, IReadOnlyList<CompletedCommand> Commands, IReadOnlyList<CompletedOption> Options, IReadOnlyList<string> Words, bool TakesFiles, bool Launches)
{
    /// <summary>The last part of the path.</summary>
    internal string Name => Path[(Path.LastIndexOf(' ') + 1)..];

    /// <summary>This command and all that are in it, the outer ones first.</summary>
    internal IEnumerable<CompletedCommand> All => Commands.SelectMany(c => c.All).Prepend(this);

    internal static CompletedCommand Of(RootCommand root) => Of(root, "", []);

    private static CompletedCommand Of(Command command, string path, IReadOnlyList<Option> inherited)
    {
        var options = command.Options.Where(o => !o.Hidden && o is not HelpOption).Concat(inherited).ToArray();
        var recursive = inherited.Concat(command.Options.Where(o => o.Recursive && !o.Hidden && o is not HelpOption)).ToArray();
        var help = new CompletedOption("--help", "show this help", false, false, []);
        return new(
            path,
            command.Description ?? "",
            [.. command.Subcommands.Select(c => Of(c, path.Length == 0 ? c.Name : $"{path} {c.Name}", recursive))],
            command is RootCommand ? [help, .. options.Select(CompletedOption.Of)] : [.. options.Select(CompletedOption.Of), help],
            [.. command.Arguments.OfType<ChoiceArgument>().SelectMany(a => a.Choices)],
            command.Arguments.Any(a => a is FileArgument),
            command is LaunchingCommand);
    }
}

/// <summary>An option as a shell completes it: whether a value follows, and of what kind.</summary>
internal sealed record CompletedOption(string Name, string Description, bool TakesValue, bool TakesFile, IReadOnlyList<string> Choices)
{
    internal static CompletedOption Of(Option option)
    {
        var value = option.HelpName ?? "";
        var takesFile = value.Contains("FILE", StringComparison.Ordinal) || value == "DIR";
        return new(option.Name, option.Description ?? "", value.Length > 0, takesFile, takesFile || !value.Contains('|', StringComparison.Ordinal) ? [] : value.Split('|'));
    }
}
