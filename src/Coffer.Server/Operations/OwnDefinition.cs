using Coffer.Server.Catalog;
using Coffer.Server.Hosting;
using Microsoft.Extensions.Logging;

namespace Coffer.Server.Operations;

/// <summary>What the next start would make of the server's own definition, now that something else may count.</summary>
internal sealed partial class OwnDefinition(Comparisons comparisons, StartedNode node, ILogger log)
{
    // Others' comparisons come first, and a database that hangs holds those up.
    private static readonly TimeSpan AtMost = TimeSpan.FromMinutes(2);

    /// <summary>Finds out why the next start on it would end, which log, status and metrics tell from then on; null where it would not, or there is none.</summary>
    internal async Task<LoadOutcome.Refused?> JudgeAsync()
    {
        var own = node.Get<DefinitionFile>();
        if (own.Path is not { } path) return null;
        var (bytes, problem) = await own.ReadAsync().ConfigureAwait(false);
        if (bytes is not null) problem = await CompareAsync(bytes, path).ConfigureAwait(false);
        if (own.Judged(problem) is not { Refusal: var refusal }) return null;
        LogProblem(refusal.Lines[0]);
        return refusal;
    }

    private async Task<LoadOutcome.Refused?> CompareAsync(byte[] bytes, string path)
    {
        using var limit = new CancellationTokenSource(AtMost);
        try
        {
            return (await comparisons.OfLoadAsync(bytes, path, allowRollback: false, limit.Token).ConfigureAwait(false) as DefinitionComparison.NotLoadable)?.Outcome as LoadOutcome.Refused;
        }
        // Whatever it was: it says nothing of the file.
        catch (Exception)
        {
            return null;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Problem}; a node that is started on that file ends with exit code 5")]
    private partial void LogProblem(string problem);
}
