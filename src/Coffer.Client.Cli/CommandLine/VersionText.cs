using System.CommandLine;
using System.CommandLine.Invocation;
using System.Reflection;

namespace Coffer.Client.Cli.CommandLine;

/// <summary>The program's name and version, on a line.</summary>
internal sealed class VersionText : SynchronousCommandLineAction
{
    internal static void AddTo(RootCommand root)
    {
        var option = root.Options.OfType<VersionOption>().Single();
        option.Description = "show the version";
        option.Action = new VersionText();
    }

    public override int Invoke(ParseResult parseResult)
    {
        parseResult.InvocationConfiguration.Output.WriteLine($"coffer-client {typeof(VersionText).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion}");
        return (int)ExitCode.Done;
    }
}
