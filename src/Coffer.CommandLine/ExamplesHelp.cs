using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Coffer.CommandLine;

/// <summary>The help that System.CommandLine writes, then examples.</summary>
internal sealed class ExamplesHelp(HelpAction standard, IReadOnlyDictionary<Command, string> examples) : SynchronousCommandLineAction
{
    /// <summary>Puts <paramref name="examples"/> behind each command's help.</summary>
    internal static void AddTo(RootCommand root, IReadOnlyDictionary<Command, string> examples)
    {
        var option = root.Options.OfType<HelpOption>().Single();
        option.Description = "show this help";
        option.Action = new ExamplesHelp((HelpAction)option.Action!, examples);
    }

    public override int Invoke(ParseResult parseResult)
    {
        // It would ask Console for the width, which sets a terminal up.
        if (!Console.IsOutputRedirected) standard.MaxWidth = Terminal.Width;
        standard.Invoke(parseResult);
        if (examples.TryGetValue(parseResult.CommandResult.Command, out var text)) parseResult.InvocationConfiguration.Output.WriteLine(text);
        return 0;
    }
}
