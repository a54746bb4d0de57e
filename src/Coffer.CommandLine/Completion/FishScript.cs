using System.Text;

namespace Coffer.CommandLine.Completion;

/// <summary>Completion for fish, a line an option.</summary>
internal static class FishScript
{
    internal static string Write(CompletedCommand root)
    {
        var program = ThisProgram.Name;
        var function = $"__{program.Replace('-', '_')}";
        var commands = root.All.ToArray();
        var withValue = commands.SelectMany(c => c.Options).Where(o => o.TakesValue).Select(o => o.Name).Distinct().DefaultIfEmpty("--");

        // The path to the command is found word by word, past options and their values; what stands behind -- is nobody's but the program's.
        var script = new StringBuilder($$"""
            # fish completion for {{program}}
            function {{function}}_behind_dashes
                contains -- -- (commandline -opc)
            end
            function {{function}}_at
                {{function}}_behind_dashes; and return 1
                set -l path
                set -l previous
                for word in (commandline -opc)[2..]
                    if not contains -- "$previous" {{string.Join(' ', withValue)}}
                        switch "$path $word"
                            case {{string.Join(' ', commands.Where(c => c.Path.Length > 0).Select(c => c.Path.Contains(' ', StringComparison.Ordinal) ? Quoted(c.Path) : Quoted(' ' + c.Path)))}}
                                set path (string trim "$path $word")
                        end
                    end
                    set previous $word
                end
                test "$path" = "$argv[1]"
            end
            {{(commands.Any(c => c.Launches) ? Program(function) : "")}}complete -c {{program}} -f

            """);
        foreach (var command in commands)
        {
            var condition = $"-n \"{function}_at '{command.Path}'\"";
            foreach (var inner in command.Commands) script.Append($"complete -c {program} {condition} -a {inner.Name} -d {Quoted(inner.Description)}\n");
            if (command.Launches)
            {
                script.Append($"complete -c {program} {condition} -a -- -d 'the program and its arguments follow'\n");
                script.Append($"complete -c {program} -n '{function}_behind_dashes' -a '({function}_program)'\n");
            }
            if (command.Words.Count > 0) script.Append($"complete -c {program} {condition} -a {Quoted(string.Join(' ', command.Words))}\n");
            if (command.TakesFiles) script.Append($"complete -c {program} {condition} -F\n");
            foreach (var option in command.Options) script.Append($"complete -c {program} {condition} -l {option.Name[2..]}{ValueOf(option)} -d {Quoted(option.Description)}\n");
        }
        return script.ToString();
    }

    // A program behind -- is completed as if it stood alone.
    private static string Program(string function) => $"""
        function {function}_program
            set -l words (commandline -opc)
            set -e words[1..(contains -i -- -- $words)]
            set -l current (commandline -ct)
            complete -C (string join -- ' ' (string escape -- $words) "$current")
        end

        """;

    private static string ValueOf(CompletedOption option) => option switch
    {
        { TakesFile: true } => " -r -F",
        { Choices.Count: > 0 } => $" -x -a {Quoted(string.Join(' ', option.Choices))}",
        { TakesValue: true } => " -x",
        _ => "",
    };

    private static string Quoted(string text) => $"'{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal)}'";
}
