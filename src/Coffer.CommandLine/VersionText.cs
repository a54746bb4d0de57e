using System.CommandLine;
using System.CommandLine.Invocation;

namespace Coffer.CommandLine;

/// <summary>The program's name and version, on a line.</summary>
public sealed class VersionText : SynchronousCommandLineAction
{
    /// <summary>Has <c>--version</c> of <paramref name="root"/> print it.</summary>
    public static void AddTo(RootCommand root)
    {
        var option = root.Options.OfType<VersionOption>().Single();
        option.Description = "show the version";
        option.Action = new VersionText();
    }

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        parseResult.InvocationConfiguration.Output.WriteLine($"{ThisProgram.Name} {ThisProgram.Version}");
        return 0;
    }
}
