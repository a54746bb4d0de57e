using System.Text;

namespace Coffer.Client.Cli.Completion;

/// <summary>Completion for bash, with or without the bash-completion package.</summary>
internal static class BashScript
{
    internal static string Write(IReadOnlyList<CompletedCommand> commands)
    {
        var values = new StringBuilder();
        foreach (var option in commands.SelectMany(c => c.Options).Where(o => o.TakesValue).DistinctBy(o => o.Name))
            values.Append($"        {option.Name}) {ValueOf(option)}; return ;;\n");

        var words = new StringBuilder();
        foreach (var command in commands)
            words.Append($"        {command.Name}) words=\"{string.Join(' ', command.Options.Select(o => o.Name).Concat(command.Words))}\" ;;\n");

        return $$"""
            # bash completion for coffer-client
            _coffer_client() {
                local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} words i
                COMPREPLY=()
                if [[ ${COMP_WORDS[1]} == run ]]; then
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
                case $previous in
            {{values.ToString().TrimEnd('\n')}}
                esac
                case ${COMP_WORDS[1]} in
            {{words.ToString().TrimEnd('\n')}}
                esac
                if ((COMP_CWORD == 1)); then
                    words="{{string.Join(' ', commands.Select(c => c.Name))}} --help --version"
                elif [[ ${COMP_WORDS[1]} == run ]]; then
                    words+=" --"
                fi
                mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
            }
            complete -F _coffer_client coffer-client

            """;
    }

    private static string ValueOf(CompletedOption option)
    {
        if (option.TakesFile) return "mapfile -t COMPREPLY < <(compgen -f -- \"$current\"); compopt -o filenames 2>/dev/null";
        return option.Choices.Count > 0 ? $"mapfile -t COMPREPLY < <(compgen -W \"{string.Join(' ', option.Choices)}\" -- \"$current\")" : ":";
    }
}
