using System.CommandLine;
using Coffer.CommandLine;
using Coffer.Control.Asking;
using Coffer.Control.Printing;
using Coffer.Operations;
using Coffer.Operations.Palettes;

namespace Coffer.Control.Commands;

/// <summary><c>coffer rollback N</c>: shows what would change, asks, and goes back just so.</summary>
internal sealed class RollbackCommand(ControlOptions control)
{
    private static readonly Operation Rollback = CofferPalette.Rollback;

    private readonly OperationCommand _operation = new(Rollback, control);
    private readonly ShownFirst _shown = new(Rollback, CofferPalette.BeforeRollback, new("roll back", "roll back", "rolls back", "rolled back"));

    internal Command Create(IDictionary<Command, string> examples)
    {
        var command = _operation.Create(examples, RunAsync);
        _shown.AddTo(command);
        return command;
    }

    private async Task<ExitCode> RunAsync(ParseResult parsed)
    {
        using var node = new Node(control.Socket(parsed));
        using var output = new StandardOutput();
        return await _shown.RunAsync(parsed, _operation.Arguments(parsed), Printer.For(Rollback, control.AsJson(parsed), output), SendAsync).ConfigureAwait(false);

        async Task<ExitCode> SendAsync(IReadOnlyList<KeyValuePair<string, string>> arguments, bool isComparison, Printer printer)
        {
            using var waiting = Waiting.OnTerminal(isComparison ? "comparing the revisions" : "rolling back");
            waiting?.Begin();
            return await _shown.AskAsync(node, arguments, file: null, waiting, printer).ConfigureAwait(false);
        }
    }
}
