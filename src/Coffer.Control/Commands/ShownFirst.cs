using System.CommandLine;
using System.Text.Json;
using Coffer.CommandLine;
using Coffer.Control.Asking;
using Coffer.Control.Printing;
using Coffer.Operations;
using Coffer.Operations.Palettes;
using Coffer.Operations.Rows;

namespace Coffer.Control.Commands;

/// <summary>What makes another definition count: it shows what would change, asks, and does just that.</summary>
/// <param name="operation">What is done. Its dry run compares, and ends with a row of what was compared.</param>
/// <param name="beforehand">Says of a dry run that it is the one before.</param>
/// <param name="words">How it is spoken of.</param>
internal sealed class ShownFirst(Operation operation, OperationArgument beforehand, ShownFirst.Wording words)
{
    // A first load of many clients has as many differences; --dry-run shows them all.
    private const int ShownChanges = 200;

    private readonly Option<bool> _yes = new("--yes") { Description = $"{words.Do} without asking, once the difference is shown" };

    /// <summary>Asks the node and prints its rows.</summary>
    internal delegate Task<ExitCode> Sending(IReadOnlyList<KeyValuePair<string, string>> arguments, bool isComparison, Printer printer);

    internal void AddTo(Command command) => command.Options.Add(_yes);

    /// <summary>Sends the comparison and, once it is agreed to, the change itself; the one alone for a dry run.</summary>
    /// <exception cref="ControlException">Nobody is there to be asked.</exception>
    internal async Task<ExitCode> RunAsync(ParseResult parsed, IReadOnlyList<KeyValuePair<string, string>> given, Printer printer, Sending send)
    {
        CheckAnswerable(parsed, given);
        if (IsDryRun(given)) return await send(given, isComparison: true, printer).ConfigureAwait(false);

        var shown = new ShownDifference(printer, isLimited: !Console.IsOutputRedirected);
        var end = await PrintedAsync(
            () => send([.. given, new(CofferPalette.DryRun.Name, "true"), new(beforehand.Name, "true")], isComparison: true, shown), e => Asked.NothingDone(e, words.Done)).ConfigureAwait(false);
        if (end != ExitCode.Done || shown.Compared is not { } compared) return end;
        if (!parsed.GetValue(_yes) && !IsConfirmed())
        {
            Words.Note($"nothing was {words.Done}");
            return ExitCode.Failed;
        }
        // What was shown is what is done, or nothing is.
        var expected = new List<KeyValuePair<string, string>>(given);
        if (compared.Revision is { } revision) expected.Add(new(CofferPalette.Expect.Name, Invariant(revision)));
        if (compared.File is { } digest) expected.Add(new(CofferPalette.ExpectFile.Name, digest));
        return await PrintedAsync(() => send(expected, isComparison: false, printer), Asked.DoneUnsaid).ConfigureAwait(false);
    }

    /// <summary>Asks <paramref name="node"/>, until its first row with <paramref name="waiting"/> on the terminal.</summary>
    internal async Task<ExitCode> AskAsync(Node node, IReadOnlyList<KeyValuePair<string, string>> arguments, HttpContent? file, Waiting? waiting, Printer printer) =>
        Asked.Say(await Asked.PrintAsync(node, operation, arguments, file, waiting, printer).ConfigureAwait(false));

    /// <summary>Sees to it that somebody can be asked, if anybody has to be.</summary>
    /// <exception cref="ControlException">Nobody is there.</exception>
    internal void CheckAnswerable(ParseResult parsed, IReadOnlyList<KeyValuePair<string, string>> given)
    {
        if (!IsDryRun(given) && !parsed.GetValue(_yes) && Console.IsInputRedirected)
            throw new ControlException(ExitCode.Usage, new($"nobody is there to be asked whether to {words.DoIt}: standard input is no terminal", $"--yes {words.Does} without asking, --dry-run only shows what would change"));
    }

    private static async Task<ExitCode> PrintedAsync(Func<Task<ExitCode>> send, Func<StandardOutputException, ControlException> unprinted)
    {
        try
        {
            return await send().ConfigureAwait(false);
        }
        catch (StandardOutputException e)
        {
            throw unprinted(e);
        }
    }

    private static bool IsDryRun(IReadOnlyList<KeyValuePair<string, string>> given) => given.Any(a => a.Key == CofferPalette.DryRun.Name);

    private bool IsConfirmed() => Terminal.Ask($"{words.DoIt}? [y/N] ") is "y" or "Y" or "yes";

    private static string Invariant(long number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>How a change is spoken of.</summary>
    /// <param name="Do">As in "load".</param>
    /// <param name="DoIt">As in "load it".</param>
    /// <param name="Does">As in "loads".</param>
    /// <param name="Done">As in "loaded".</param>
    internal sealed record Wording(string Do, string DoIt, string Does, string Done);

    /// <summary>Shows the first differences, counts the others, and keeps what was compared.</summary>
    private sealed class ShownDifference(Printer printer, bool isLimited) : Printer
    {
        private int _changes;

        internal LoadRow? Compared { get; private set; }

        internal override void Row(ReadOnlyMemory<byte> row)
        {
            var read = JsonSerializer.Deserialize(row.Span, OperationsJson.Lines.LoadRow)!;
            if (read.Step == LoadRow.ChangeStep && ++_changes > ShownChanges && isLimited) return;
            if (read.Step == LoadRow.ComparedStep) Compared = read;
            if (_changes > ShownChanges && isLimited)
            {
                // The rows before it are on their way to another stream.
                printer.Flush();
                Words.Note($"{_changes - ShownChanges} more changes are not shown here; --dry-run shows all");
            }
            printer.Row(row);
        }

        internal override void Flush() => printer.Flush();
    }
}
