namespace Coffer.Server.Sessions;

/// <summary>How often, and when last, clients have fetched from this node by the server's second key: once none does, it may be dropped.</summary>
/// <remarks>Thread safe. Counted since the process began.</remarks>
public sealed class SecondKeyUse
{
    private readonly Lock _gate = new();
    private Fetches _fetches = new(0, null);

    /// <summary>What was counted until now.</summary>
    public Fetches Now
    {
        get
        {
            lock (_gate) return _fetches;
        }
    }

    /// <summary>A client has got its coffer.</summary>
    public void Fetched(DateTimeOffset at)
    {
        lock (_gate) _fetches = new(_fetches.Count + 1, at);
    }

    /// <summary>How many fetches there were, and when the last one was.</summary>
    public sealed record Fetches(long Count, DateTimeOffset? LastAt);
}
