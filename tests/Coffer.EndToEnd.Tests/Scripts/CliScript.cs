namespace Coffer.EndToEnd.Tests.Scripts;

/// <summary>One step of a script; <paramref name="Line"/> is where it begins, from 1.</summary>
internal abstract record ScriptStep(int Line)
{
    /// <summary>Makes a key file NAME.pem for each name; <c>{NAME}</c> stands for its public key from here on.</summary>
    internal sealed record MakeKeys(int Line, string[] Names) : ScriptStep(Line);

    /// <summary>Writes a file.</summary>
    internal sealed record WriteFile(int Line, string Name, List<string> Lines) : ScriptStep(Line);

    /// <summary>Runs a command by <c>sh</c>, and compares all that it says with what is expected.</summary>
    internal sealed record Run(int Line, string Command, List<string> Output, List<string> Error) : ScriptStep(Line)
    {
        internal int ExitCode { get; set; }
    }
}

/// <summary>A test of programs that reads from top to bottom: the files it needs, the commands, and everything that they say.</summary>
/// <remarks>
/// <code>
/// # text       for people, and so are empty lines
/// keys NAME…   makes key files NAME.pem, mode 0600; {NAME} stands for the public key in all lines that follow
/// file NAME    writes a file: the lines that follow, each behind "| "
/// $ COMMAND    runs it by sh in a directory of its own, with the published programs on the PATH
/// > LINE       a line that the command above is expected to write to standard output; all of them stand here
/// ! LINE       the same for standard error
/// exit N       the command's exit code where it is not 0
/// </code>
/// In an expected line {*} stands for any text, and an expected line "..." alone for any lines. Output that does not end in a line feed
/// has a last line "\ no newline at the end".
/// </remarks>
internal sealed class CliScript
{
    private CliScript(string name, IReadOnlyList<ScriptStep> steps)
    {
        Name = name;
        Steps = steps;
    }

    internal string Name { get; }

    internal IReadOnlyList<ScriptStep> Steps { get; }

    /// <summary>Reads a script.</summary>
    /// <exception cref="FormatException">A line means nothing, or the script runs nothing.</exception>
    internal static CliScript Read(string name, IEnumerable<string> lines)
    {
        var steps = new List<ScriptStep>();
        var number = 0;
        foreach (var line in lines)
        {
            number++;
            if (line.Length == 0 || line[0] == '#') continue;
            if (!Take(line, number, steps)) throw new FormatException($"{name}:{number}: \"{line}\" means nothing here");
        }
        return steps.Any(step => step is ScriptStep.Run) ? new(name, steps) : throw new FormatException($"{name}: runs nothing");
    }

    private static bool Take(string line, int number, List<ScriptStep> steps)
    {
        var (word, rest) = line.IndexOf(' ') is > 0 and var space ? (line[..space], line[(space + 1)..]) : (line, "");
        switch (word, steps.LastOrDefault())
        {
            case ("keys", _):
                steps.Add(new ScriptStep.MakeKeys(number, rest.Split(' ')));
                return true;
            case ("file", _):
                steps.Add(new ScriptStep.WriteFile(number, rest, []));
                return true;
            case ("$", _):
                steps.Add(new ScriptStep.Run(number, rest, [], []));
                return true;
            case ("|", ScriptStep.WriteFile file):
                file.Lines.Add(rest);
                return true;
            case (">", ScriptStep.Run run):
                run.Output.Add(rest);
                return true;
            case ("!", ScriptStep.Run run):
                run.Error.Add(rest);
                return true;
            case ("exit", ScriptStep.Run run):
                return int.TryParse(rest, out var code) && (run.ExitCode = code) == code;
            default:
                return false;
        }
    }
}
