using System.Text;

namespace Coffer.Client.Cli.Completion;

/// <summary>Completion for zsh, by _arguments.</summary>
internal static class ZshScript
{
    internal static string Write(IReadOnlyList<CompletedCommand> commands)
    {
        var list = new StringBuilder();
        var cases = new StringBuilder();
        foreach (var command in commands)
        {
            list.Append($"        '{command.Name}:{Plain(command.Description)}'\n");
            cases.Append($"        {command.Name})\n            _arguments -S \\\n");
            foreach (var option in command.Options) cases.Append($"                '{Specification(option)}' \\\n");
            cases.Append(command.Name == CommandLine.RunCommand.Name
                ? "                '(-)1:program:_command_names -e' '*::argument:_normal'\n"
                : $"                '*:name:({string.Join(' ', command.Words)})'\n");
            cases.Append("            ;;\n");
        }

        return $$"""
            #compdef coffer-client
            # zsh completion for coffer-client
            _coffer_client() {
                local -a commands
                commands=(
            {{list.ToString().TrimEnd('\n')}}
                )
                if ((CURRENT == 2)); then
                    _describe command commands
                    _arguments '--help[show this help]' '--version[show the version]'
                    return
                fi
                local command=${words[2]}
                shift words
                ((CURRENT--))
                case $command in
            {{cases.ToString().TrimEnd('\n')}}
                esac
            }
            if [[ $funcstack[1] == _coffer-client ]]; then
                _coffer_client "$@"
            else
                compdef _coffer_client coffer-client
            fi

            """;
    }

    private static string Specification(CompletedOption option)
    {
        var repeated = option.Description.EndsWith("may be repeated", StringComparison.Ordinal) ? "*" : "";
        var value = option switch
        {
            { TakesFile: true } => ":file:_files",
            { Choices.Count: > 0 } => $":choice:({string.Join(' ', option.Choices)})",
            { TakesValue: true } => ":value:",
            _ => "",
        };
        return $"{repeated}{option.Name}[{Plain(option.Description)}]{value}";
    }

    // Within single quotes, and within what _arguments and _describe take apart.
    private static string Plain(string text) => text.Replace("'", "'\\''", StringComparison.Ordinal).Replace("[", "\\[", StringComparison.Ordinal).Replace("]", "\\]", StringComparison.Ordinal).Replace(":", "\\:", StringComparison.Ordinal);
}
