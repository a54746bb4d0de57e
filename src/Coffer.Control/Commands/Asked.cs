using Coffer.CommandLine;
using Coffer.Control.Asking;
using Coffer.Control.Printing;
using Coffer.Operations;

namespace Coffer.Control.Commands;

/// <summary>What became of what was asked, in words and an exit code.</summary>
internal static class Asked
{
    private static int _hasSaid;

    /// <summary>Runs <paramref name="ask"/>, and says why where it could not be asked.</summary>
    internal static ExitCode Run(Func<Task<ExitCode>> ask)
    {
        try
        {
            return ask().GetAwaiter().GetResult();
        }
        catch (ControlException e)
        {
            Words.Say(e.Problem);
            return e.ExitCode;
        }
        catch (StandardOutputException e)
        {
            return SayUnwritable(e);
        }
    }

    /// <summary>Asks <paramref name="node"/>, until its first row with <paramref name="waiting"/> on the terminal, and prints the rows.</summary>
    internal static async Task<AnswerEnd> PrintAsync(
        Node node, Operation operation, IReadOnlyList<KeyValuePair<string, string>> arguments, HttpContent? file, Waiting? waiting, Printer printer)
    {
        var end = await node.AskAsync(operation, arguments, file, Print, printer.Flush).ConfigureAwait(false);
        waiting?.Dispose();
        printer.Flush();
        return end;

        void Print(ReadOnlyMemory<byte> row)
        {
            waiting?.Dispose();
            printer.Row(row);
        }
    }

    /// <summary>Ends the process once nobody reads its output any more: who follows something may have nothing to write for hours.</summary>
    internal static void EndWithReader() => new Thread(() =>
    {
        Descriptor.AwaitBroken(Descriptor.Output);
        Environment.Exit((int)SayUnwritable(StandardOutputException.OfNoReader()));
    })
    { IsBackground = true }.Start();

    /// <summary>Where the server has done it, and its answer cannot be written: whoever reads only that must not take it for undone.</summary>
    internal static ControlException DoneUnsaid(StandardOutputException cause) =>
        Unwritable(cause, "but the server has done what it was told", "'coffer-ctl coffer history' and 'coffer-ctl cluster show' tell how it stands; do not do it twice");

    /// <summary>Where what was to be shown first cannot be.</summary>
    /// <param name="cause">Why.</param>
    /// <param name="done">As in "loaded".</param>
    internal static ControlException NothingDone(StandardOutputException cause, string done) => Unwritable(cause, $"so nothing was {done}", cause.Problem.Hint);

    private static ControlException Unwritable(StandardOutputException cause, string what, string? hint) => new(ExitCode.Failed, new($"{cause.Problem.Message}, {what}", hint));

    private static ExitCode SayUnwritable(StandardOutputException cause)
    {
        if (Interlocked.Exchange(ref _hasSaid, 1) == 0) Words.Say(cause.Problem);
        return ExitCode.Failed;
    }

    /// <summary>Says why the server did not do it, if it did not.</summary>
    internal static ExitCode Say(AnswerEnd end)
    {
        if (end.IsWhole) return ExitCode.Done;
        foreach (var error in end.Errors ?? []) Words.Error(error);
        if (end.Hint is { } hint) Words.Hint(hint);
        return end.Code == AnswerEnd.CodeOf(OperationFault.Usage) ? ExitCode.Usage : ExitCode.Failed;
    }
}
