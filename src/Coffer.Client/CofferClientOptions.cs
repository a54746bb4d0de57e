using Coffer.Crypto.Keys;

namespace Coffer.Client;

/// <summary>What a fetch needs to know.</summary>
public sealed record CofferClientOptions
{
    /// <summary>How long a fetch may take in all unless told otherwise: 10 s.</summary>
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(10);

    /// <summary>The servers; at least one. All of them hold the same key pair.</summary>
    public required IReadOnlyList<ServerAddress> Servers { get; init; }

    /// <summary>The servers' public key, known beforehand.</summary>
    public required PublicKey ServerKey { get; init; }

    /// <summary>The client's own key pair. It stays the caller's.</summary>
    public required KeyPair Key { get; init; }

    /// <summary>How long a fetch may take in all, over every server and every repetition; above zero.</summary>
    public TimeSpan Timeout { get; init; } = DefaultTimeout;

    /// <summary>How long one of several servers may take in the first round, so that one that accepts and then says nothing leaves time for the others; above zero.</summary>
    public TimeSpan AttemptTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Whether the servers, and the addresses of a name, are asked in the order given. They are drawn at random otherwise, so that many clients do not all ask the same one.</summary>
    public bool InOrder { get; init; }
}
