using System.Text;

namespace Coffer.Client.Cli.Completion;

/// <summary>Completion for fish, a line an option.</summary>
internal static class FishScript
{
    internal static string Write(IReadOnlyList<CompletedCommand> commands)
    {
        var script = new StringBuilder("""
            # fish completion for coffer-client
            function __coffer_client_behind_dashes
                contains -- -- (commandline -opc)
            end
            complete -c coffer-client -f
            complete -c coffer-client -n __fish_use_subcommand -l help -d 'show this help'
            complete -c coffer-client -n __fish_use_subcommand -l version -d 'show the version'
            complete -c coffer-client -n __coffer_client_behind_dashes -a '(__fish_complete_subcommand --fcs-skip=(math 1 + (contains -i -- -- (commandline -opc))))' -F

            """);
        foreach (var command in commands)
        {
            script.Append($"complete -c coffer-client -n __fish_use_subcommand -a {command.Name} -d {Quoted(command.Description)}\n");
            var condition = $"-n '__fish_seen_subcommand_from {command.Name}; and not __coffer_client_behind_dashes'";
            if (command.Words.Count > 0) script.Append($"complete -c coffer-client {condition} -a {Quoted(string.Join(' ', command.Words))}\n");
            foreach (var option in command.Options) script.Append($"complete -c coffer-client {condition} -l {option.Name[2..]}{ValueOf(option)} -d {Quoted(option.Description)}\n");
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
