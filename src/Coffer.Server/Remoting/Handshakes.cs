namespace Coffer.Server.Remoting;

/// <summary>The connections that have come in and not yet shown to be a node's: so many at most, each for so long at most. Thread safe.</summary>
/// <remarks>One beyond them ends the oldest. A node needs milliseconds; who holds connections open to keep nodes out has to open that many in as long.</remarks>
internal sealed class Handshakes(int atMost, TimeSpan each)
{
    private readonly LinkedList<CancellationTokenSource> _running = new();

    /// <summary>Lets one more begin, which calls <see cref="End"/> at its end.</summary>
    /// <returns>What is cancelled when it has to end.</returns>
    internal CancellationTokenSource Begin(CancellationToken stopping)
    {
        var begun = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        begun.CancelAfter(each);
        lock (_running)
        {
            if (_running.Count >= atMost)
            {
                // Its end takes this lock as well, so not before this one has left it.
                _ = _running.First!.Value.CancelAsync();
                _running.RemoveFirst();
            }
            _running.AddLast(begun);
        }
        return begun;
    }

    /// <summary>What <see cref="Begin"/> gave is over.</summary>
    internal void End(CancellationTokenSource begun)
    {
        lock (_running) _running.Remove(begun);
        begun.Dispose();
    }
}
