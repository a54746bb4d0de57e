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
                cases.Append($"            subcommands=({string.Join(' ', list)})\n            _describe command subcommands\n");
            }
            // An empty specification, or a line that goes on behind the last one, is an error to _arguments.
            var specifications = command.Options.Select(Specification).Concat(ArgumentsOf(command)).Select(s => $"                '{s}'");
            cases.Append($"            _arguments -S \\\n{string.Join(" \\\n", specifications)}\n");
            cases.Append("            ;;\n");
        }

        var behindDashes = string.Concat(commands.Where(c => c.Launches).Select(c => $"            {Pattern($"{c.Path} --")}) shift $i words; ((CURRENT -= i)); _normal -p {program}; return ;;\n"));

        // The path to the command is found word by word, past options and their values; what comes after it is what _arguments is to see. A program behind --
        // is completed as if it stood alone. No variable here may have the name of one of zsh's own, such as commands: what is called would find this one.
        return $$"""
            #compdef {{program}}
            # zsh completion for {{program}}
            {{function}}() {
                local -a subcommands
                local command i last=1
                for ((i = 2; i < CURRENT; i++)); do
                    case ${words[i-1]} in
                        {{string.Join('|', withValue)}}) continue ;;
                    esac
                    case "$command ${words[i]}" in
            {{behindDashes}}            {{string.Join('|', commands.Where(c => c.Path.Length > 0).Select(c => Pattern(c.Path.Contains(' ', StringComparison.Ordinal) ? c.Path : ' ' + c.Path)))}}) command=${command:+$command }${words[i]} last=$i ;;
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

    private static IEnumerable<string> ArgumentsOf(CompletedCommand command) => command switch
    {
        { Launches: true } => ["1:program:((--\\:the\\ program\\ and\\ its\\ arguments\\ follow))"],
        { TakesFiles: true } => ["*:file:_files"],
        { Words.Count: > 0 } => [$"*:name:({string.Join(' ', command.Words)})"],
        _ => [],
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
