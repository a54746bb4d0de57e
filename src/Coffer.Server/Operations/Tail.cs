using System.Runtime.CompilerServices;
using Coffer.Server.Hosting;

namespace Coffer.Server.Operations;

/// <summary>Lines that are there already, and those to come.</summary>
internal static class Tail
{
    /// <summary>What <paramref name="follow"/> yields; for <paramref name="once"/> up to the first line that would have to be waited for.</summary>
    internal static async IAsyncEnumerable<FollowedLine> Of(Func<CancellationToken, IAsyncEnumerable<FollowedLine>> follow, bool once, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var lines = follow(ending.Token).GetAsyncEnumerator(ending.Token);
        await using (lines.ConfigureAwait(false))
        {
            while (true)
            {
                var next = lines.MoveNextAsync();
                if (once && !next.IsCompleted) await ending.CancelAsync().ConfigureAwait(false);
                if (!await IsThereAsync(next, ending.Token, cancellation).ConfigureAwait(false)) yield break;
                yield return lines.Current;
            }
        }
    }

    private static async ValueTask<bool> IsThereAsync(ValueTask<bool> next, CancellationToken ending, CancellationToken cancellation)
    {
        try
        {
            return await next.ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            return false;
        }
    }
}
