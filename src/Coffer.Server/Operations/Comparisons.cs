using Coffer.Server.Catalog;

namespace Coffer.Server.Operations;

/// <summary>What loads and rollbacks would do, one comparison after the other: one of a million clients takes two gigabytes, and several at once would take the server.</summary>
/// <remarks>Thread safe. A comparison ends with whoever asked for it, also one that has not begun.</remarks>
internal sealed class Comparisons(DefinitionLoader loader, Rollback rollback) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);

    /// <summary>What a load of <paramref name="file"/> would do.</summary>
    /// <exception cref="Storage.StoreException">The store cannot be read.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled.</exception>
    internal Task<DefinitionComparison> OfLoadAsync(ReadOnlyMemory<byte> file, string name, bool allowRollback, CancellationToken cancellation) =>
        InTurnAsync(() => loader.CompareAsync(file, name, allowRollback, cancellation), cancellation);

    /// <summary>What a rollback to <paramref name="revision"/> would do.</summary>
    /// <exception cref="Storage.StoreException">The store cannot be read.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled.</exception>
    internal Task<DefinitionComparison> OfRollbackAsync(long revision, CancellationToken cancellation) =>
        InTurnAsync(() => rollback.CompareAsync(revision, cancellation), cancellation);

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    private async Task<DefinitionComparison> InTurnAsync(Func<Task<DefinitionComparison>> compare, CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            return await compare().ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }
}
