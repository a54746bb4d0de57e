using Coffer.Protocol.Messages;

namespace Coffer.Server.Sessions;

/// <summary>Why a conversation was refused: for logs, audit and metrics. The client is told less.</summary>
public enum Refusal
{
    /// <summary>The bytes are no frame that a client may send.</summary>
    Garbage,

    /// <summary>A message that its state does not take.</summary>
    OutOfTurn,

    /// <summary>A Hello that does not open: made for another server, changed, or replayed in part.</summary>
    BadHandshake,

    /// <summary>A message after Link that does not open, repeats another type or names another key.</summary>
    BadMessage,

    /// <summary>The client's key is not in the definition.</summary>
    UnknownKey,

    /// <summary>The client was revoked or removed after Link.</summary>
    Revoked,

    /// <summary>A state's deadline passed.</summary>
    TooSlow,

    /// <summary>No entity answered, or it could not read its row, or this node may not serve now.</summary>
    Unavailable,

    /// <summary>What is stored for the client does not open.</summary>
    Unreadable,
}

/// <summary>What the client is told of a <see cref="Refusal"/>.</summary>
public static class RefusalText
{
    /// <summary>The word of protocol.md section 8.</summary>
    public static ErrorWord Word(this Refusal refusal) => refusal switch
    {
        Refusal.Garbage or Refusal.OutOfTurn or Refusal.BadHandshake or Refusal.BadMessage => ErrorWord.Violation,
        Refusal.UnknownKey or Refusal.Revoked => ErrorWord.Revoked,
        Refusal.TooSlow => ErrorWord.Timeout,
        Refusal.Unavailable => ErrorWord.Unavailable,
        _ => ErrorWord.Internal,
    };

    /// <summary>The explanation; the same for every check that can fail before Link, so that it tells nothing apart.</summary>
    public static string Explanation(this Refusal refusal) => refusal.Word() switch
    {
        ErrorWord.Violation => "the message is not one that protocol version 1 has at this point",
        ErrorWord.Revoked => "this key may no longer fetch",
        ErrorWord.Timeout => "the next message did not come in time",
        ErrorWord.Unavailable => "the server cannot vouch for this coffer now",
        _ => "the server could not open what it keeps for this key",
    };
}
