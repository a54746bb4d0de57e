using System.CommandLine;
using Coffer.CommandLine;
using Coffer.Control.Asking;
using Coffer.Control.Printing;
using Coffer.Operations;

namespace Coffer.Control.Commands;

/// <summary>An operation as a command: its arguments from the command line, its answer to standard output.</summary>
internal sealed class OperationCommand(Operation operation, ControlOptions control)
{
    private readonly List<(OperationArgument Argument, Argument<string> Word)> _words = [];
    private readonly List<(OperationArgument Argument, Option<string> Option)> _options = [];
    private readonly List<(OperationArgument Argument, Option<bool> Option)> _flags = [];

    internal Command Create(IDictionary<Command, string> examples) => Create(examples, RunAsync);

    /// <summary>The command, which does <paramref name="run"/>.</summary>
    internal Command Create(IDictionary<Command, string> examples, Func<ParseResult, Task<ExitCode>> run)
    {
        var command = new Command(operation.Verb.Split(' ')[^1], operation.Summary);
        AddArguments(command);
        command.SetAction(parsed => (int)Asked.Run(() => run(parsed)));
        examples[command] = $"""
            Examples:
            {string.Join('\n', operation.Examples.Select(example => $"  coffer-ctl {operation} {example}".TrimEnd()))}
              curl --unix-socket /var/lib/coffer/{DataDirectoryPath.SocketName} {Curl(operation)}

            """;
        return command;
    }

    // What the operation takes, but for what coffer-ctl fills in itself.
    private void AddArguments(Command command)
    {
        foreach (var argument in operation.Arguments.Where(a => !a.IsInternal))
        {
            if (argument.IsPositional)
            {
                var word = new ChoiceArgument(argument.ValueName, argument.Choices) { Description = argument.Help, Arity = argument.IsRequired ? ArgumentArity.ExactlyOne : ArgumentArity.ZeroOrOne };
                word.RefuseOptions();
                word.Validators.Add(result => Validate(result, argument, result.Tokens));
                command.Arguments.Add(word);
                _words.Add((argument, word));
            }
            else if (argument.Kind == ArgumentKind.Flag)
            {
                var flag = new Option<bool>("--" + argument.Name) { Description = argument.Help };
                command.Options.Add(flag);
                _flags.Add((argument, flag));
            }
            else
            {
                var option = new Option<string>("--" + argument.Name) { HelpName = argument.ValueName, Description = argument.Help, Required = argument.IsRequired };
                option.Validators.Add(result => Validate(result, argument, result.Tokens));
                command.Options.Add(option);
                _options.Add((argument, option));
            }
        }
    }

    /// <summary>What was given, as HTTP takes it.</summary>
    internal List<KeyValuePair<string, string>> Arguments(ParseResult parsed) =>
    [
        .. _words.Where(w => parsed.GetValue(w.Word) is not null).Select(w => KeyValuePair.Create(w.Argument.Name, parsed.GetValue(w.Word)!)),
        .. _options.Where(o => parsed.GetValue(o.Option) is not null).Select(o => KeyValuePair.Create(o.Argument.Name, parsed.GetValue(o.Option)!)),
        .. _flags.Where(f => parsed.GetValue(f.Option)).Select(f => KeyValuePair.Create(f.Argument.Name, "true")),
    ];

    private async Task<ExitCode> RunAsync(ParseResult parsed)
    {
        using var node = new Node(control.Socket(parsed));
        using var output = new StandardOutput();
        if (operation.Follows) Asked.EndWithReader();
        var printer = Printer.For(operation, control.AsJson(parsed), output);
        try
        {
            // What changes something may have to wait for its turn, or for other nodes.
            using var waiting = operation.Kind == OperationKind.Command ? Waiting.OnTerminal($"{operation}") : null;
            waiting?.Begin();
            var end = await Asked.PrintAsync(node, operation, Arguments(parsed), file: null, waiting, printer).ConfigureAwait(false);
            if (end is { IsWhole: true, Rows: 0 }) Words.Note(operation.WhenEmpty);
            return Asked.Say(end);
        }
        catch (StandardOutputException e) when (operation.Kind == OperationKind.Command)
        {
            throw Asked.DoneUnsaid(e);
        }
    }

    private static void Validate(System.CommandLine.Parsing.SymbolResult result, OperationArgument argument, IReadOnlyList<System.CommandLine.Parsing.Token> tokens)
    {
        foreach (var token in tokens)
            if (argument.Complain(token.Value) is { } complaint) result.AddError(complaint);
    }

    private static string Curl(Operation operation)
    {
        var required = operation.Arguments.FirstOrDefault(a => a.IsRequired);
        var query = required is null ? "" : $"?{required.Name}={Uri.EscapeDataString(operation.Examples[0].Split(' ')[0])}";
        var file = operation.TakesFile ? "-T definition.coffer " : "";
        var method = operation.Kind == OperationKind.Command ? "-X POST " : "";
        return $"{method}{file}'http://coffer{operation.Path}{query}'";
    }
}
