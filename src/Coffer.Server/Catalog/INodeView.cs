using Coffer.Crypto.Keys;

namespace Coffer.Server.Catalog;

/// <summary>What this node knows without asking anybody. Thread safe; every call sees the newest state.</summary>
public interface INodeView
{
    /// <summary>Whether this node may answer a Get now: it has read who is known, and holds its lease.</summary>
    bool IsServing { get; }

    /// <summary>The revision that the view is of; 0 before there is any.</summary>
    long Revision { get; }

    /// <summary>Whether a definition was ever loaded: a revision may be of a revocation alone.</summary>
    bool HasDefinition { get; }

    /// <summary>How many clients are known.</summary>
    int Count { get; }

    /// <summary>The revision in which the coffer of <paramref name="client"/> changed last, or null where it is not known or revoked.</summary>
    long? Find(PublicKey client);

    /// <summary>Remembers that <paramref name="client"/> got its coffer at <paramref name="time"/>.</summary>
    void Fetched(PublicKey client, DateTimeOffset time);

    /// <summary>When <paramref name="client"/> got its coffer here last, to the second; null where it did not since this node started.</summary>
    DateTimeOffset? LastFetch(PublicKey client);
}
