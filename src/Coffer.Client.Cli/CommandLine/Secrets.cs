using System.CommandLine;
using Coffer.Client.Cli.Connecting;
using Coffer.Client.Cli.Variables;
using Coffer.CommandLine;
using Coffer.Protocol.Secrets;

namespace Coffer.Client.Cli.CommandLine;

/// <summary>What run and get have in common: fetch, and say all that is wrong before anything is done.</summary>
internal static class Secrets
{
    /// <summary>Fetches the coffer, or says why not and returns null.</summary>
    internal static OpenCoffer? Fetch(ParseResult parsed, ConnectionOptions connection)
    {
        using var settings = FetchSettings.Read(parsed, connection, out var problem);
        if (settings is null)
        {
            Words.Say(problem!);
            return null;
        }

        // Not awaited: exec has to come from the thread that the program began with, and starting others takes its time.
        switch (CofferClient.Fetch(settings.Options))
        {
            case FetchOutcome.Fetched fetched:
                return fetched.Coffer;
            case FetchOutcome.Failed failed:
                FailureText.Say(failed, settings.Options);
                return null;
            default:
                return null;
        }
    }

    /// <summary>Says every problem, each hint once, and warns of names that leave nothing out.</summary>
    internal static bool AreFine(IReadOnlyList<Problem> problems, Selection selection, OpenCoffer coffer)
    {
        foreach (var problem in problems) Words.Error(problem.Message);
        foreach (var hint in problems.Select(p => p.Hint).OfType<string>().Distinct()) Words.Hint(hint);
        foreach (var name in selection.Unneeded(coffer)) Words.Warning($"the coffer holds no {Words.Quoted(name)}, which --except names");
        return problems.Count == 0;
    }
}
