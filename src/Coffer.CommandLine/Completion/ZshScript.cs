using System.Text;

namespace Coffer.CommandLine.Completion;

/// <summary>Completion for zsh, by _arguments.</summary>
internal static class ZshScript
{
    internal static string Write(CompletedCommand root)
    {
        var program = ThisProgram.Name;
        var function = $"_{program.Replace('-', '_')}";
        var commands = root.All.ToArray();
        var withValue = commands.SelectMany(c => c.Options).Where(o => o.TakesValue).Select(o => o.Name).Distinct().DefaultIfEmpty("--");
        var cases = new StringBuilder();
        foreach (var command in commands)
        {
            cases.Append($"        {Pattern(command.Path)})\n");
            if (command.Commands.Count > 0)
            {
                var list = command.Commands.Select(c => $"'{c.Name}:{Plain(c.Description)}'");
                cases.Append($"            commands=({string.Join(' ', list)})\n            _describe command commands\n");
            }
            cases.Append("            _arguments -S \\\n");
            foreach (var option in command.Options) cases.Append($"                '{Specification(option)}' \\\n");
            cases.Append(command.Commands.Count > 0 ? "                ''\n" : $"                {ArgumentsOf(command)}\n");
            cases.Append("            ;;\n");
        }

        // The path to the command is found word by word, past options and their values; what comes after it is what _arguments is to see.
        return $$"""
            #compdef {{program}}
            # zsh completion for {{program}}
            {{function}}() {
                local -a commands
                local command i last=1
                for ((i = 2; i < CURRENT; i++)); do
                    case ${words[i-1]} in
                        {{string.Join('|', withValue)}}) continue ;;
                    esac
                    case "$command ${words[i]}" in
                        {{string.Join('|', commands.Where(c => c.Path.Length > 0).Select(c => Pattern(c.Path.Contains(' ', StringComparison.Ordinal) ? c.Path : ' ' + c.Path)))}}) command=${command:+$command }${words[i]} last=$i ;;
                    esac
                done
                shift $((last - 1)) words
                ((CURRENT -= last - 1))
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

    private static string Pattern(string path) => $"'{path}'";

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
