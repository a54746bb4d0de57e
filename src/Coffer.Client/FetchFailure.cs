using System.Net.Sockets;
using Coffer.Crypto.Keys;
using Coffer.Protocol.Messages;

namespace Coffer.Client;

/// <summary>Why one attempt at one server failed: one of the records below, and nothing else.</summary>
public abstract record FetchFailure
{
    private FetchFailure(ServerAddress server) => Server = server;

    /// <summary>The server that was asked.</summary>
    public ServerAddress Server { get; }

    /// <summary>The server's name stands for no address, or nobody could be asked.</summary>
    /// <param name="Server">The server that was asked.</param>
    /// <param name="Error">What the resolver said.</param>
    public sealed record NameNotResolved(ServerAddress Server, SocketError Error) : FetchFailure(Server);

    /// <summary>No TCP connection came about.</summary>
    /// <param name="Server">The server that was asked.</param>
    /// <param name="Error">What the system said.</param>
    public sealed record CannotConnect(ServerAddress Server, SocketError Error) : FetchFailure(Server);

    /// <summary>Something listens there, but does not speak this protocol.</summary>
    /// <param name="Server">The server that was asked.</param>
    /// <param name="Answer">What it said.</param>
    public sealed record NotACofferServer(ServerAddress Server, ForeignAnswer Answer) : FetchFailure(Server);

    /// <summary>The server holds another key than the one that is pinned, or somebody stands between.</summary>
    /// <param name="Server">The server that was asked.</param>
    /// <param name="Proven">
    /// True where a Link or KeyNotFound did not open under the pinned key. False where the server only said, unsealed, that our Hello is a
    /// violation: so does one with another key, which cannot open it, but also one that speaks another version, and anybody can forge it.
    /// </param>
    public sealed record WrongServerKey(ServerAddress Server, bool Proven) : FetchFailure(Server);

    /// <summary>The right server does not know this client. Authenticated.</summary>
    /// <param name="Server">The server that was asked.</param>
    /// <param name="Client">Our own public key, for the operator to enter.</param>
    public sealed record KeyUnknown(ServerAddress Server, PublicKey Client) : FetchFailure(Server);

    /// <summary>The server gave a reason of its own.</summary>
    /// <param name="Server">The server that was asked.</param>
    /// <param name="Word">The kind of reason.</param>
    /// <param name="Explanation">Its words, without control characters; possibly empty.</param>
    /// <param name="Authenticated">False before Link, where it is a hint that anybody on the way may have forged.</param>
    public sealed record Refused(ServerAddress Server, ErrorWord Word, string Explanation, bool Authenticated) : FetchFailure(Server);

    /// <summary>The conversation broke off, or went wrong, after the server had proven itself.</summary>
    /// <param name="Server">The server that was asked.</param>
    /// <param name="Fault">What went wrong.</param>
    public sealed record Broken(ServerAddress Server, ConversationFault Fault) : FetchFailure(Server);

    /// <summary>The time that this attempt had was over.</summary>
    /// <param name="Server">The server that was asked.</param>
    /// <param name="Stage">What was being waited for.</param>
    public sealed record TimedOut(ServerAddress Server, FetchStage Stage) : FetchFailure(Server);
}

/// <summary>What something that is no Coffer server answered.</summary>
public enum ForeignAnswer
{
    /// <summary>It closed or reset the connection without a byte.</summary>
    ClosedAtOnce,

    /// <summary>It closed or reset the connection in the middle of what might have been a frame.</summary>
    ClosedInFrame,

    /// <summary>HTTP.</summary>
    Http,

    /// <summary>TLS.</summary>
    Tls,

    /// <summary>SSH.</summary>
    Ssh,

    /// <summary>No frame that could answer a Hello.</summary>
    NoFrame,
}

/// <summary>What went wrong after Link.</summary>
public enum ConversationFault
{
    /// <summary>The connection ended before the coffer was whole.</summary>
    ClosedEarly,

    /// <summary>A message did not open: it was changed on the way.</summary>
    DoesNotOpen,

    /// <summary>No frame, or a message that does not stand here.</summary>
    OutOfTurn,

    /// <summary>The coffer is over 1 MiB.</summary>
    TooLarge,

    /// <summary>The coffer's CBOR is not of protocol.md section 5.</summary>
    NotACoffer,
}

/// <summary>What a fetch was waiting for when its time was over.</summary>
public enum FetchStage
{
    /// <summary>The name's addresses.</summary>
    Resolving,

    /// <summary>The TCP connection.</summary>
    Connecting,

    /// <summary>The answer to Hello.</summary>
    Linking,

    /// <summary>The answer to Get.</summary>
    Fetching,
}
