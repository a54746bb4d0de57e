using System.CommandLine;
using System.CommandLine.Invocation;
using Coffer.Client.Cli.CommandLine;

namespace Coffer.Client.Cli.Completion;

/// <summary><c>completion bash|zsh|fish</c>: prints a script made from the commands themselves.</summary>
internal sealed class CompletionCommand(RootCommand root)
{
    private const string Examples = """
        Examples:
          coffer-client completion bash > /etc/bash_completion.d/coffer-client
          coffer-client completion zsh > "${fpath[1]}/_coffer-client"
          coffer-client completion fish > ~/.config/fish/completions/coffer-client.fish

        """;

    private static readonly string[] Shells = ["bash", "zsh", "fish"];

    private readonly Argument<string> _shell = new("SHELL") { Description = "bash, zsh or fish" };

    internal Command Create(IDictionary<Command, string> examples)
    {
        var command = new Command("completion", "print a script that completes commands and options in a shell");
        command.Arguments.Add(_shell);
        command.SetAction(parsed => (int)Run(parsed));
        examples[command] = Examples;
        return command;
    }

    private ExitCode Run(ParseResult parsed)
    {
        var commands = root.Subcommands.Select(CompletedCommand.Of).ToArray();
        var script = parsed.GetValue(_shell) switch
        {
            "bash" => BashScript.Write(commands),
            "zsh" => ZshScript.Write(commands),
            "fish" => FishScript.Write(commands),
            _ => null,
        };
        if (script is null)
        {
            Words.Say(new($"{Words.Quoted(parsed.GetValue(_shell)!)} is no shell known here", $"expected {string.Join(", ", Shells)}"));
            return ExitCode.OwnFailure;
        }
        parsed.InvocationConfiguration.Output.Write(script);
        return ExitCode.Done;
    }

    /// <summary>The words that the commands' arguments are completed with.</summary>
    internal static IReadOnlyList<string> WordsOf(string command) => command == "completion" ? Shells : [];
}
