using System.Text;

namespace Coffer.CommandLine.Completion;

/// <summary>Completion for zsh, by _arguments.</summary>
internal static class ZshScript
{
    internal static string Write(IReadOnlyList<CompletedCommand> commands)
    {
        var program = ThisProgram.Name;
        var function = $"_{program.Replace('-', '_')}";
        var list = new StringBuilder();
        var cases = new StringBuilder();
        foreach (var command in commands)
        {
            list.Append($"        '{command.Name}:{Plain(command.Description)}'\n");
            cases.Append($"        {command.Name})\n            _arguments -S \\\n");
            foreach (var option in command.Options) cases.Append($"                '{Specification(option)}' \\\n");
            cases.Append($"                {ArgumentsOf(command)}\n");
            cases.Append("            ;;\n");
        }

        return $$"""
            #compdef {{program}}
            # zsh completion for {{program}}
            {{function}}() {
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
            if [[ $funcstack[1] == _{{program}} ]]; then
                {{function}} "$@"
            else
                compdef {{function}} {{program}}
            fi

            """;
    }

    private static string ArgumentsOf(CompletedCommand command) => command switch
    {
        { Launches: true } => "'(-)1:program:_command_names -e' '*::argument:_normal'",
        { TakesFiles: true } => "'*:file:_files'",
        _ => $"'*:name:({string.Join(' ', command.Words)})'",
    };

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
