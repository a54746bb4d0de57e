using System.CommandLine;
using Coffer.Shared;

namespace Coffer.CommandLine;

/// <summary>Runs a program that consists of commands: help with examples, version, and one line for whatever goes wrong around them.</summary>
public static class CommandProgram
{
    /// <summary>Does what <paramref name="args"/> say and returns the exit code.</summary>
    /// <param name="root">The commands. What they print goes to the output of their invocation.</param>
    /// <param name="examples">What stands below each command's help.</param>
    /// <param name="args">The arguments, without the program's name.</param>
    /// <param name="failure">The exit code for arguments that are not understood, for output that cannot be written and for a library that is missing.</param>
    public static int Run(RootCommand root, IReadOnlyDictionary<Command, string> examples, string[] args, int failure)
    {
        FileSizeSignal.Ignore();
        ExamplesHelp.AddTo(root, examples);
        VersionText.AddTo(root);
        var parsed = root.Parse(args, new ParserConfiguration { EnablePosixBundling = false, ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count > 0 && parsed.Action is not ExamplesHelp)
        {
            Misuse.Say(parsed);
            return failure;
        }

        try
        {
            using var output = new StreamWriter(new StandardOutput());
            return parsed.Invoke(new InvocationConfiguration { Output = output, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (StandardOutputException e)
        {
            Words.Say(e.Problem);
            return failure;
        }
        catch (OutOfMemoryException)
        {
            Words.Say(new("there is not enough memory for this", "give the program more, or make its work smaller"));
            return failure;
        }
        catch (Exception e) when (MissingLibrary.Describe(e) is { } problem)
        {
            Words.Say(problem);
            return failure;
        }
    }
}
