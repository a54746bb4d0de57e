using System.CommandLine;
using System.CommandLine.Parsing;

namespace Coffer.CommandLine;

/// <summary>What the parser found wrong, in this program's manner of speaking.</summary>
public static class Misuse
{
    /// <summary>A complaint of the parser in the form that all complaints have.</summary>
    public static string Describe(ParseError error) => char.ToLowerInvariant(error.Message[0]) + error.Message[1..].TrimEnd('.');

    internal static void Say(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        // An option that nobody knows was taken for a file, and pushed what follows out of its place: that is not worth a line.
        var options = parsed.Errors.Where(e => e.SymbolResult is ArgumentResult { Argument: FileArgument, Tokens.Count: > 0 }).ToArray();
        foreach (var error in options) Words.Error(error.Message);
        if (options.Length == 0) SayStrangers(parsed, command);
        Words.Hint($"'{string.Join(' ', PathOf(parsed.CommandResult).Append("--help"))}' shows what there is");
    }

    private static void SayStrangers(ParseResult parsed, Command command)
    {
        // What follows a command that nobody knows was meant for that.
        foreach (var token in parsed.UnmatchedTokens.Take(command.Subcommands.Count > 0 ? 1 : int.MaxValue)) Words.Error(Stranger(command, token));
        if (command.Subcommands.Count > 0 && parsed.UnmatchedTokens.Count == 0) Words.Error($"no command is named, expected {Named(command.Subcommands)}");
        else if (parsed.UnmatchedTokens.Count == 0)
            foreach (var error in parsed.Errors) Words.Error(Describe(error));
    }

    private static string Named(IEnumerable<Command> commands) => string.Join(", ", commands.Select(c => c.Name));

    private static IEnumerable<string> PathOf(CommandResult command) =>
        command.Parent is CommandResult parent ? PathOf(parent).Append(command.Command.Name) : [ThisProgram.Name];

    private static string Stranger(Command command, string token)
    {
        if (token.StartsWith('-')) return $"{Words.Quoted(token)} is no option of {(command is RootCommand ? ThisProgram.Name : command.Name)}";
        return command switch
        {
            { Subcommands.Count: > 0 } => $"{Words.Quoted(token)} is no command, expected {Named(command.Subcommands)}",
            LaunchingCommand => $"{Words.Quoted(token)} stands before --, expected the program behind it",
            _ => $"{Words.Quoted(token)} is too much",
        };
    }
}
