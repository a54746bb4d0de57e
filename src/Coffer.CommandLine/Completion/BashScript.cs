using System.Text;

namespace Coffer.CommandLine.Completion;

/// <summary>Completion for bash, with or without the bash-completion package.</summary>
internal static class BashScript
{
    private const string Files = "mapfile -t COMPREPLY < <(compgen -f -- \"$current\"); compopt -o filenames 2>/dev/null";

    internal static string Write(IReadOnlyList<CompletedCommand> commands)
    {
        var program = ThisProgram.Name;
        var function = $"_{program.Replace('-', '_')}";
        var values = new StringBuilder();
        foreach (var option in commands.SelectMany(c => c.Options).Where(o => o.TakesValue).DistinctBy(o => o.Name))
            values.Append($"        {option.Name}) {ValueOf(option)}; return ;;\n");

        var words = new StringBuilder();
        foreach (var command in commands)
            words.Append($"        {command.Name}) words=\"{string.Join(' ', command.Options.Select(o => o.Name).Concat(command.Words).Concat(command.Launches ? ["--"] : []))}\"{(command.TakesFiles ? " files=yes" : "")} ;;\n");

        return $$"""
            # bash completion for {{program}}
            {{function}}() {
                local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} words files i
                COMPREPLY=()
            {{string.Concat(commands.Where(c => c.Launches).Select(BehindDashes))}}    case $previous in
            {{values.ToString().TrimEnd('\n')}}
                esac
                case ${COMP_WORDS[1]} in
            {{words.ToString().TrimEnd('\n')}}
                esac
                if ((COMP_CWORD == 1)); then
                    words="{{string.Join(' ', commands.Select(c => c.Name))}} --help --version"
                    files=
                fi
                if [[ $files && $current != -* ]]; then
                    {{Files}}
                else
                    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
                fi
            }
            complete -F {{function}} {{program}}

            """;
    }

    private static string BehindDashes(CompletedCommand command) => $$"""
            if [[ ${COMP_WORDS[1]} == {{command.Name}} ]]; then
                for ((i = 2; i < COMP_CWORD; i++)); do
                    [[ ${COMP_WORDS[i]} == -- ]] || continue
                    if declare -F _command_offset >/dev/null; then
                        _command_offset $((i + 1))
                    elif ((i + 1 == COMP_CWORD)); then
                        mapfile -t COMPREPLY < <(compgen -c -- "$current" | sort -u)
                    else
                        mapfile -t COMPREPLY < <(compgen -f -- "$current")
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
