using Coffer.Crypto.Keys;

namespace Coffer.Server.Catalog;

/// <summary>The node's view, written by <see cref="NodeViewActor"/> alone and read by every session.</summary>
/// <param name="probe">The node's own client: known without being in a definition, and not counted.</param>
/// <param name="lease">Without it nothing of the view counts.</param>
public sealed class NodeView(PublicKey probe, NodeLease lease) : INodeView
{
    // Older than every revision: what the store keeps for the probe never changes.
    private const long ProbesRevision = 0;

    private readonly TaskCompletionSource _serving = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile Snapshot? _snapshot;

    /// <inheritdoc/>
    public bool IsServing => _snapshot is not null && lease.IsHeld;

    /// <inheritdoc/>
    public long Revision => _snapshot?.Revision ?? 0;

    /// <inheritdoc/>
    public bool HasDefinition => _snapshot is { HasDefinition: true };

    /// <inheritdoc/>
    public int Count => _snapshot?.Clients.Count ?? 0;

    /// <inheritdoc/>
    public long? Find(PublicKey client) => _snapshot?.Clients.Find(client) ?? (client == probe ? ProbesRevision : null);

    /// <inheritdoc/>
    public void Fetched(PublicKey client, DateTimeOffset time) => _snapshot?.Clients.Fetched(client, time);

    /// <inheritdoc/>
    public DateTimeOffset? LastFetch(PublicKey client) => _snapshot?.Clients.LastFetch(client);

    /// <summary>Whether the view was read, be it of the revision that counts or of an earlier one.</summary>
    internal bool IsRead => _snapshot is not null;

    /// <summary>Who is known; nobody before it was read.</summary>
    internal KnownClients Clients => _snapshot?.Clients ?? KnownClients.None;

    /// <summary>Ends when this node may serve for the first time.</summary>
    public Task ServingAsync() => _serving.Task;

    /// <summary>From now on the view is of <paramref name="revision"/>.</summary>
    internal void Move(long revision, bool hasDefinition, KnownClients clients)
    {
        _snapshot = new Snapshot(revision, hasDefinition, clients);
        if (IsServing) _serving.TrySetResult();
    }

    /// <summary>The lease was granted for this view, having been asked for at <paramref name="asked"/>.</summary>
    internal void Hold(long asked)
    {
        lease.Hold(asked);
        if (IsServing) _serving.TrySetResult();
    }

    private sealed record Snapshot(long Revision, bool HasDefinition, KnownClients Clients);
}
