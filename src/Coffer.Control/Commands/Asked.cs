using Coffer.CommandLine;
using Coffer.Control.Asking;
using Coffer.Operations;

namespace Coffer.Control.Commands;

/// <summary>What became of what was asked, in words and an exit code.</summary>
internal static class Asked
{
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
            Words.Say(new($"standard output cannot be written ({e.Message})", "is there room where it goes, and does the reader still read?"));
            return ExitCode.Failed;
        }
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
