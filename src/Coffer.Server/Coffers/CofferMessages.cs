using Coffer.Crypto.Keys;
using Coffer.Crypto.Sealing;

namespace Coffer.Server.Coffers;

/// <summary>A message for the entity of one client: all that the shard extractor knows. Crosses nodes.</summary>
public interface ICofferMessage
{
    /// <summary>Whose coffer it is about.</summary>
    PublicKey Owner { get; }
}

/// <summary>An entity's answer. Crosses nodes.</summary>
public interface ICofferReply;

/// <summary>What a session asks of an entity.</summary>
public static class CofferQueries
{
    /// <summary>Asks for the coffer of <paramref name="Owner"/>, answered by a <see cref="ICofferReply"/>.</summary>
    /// <param name="Owner">The client.</param>
    /// <param name="AtLeast">The revision in which the asker knows the coffer to have changed last: an older one is stale.</param>
    /// <param name="IsAnew">Whether the row is to be read again whatever is held: the asker could not open that, and the row may have been sealed anew under another server key.</param>
    public sealed record GetCoffer(PublicKey Owner, long AtLeast, bool IsAnew = false) : ICofferMessage;
}

/// <summary>What an entity answers.</summary>
public static class CofferReplies
{
    /// <summary>The coffer, sealed as it is stored.</summary>
    /// <param name="Name">The client's in the definition.</param>
    /// <param name="Coffer">What is stored.</param>
    /// <param name="IsAnew">Whether its row was to be read again: the answer to an earlier question of the same asker may come later than that one.</param>
    public sealed record CofferFound(string Name, SealedCoffer Coffer, bool IsAnew = false) : ICofferReply;

    /// <summary>The store has no such client.</summary>
    public sealed record CofferMissing : ICofferReply
    {
        public static readonly CofferMissing Instance = new();
    }

    /// <summary>The store could not be read, or has not yet what the asker knows of.</summary>
    public sealed record CofferUnavailable : ICofferReply
    {
        public static readonly CofferUnavailable Instance = new();
    }
}
