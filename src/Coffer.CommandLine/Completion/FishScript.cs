using System.Text;

namespace Coffer.CommandLine.Completion;

/// <summary>Completion for fish, a line an option.</summary>
internal static class FishScript
{
    internal static string Write(IReadOnlyList<CompletedCommand> commands)
    {
        var program = ThisProgram.Name;
        var behindDashes = $"__{program.Replace('-', '_')}_behind_dashes";
        var script = new StringBuilder($"""
            # fish completion for {program}
            function {behindDashes}
                contains -- -- (commandline -opc)
            end
            complete -c {program} -f
            complete -c {program} -n __fish_use_subcommand -l help -d 'show this help'
            complete -c {program} -n __fish_use_subcommand -l version -d 'show the version'

            """);
        foreach (var command in commands)
        {
            script.Append($"complete -c {program} -n __fish_use_subcommand -a {command.Name} -d {Quoted(command.Description)}\n");
            var seen = $"__fish_seen_subcommand_from {command.Name}";
            if (command.Launches) script.Append($"complete -c {program} -n '{seen}; and {behindDashes}' -a '(__fish_complete_subcommand --fcs-skip=(math 1 + (contains -i -- -- (commandline -opc))))' -F\n");
            var condition = $"-n '{seen}; and not {behindDashes}'";
            if (command.Words.Count > 0) script.Append($"complete -c {program} {condition} -a {Quoted(string.Join(' ', command.Words))}\n");
            if (command.TakesFiles) script.Append($"complete -c {program} {condition} -F\n");
            foreach (var option in command.Options) script.Append($"complete -c {program} {condition} -l {option.Name[2..]}{ValueOf(option)} -d {Quoted(option.Description)}\n");
        }
        return script.ToString();
    }

    private static string ValueOf(CompletedOption option) => option switch
    {
        { TakesFile: true } => " -r -F",
        { Choices.Count: > 0 } => $" -x -a {Quoted(string.Join(' ', option.Choices))}",
        { TakesValue: true } => " -x",
        _ => "",
    };

    private static string Quoted(string text) => $"'{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal)}'";
}
