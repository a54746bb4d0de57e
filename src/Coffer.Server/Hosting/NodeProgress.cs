using System.Net;

namespace Coffer.Server.Hosting;

/// <summary>How far a node is on its way to serving, and from it. Thread safe.</summary>
/// <remarks>Written by <see cref="ServerProcess"/>, and by Akka's shutdown, which begins before the host stops.</remarks>
public sealed class NodeProgress
{
    private readonly CancellationTokenSource _stopping = new();
    private volatile EndPoint? _address;
    private volatile bool _isLoading;
    private volatile bool _isAccepting;

    /// <summary>Where clients come to; null before that is bound.</summary>
    public EndPoint? Address => _address;

    /// <summary>Whether the definition is being loaded for the first time.</summary>
    public bool IsLoading => _isLoading;

    /// <summary>Whether clients are let in.</summary>
    public bool IsAccepting => _isAccepting;

    /// <summary>Cancelled as soon as the node is asked to stop, before conversations under way are finished.</summary>
    public CancellationToken Stopping => _stopping.Token;

    internal void Stop() => _stopping.Cancel();

    internal void Loading() => _isLoading = true;

    internal void Accepting(EndPoint address) => (_address, _isAccepting, _isLoading) = (address, true, false);
}
