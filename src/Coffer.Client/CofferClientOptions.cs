using Coffer.Crypto.Keys;

namespace Coffer.Client;

/// <summary>What a fetch needs to know.</summary>
public sealed record CofferClientOptions
{
    /// <summary>How long a fetch may take in all unless told otherwise: 10 s.</summary>
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(10);

    /// <summary>The servers, the preferred one first; at least one. All of them hold the same key pair.</summary>
    public required IReadOnlyList<ServerAddress> Servers { get; init; }

    /// <summary>The servers' public key, known beforehand.</summary>
    public required PublicKey ServerKey { get; init; }

    /// <summary>The client's own key pair. It stays the caller's.</summary>
    public required KeyPair Key { get; init; }

    /// <summary>How long a fetch may take in all, over every server and every repetition; above zero.</summary>
    public TimeSpan Timeout { get; init; } = DefaultTimeout;
}
