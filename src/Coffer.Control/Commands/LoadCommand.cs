using System.CommandLine;
using System.Text.Json;
using Coffer.CommandLine;
using Coffer.Control.Asking;
using Coffer.Control.Printing;
using Coffer.Operations;
using Coffer.Operations.Palettes;
using Coffer.Operations.Rows;

namespace Coffer.Control.Commands;

/// <summary><c>coffer load [FILE]</c>: shows what would change, asks, and loads just that.</summary>
internal sealed class LoadCommand(ControlOptions control)
{
    // A first load of many clients has as many differences; --dry-run shows them all.
    private const int ShownChanges = 200;

    private static readonly Operation Load = CofferPalette.Load;

    private readonly OperationCommand _operation = new(Load, control);
    private readonly Argument<string> _file = new FileArgument("FILE", "the sealed definition, - is standard input; without it the server reads its own --definition again") { Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<bool> _yes = new("--yes") { Description = "load without asking, once the difference is shown" };

    internal Command Create(IDictionary<Command, string> examples)
    {
        var command = new Command(Load.Verb, Load.Summary);
        command.Arguments.Add(_file);
        _operation.AddArguments(command);
        command.Options.Add(_yes);
        command.SetAction(parsed => (int)Asked.Run(() => RunAsync(parsed)));
        examples[command] = OperationCommand.ExamplesOf(Load);
        return command;
    }

    private async Task<ExitCode> RunAsync(ParseResult parsed)
    {
        using var node = new Node(control.Socket(parsed));
        using var output = new StandardOutput();
        var given = _operation.Arguments(parsed);
        var printer = Printer.For(Load, control.AsJson(parsed), output);
        var isDryRun = given.Any(a => a.Key == CofferPalette.DryRun.Name);
        var isSure = parsed.GetValue(_yes);
        var path = parsed.GetValue(_file);
        var isNobodyThere = !isDryRun && !isSure && Console.IsInputRedirected;
        // A file that cannot be read is the nearer mistake; standard input is not waited for to find that out.
        if (isNobodyThere && path is null or Input.Standard) throw NobodyThere();
        // Without a file the server takes its own.
        using var file = path is null ? null : InputFile.Open(path);
        if (isNobodyThere) throw NobodyThere();
        given.Add(file is null ? new(CofferPalette.Own.Name, "true") : new(CofferPalette.FileName.Name, file.Name));
        if (isDryRun) return await SendAsync(node, given, file, "comparing", printer).ConfigureAwait(false);

        var shown = new ShownDifference(printer, isLimited: !Console.IsOutputRedirected);
        var end = await SendAsync(node, [.. given, new(CofferPalette.DryRun.Name, "true"), new(CofferPalette.BeforeLoad.Name, "true")], file, "comparing", shown).ConfigureAwait(false);
        if (end != ExitCode.Done || shown.Compared is not { } compared) return end;
        if (!isSure && !IsConfirmed())
        {
            Words.Note("nothing was loaded");
            return ExitCode.Failed;
        }
        // What was shown is what is loaded, or nothing is.
        if (compared.Revision is { } revision) given.Add(new(CofferPalette.Expect.Name, Invariant(revision)));
        if (compared.File is { } digest) given.Add(new(CofferPalette.ExpectFile.Name, digest));
        return await SendAsync(node, given, file, "loading", printer).ConfigureAwait(false);
    }

    private static ControlException NobodyThere() => new(
        ExitCode.Usage, new("nobody is there to be asked whether to load it: standard input is no terminal", "--yes loads without asking, --dry-run only shows what would change"));

    private static async Task<ExitCode> SendAsync(Node node, IReadOnlyList<KeyValuePair<string, string>> arguments, InputFile? file, string work, Printer printer)
    {
        using var waiting = Waiting.OnTerminal($"{work} {file?.Name ?? "the server's definition"}");
        if (file is null)
        {
            waiting?.Begin();
            return await FinishAsync(node, arguments, file: null, waiting, printer).ConfigureAwait(false);
        }
        using var progress = Progress.OnTerminal($"sending {file.Name}", file.Bytes.Length);
        using var content = new SentFile(file.Bytes, progress, () =>
        {
            progress?.Dispose();
            waiting?.Begin();
        });
        return await FinishAsync(node, arguments, content, waiting, printer).ConfigureAwait(false);
    }

    private static async Task<ExitCode> FinishAsync(Node node, IReadOnlyList<KeyValuePair<string, string>> arguments, SentFile? file, Waiting? waiting, Printer printer)
    {
        var end = await node.AskAsync(Load, arguments, file, Print, printer.Flush).ConfigureAwait(false);
        waiting?.Dispose();
        printer.Flush();
        return Asked.Say(end);

        void Print(ReadOnlyMemory<byte> row)
        {
            waiting?.Dispose();
            printer.Row(row);
        }
    }

    private static bool IsConfirmed() => Terminal.Ask("load it? [y/N] ") is "y" or "Y" or "yes";

    private static string Invariant(long number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);

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
