using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.RegularExpressions;
using Coffer.Shared;

namespace Coffer.CommandLine;

/// <summary>What the parser found wrong, in this program's manner of speaking.</summary>
public static partial class Misuse
{
    /// <summary>Everything that is wrong with a command line that does not parse, one line each, and what to do about it.</summary>
    public static (IReadOnlyList<string> Lines, string Hint) Of(ParseResult parsed)
    {
        var command = parsed.CommandResult;
        var help = $"'{string.Join(' ', PathOf(command).Append("--help"))}' shows what there is";
        // An option that nobody knows was taken for an argument, and pushed what follows out of its place: that is not worth a line, nor is what else is wrong with it.
        var options = parsed.Errors.Where(IsOfTaken).DistinctBy(e => e.SymbolResult).ToArray();
        if (options.Length > 0) return ([.. options.Select(e => e.Message)], HintAt(command, options.SelectMany(e => e.SymbolResult!.Tokens).Select(t => t.Value), help));
        // What follows a command that nobody knows was meant for that.
        var strangers = parsed.UnmatchedTokens.Take(command.Command.Subcommands.Count > 0 ? 1 : int.MaxValue).ToArray();
        // What follows an option that nobody knows may be its value, which is not to be shown.
        if (strangers.Any(OptionRules.LooksLikeOption)) strangers = [.. strangers.Where(OptionRules.LooksLikeOption)];
        if (strangers.Length > 0) return ([.. strangers.Select(token => Stranger(command, token))], HintAt(command, strangers, help));
        return (command.Command.Subcommands is { Count: > 0 } commands ? [$"no command is named, expected {Named(commands)}"] : [.. parsed.Errors.Select(Describe)], help);
    }

    /// <summary><paramref name="help"/>, behind the option or command at <paramref name="command"/> that the first of <paramref name="strangers"/> with one near was probably meant to be.</summary>
    public static string HintAt(CommandResult command, IEnumerable<string> strangers, string help)
    {
        var options = new NearestName(OptionsOf(command).Select(option => option.Name));
        var commands = new NearestName(command.Command.Subcommands.Select(c => c.Name));
        var meant = strangers.Select(token => token.StartsWith('-') ? options.Find(NameIn(token)) : commands.Find(token) ?? Below(command.Command, token)).FirstOrDefault(name => name is not null);
        return meant is null || strangers.Any(token => NameIn(token) == meant) ? help : $"did you mean {meant}? {help}";
    }

    internal static void Say(ParseResult parsed)
    {
        var (lines, hint) = Of(parsed);
        foreach (var line in lines) Words.Error(line);
        Words.Hint(hint);
    }

    private static bool IsOfTaken(ParseError error) => error.SymbolResult is ArgumentResult { Parent: CommandResult } taken
        && (taken.Argument is FileArgument ? taken.Tokens.Count > 0 : taken.Tokens.Any(token => OptionRules.LooksLikeOption(token.Value)));

    // What is missing by its own name; else the parser's complaint, in the form that all complaints have.
    private static string Describe(ParseError error) => error.SymbolResult switch
    {
        ArgumentResult { Tokens.Count: 0, Argument: { Arity.MinimumNumberOfValues: > 0 } argument, Parent: CommandResult of } => $"{argument.Name} of {of.Command.Name} is missing: {argument.Description}",
        // One that is required and not there at all is said to be so by the parser.
        OptionResult { Implicit: false, Tokens.Count: 0, Option: { Arity.MinimumNumberOfValues: > 0 } option } => $"{option.Name}: its value is missing, expected {option.HelpName}",
        _ => char.ToLowerInvariant(error.Message[0]) + error.Message[1..].TrimEnd('.'),
    };

    private static string Named(IEnumerable<Command> commands) => string.Join(", ", commands.Select(c => c.Name));

    private static IEnumerable<string> PathOf(CommandResult command) =>
        command.Parent is CommandResult parent ? PathOf(parent).Append(command.Command.Name) : [ThisProgram.Name];

    // Its own, and those of the commands around it that count in it.
    private static IEnumerable<Option> OptionsOf(CommandResult command) =>
        command.Command.Options.Concat(command.Parent is CommandResult parent ? OptionsOf(parent).Where(option => option.Recursive) : []);

    // Where a command of that name is, one word further down.
    private static string? Below(Command command, string name) =>
        command.Subcommands.Where(c => c.Subcommands.Any(below => below.Name == name)).Select(c => $"{c.Name} {name}").ToArray() is { Length: > 0 } there ? string.Join(" or ", there) : null;

    // Without the value that is joined to it.
    private static string NameIn(string option) => option.Split('=', ':')[0];

    /// <summary>How <paramref name="token"/> is called that begins with a dash: by its name, where it has one. A key in PEM begins so, too, and a value may be joined to it: neither is shown.</summary>
    internal static string Shown(string token) => OptionName().IsMatch(NameIn(token)) ? Words.Quoted(NameIn(token)) : "what begins with '-'";

    [GeneratedRegex("^--?[A-Za-z][A-Za-z-]{0,30}$")]
    private static partial Regex OptionName();

    private static string Stranger(CommandResult where, string token)
    {
        var command = where.Command;
        if (token.StartsWith('-'))
        {
            return OptionsOf(where).Any(option => option.Name == NameIn(token))
                ? $"{Shown(token)} stands before {command.Name}, expected behind it"
                : $"{Shown(token)} is no option of {(command is RootCommand ? ThisProgram.Name : command.Name)}";
        }
        return command switch
        {
            { Subcommands.Count: > 0 } => $"{Words.Quoted(token)} is no command, expected {Named(command.Subcommands)}",
            LaunchingCommand => $"{Words.Quoted(token)} stands before --, expected the program behind it",
            _ => $"{Words.Quoted(token)} is too much",
        };
    }
}
