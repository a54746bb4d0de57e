using System.CommandLine;

namespace Coffer.CommandLine;

/// <summary>What the parser found wrong, in this program's manner of speaking.</summary>
internal static class Misuse
{
    internal static void Say(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        foreach (var token in parsed.UnmatchedTokens) Words.Error(Stranger(command, token));
        if (command is RootCommand && parsed.UnmatchedTokens.Count == 0) Words.Error($"no command is named, expected {string.Join(", ", command.Subcommands.Select(c => c.Name))}");
        else if (parsed.UnmatchedTokens.Count == 0)
            foreach (var error in parsed.Errors) Words.Error(char.ToLowerInvariant(error.Message[0]) + error.Message[1..].TrimEnd('.'));
        Words.Hint(command is RootCommand ? $"'{ThisProgram.Name} --help' shows what there is" : $"'{ThisProgram.Name} {command.Name} --help' shows what there is");
    }

    private static string Stranger(Command command, string token)
    {
        if (token.StartsWith('-')) return $"{Words.Quoted(token)} is no option of {(command is RootCommand ? ThisProgram.Name : command.Name)}";
        return command switch
        {
            RootCommand => $"{Words.Quoted(token)} is no command, expected {string.Join(", ", command.Subcommands.Select(c => c.Name))}",
            LaunchingCommand => $"{Words.Quoted(token)} stands before --, expected the program behind it",
            _ => $"{Words.Quoted(token)} is too much",
        };
    }
}
