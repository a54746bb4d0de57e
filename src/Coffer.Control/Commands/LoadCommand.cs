using System.CommandLine;
using Coffer.CommandLine;
using Coffer.Control.Asking;
using Coffer.Control.Printing;
using Coffer.Operations;
using Coffer.Operations.Palettes;

namespace Coffer.Control.Commands;

/// <summary><c>coffer load [FILE]</c>: shows what would change, asks, and loads just that.</summary>
internal sealed class LoadCommand(ControlOptions control)
{
    private static readonly Operation Load = CofferPalette.Load;

    private readonly OperationCommand _operation = new(Load, control);
    private readonly ShownFirst _shown = new(Load, CofferPalette.BeforeLoad, new("load", "load it", "loads", "loaded"));
    private readonly Argument<string> _file = new FileArgument("FILE", "the sealed definition, - is standard input; without it the server reads its own --definition again") { Arity = ArgumentArity.ZeroOrOne };

    internal Command Create(IDictionary<Command, string> examples)
    {
        var command = _operation.Create(examples, RunAsync);
        command.Arguments.Add(_file);
        _shown.AddTo(command);
        return command;
    }

    private async Task<ExitCode> RunAsync(ParseResult parsed)
    {
        using var node = new Node(control.Socket(parsed));
        using var output = new StandardOutput();
        var given = _operation.Arguments(parsed);
        var path = parsed.GetValue(_file);
        // A file that cannot be read is the nearer mistake; standard input is not waited for to find that out.
        if (path is null or Input.Standard) _shown.CheckAnswerable(parsed, given);
        // Without a file the server takes its own.
        using var file = path is null ? null : InputFile.Open(path);
        given.Add(file is null ? new(CofferPalette.Own.Name, "true") : new(CofferPalette.FileName.Name, file.Name));
        return await _shown.RunAsync(parsed, given, Printer.For(Load, control.AsJson(parsed), output), SendAsync).ConfigureAwait(false);

        async Task<ExitCode> SendAsync(IReadOnlyList<KeyValuePair<string, string>> arguments, bool isComparison, Printer printer)
        {
            using var waiting = Waiting.OnTerminal($"{(isComparison ? "comparing" : "loading")} {file?.Name ?? "the server's definition"}");
            if (file is null)
            {
                waiting?.Begin();
                return await _shown.AskAsync(node, arguments, file: null, waiting, printer).ConfigureAwait(false);
            }
            using var progress = Progress.OnTerminal($"sending {file.Name}", file.Bytes.Length);
            using var content = new SentFile(file.Bytes, progress, () =>
            {
                progress?.Dispose();
                waiting?.Begin();
            });
            return await _shown.AskAsync(node, arguments, content, waiting, printer).ConfigureAwait(false);
        }
    }
}
