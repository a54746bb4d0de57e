using System.CommandLine;

namespace Coffer.CommandLine.Completion;

/// <summary><c>completion bash|zsh|fish</c>: prints a script made from the commands themselves.</summary>
public static class CompletionCommand
{
    private static readonly string[] Shells = ["bash", "zsh", "fish"];

    /// <summary>The command, which completes all that <paramref name="root"/> holds when it is called.</summary>
    public static Command Create(RootCommand root, IDictionary<Command, string> examples)
    {
        var shell = new ChoiceArgument("SHELL", Shells) { Description = "bash, zsh or fish" };
        shell.Validators.Add(result =>
        {
            var named = result.Tokens[0].Value;
            if (!Shells.Contains(named)) result.AddError($"{Words.Quoted(named)} is no shell known here, expected {string.Join(", ", Shells)}");
        });
        var command = new Command("completion", "print a script that completes commands and options in a shell");
        command.Arguments.Add(shell);
        command.SetAction(parsed => parsed.InvocationConfiguration.Output.Write(Script(parsed.GetValue(shell)!, root)));
        examples[command] = $"""
            Examples:
              {ThisProgram.Name} completion bash > /etc/bash_completion.d/{ThisProgram.Name}
              {ThisProgram.Name} completion zsh > "${"{fpath[1]}"}/_{ThisProgram.Name}"
              {ThisProgram.Name} completion fish > ~/.config/fish/completions/{ThisProgram.Name}.fish

            """;
        return command;
    }

    private static string Script(string shell, RootCommand root)
    {
        var commands = CompletedCommand.Of(root);
        return shell switch
        {
            "bash" => BashScript.Write(commands),
            "zsh" => ZshScript.Write(commands),
            _ => FishScript.Write(commands),
        };
    }
}
