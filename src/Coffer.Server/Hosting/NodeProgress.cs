using System.Net;

namespace Coffer.Server.Hosting;

/// <summary>How far a node is on its way to serving. Thread safe; written by <see cref="ServerProcess"/> alone.</summary>
public sealed class NodeProgress
{
    private volatile EndPoint? _address;
    private volatile bool _isLoading;
    private volatile bool _isAccepting;

    /// <summary>Where clients come to; null before that is bound.</summary>
    public EndPoint? Address => _address;

    /// <summary>Whether the definition is being loaded for the first time.</summary>
    public bool IsLoading => _isLoading;

    /// <summary>Whether clients are let in.</summary>
    public bool IsAccepting => _isAccepting;

    internal void Loading() => _isLoading = true;

    internal void Accepting(EndPoint address) => (_address, _isAccepting, _isLoading) = (address, true, false);
}
