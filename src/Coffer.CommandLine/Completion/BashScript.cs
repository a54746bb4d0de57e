using System.Text;

namespace Coffer.CommandLine.Completion;

/// <summary>Completion for bash, with or without the bash-completion package.</summary>
internal static class BashScript
{
    private const string Files = "mapfile -t COMPREPLY < <(compgen -f -- \"$current\"); compopt -o filenames 2>/dev/null";

    internal static string Write(CompletedCommand root)
    {
        var program = ThisProgram.Name;
        var function = $"_{program.Replace('-', '_')}";
        var commands = root.All.ToArray();
        var withValue = commands.SelectMany(c => c.Options).Where(o => o.TakesValue).DistinctBy(o => o.Name).ToArray();
        var values = new StringBuilder();
        foreach (var option in withValue) values.Append($"        {option.Name}) {ValueOf(option)}; return ;;\n");

        var words = new StringBuilder();
        foreach (var command in commands)
            words.Append($"        \"{command.Path}\") words=\"{string.Join(' ', WordsOf(command))}\"{(command.TakesFiles ? " files=yes" : "")} ;;\n");

        // The path to the command is found word by word, past options and their values.
        return $$"""
            # bash completion for {{program}}
            {{function}}() {
                local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} path words files i
                COMPREPLY=()
                for ((i = 1; i < COMP_CWORD; i++)); do
                    case ${COMP_WORDS[i-1]} in
                        {{string.Join('|', withValue.Select(o => o.Name).DefaultIfEmpty("--"))}}) continue ;;
                    esac
                    case "$path ${COMP_WORDS[i]}" in
                        {{string.Join('|', commands.Where(c => c.Path.Length > 0).Select(c => c.Path.Contains(' ', StringComparison.Ordinal) ? $"\"{c.Path}\"" : $"\" {c.Path}\""))}}) path=${path:+$path }${COMP_WORDS[i]} ;;
                    esac
                done
            {{string.Concat(commands.Where(c => c.Launches).Select(BehindDashes))}}    case $previous in
            {{values.ToString().TrimEnd('\n')}}
                esac
                case $path in
            {{words.ToString().TrimEnd('\n')}}
                esac
                if [[ $files && $current != -* ]]; then
                    {{Files}}
                else
                    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
                fi
            }
            complete -F {{function}} {{program}}

            """;
    }

    private static IEnumerable<string> WordsOf(CompletedCommand command)
    {
        var options = command.Options.Select(o => o.Name);
        var commands = command.Commands.Select(c => c.Name);
        return (command.Commands.Count > 0 ? commands.Concat(options) : options.Concat(command.Words)).Concat(command.Launches ? ["--"] : []);
    }

    private static string BehindDashes(CompletedCommand command) => $$"""
            if [[ $path == "{{command.Path}}" ]]; then
                for ((i = 2; i < COMP_CWORD; i++)); do
                    [[ ${COMP_WORDS[i]} == -- ]] || continue
                    if declare -F _command_offset >/dev/null; then
                        _command_offset $((i + 1))
                    elif ((i + 1 == COMP_CWORD)); then
                        mapfile -t COMPREPLY < <(compgen -c -- "$current" | sort -u)
                    else
                        {{Files}}
                    fi
                    return
                done
            fi

        """;

    private static string ValueOf(CompletedOption option)
    {
        if (option.TakesFile) return Files;
        return option.Choices.Count > 0 ? $"mapfile -t COMPREPLY < <(compgen -W \"{string.Join(' ', option.Choices)}\" -- \"$current\")" : ":";
    }
}
