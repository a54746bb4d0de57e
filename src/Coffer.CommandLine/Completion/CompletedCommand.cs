using System.CommandLine;
using System.CommandLine.Help;

namespace Coffer.CommandLine.Completion;

/// <summary>A command as a shell completes it: its options, and what its arguments are, which is some words, files, or a program with its own arguments behind <c>--</c>.</summary>
internal sealed record CompletedCommand(string Name, string Description, IReadOnlyList<CompletedOption> Options, IReadOnlyList<string> Words, bool TakesFiles, bool Launches)
{
    internal static CompletedCommand Of(Command command) => new(
        command.Name,
        command.Description ?? "",
        [.. command.Options.Where(o => !o.Hidden && o is not HelpOption).Select(CompletedOption.Of), new("--help", "show this help", false, false, [])],
        CompletionCommand.WordsOf(command.Name),
        command.Arguments.Any(a => a is FileArgument),
        command is LaunchingCommand);
}

/// <summary>An option as a shell completes it: whether a value follows, and of what kind.</summary>
internal sealed record CompletedOption(string Name, string Description, bool TakesValue, bool TakesFile, IReadOnlyList<string> Choices)
{
    internal static CompletedOption Of(Option option)
    {
        var value = option.HelpName ?? "";
        var takesFile = value.Contains("FILE", StringComparison.Ordinal);
        return new(option.Name, option.Description ?? "", value.Length > 0, takesFile, takesFile || !value.Contains('|', StringComparison.Ordinal) ? [] : value.Split('|'));
    }
}
