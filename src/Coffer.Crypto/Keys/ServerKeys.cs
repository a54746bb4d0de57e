namespace Coffer.Crypto.Keys;

/// <summary>The key pairs that a server holds: the first, which all that is new is sealed under, and while its key is being changed a second one, which opens too.</summary>
/// <remarks>The pairs stay the caller's to dispose.</remarks>
/// <param name="First">What clients are to pin.</param>
/// <param name="Second">The one before or the one to come; null for a server whose key is not being changed.</param>
public sealed record ServerKeys(KeyPair First, KeyPair? Second = null)
{
    /// <summary>The halves that others may know.</summary>
    public ServerPublicKeys Public { get; } = new(First.PublicKey, Second?.PublicKey);

    /// <summary>The keys of a server whose key is not being changed.</summary>
    public static implicit operator ServerKeys(KeyPair only) => new(only);

    /// <summary>The public keys, never the secret ones.</summary>
    public override string ToString() => Public.ToString();
}

/// <summary>The public halves of <see cref="ServerKeys"/>.</summary>
public sealed record ServerPublicKeys(PublicKey First, PublicKey? Second = null)
{
    /// <summary>The keys of a server whose key is not being changed.</summary>
    public static implicit operator ServerPublicKeys(PublicKey only) => new(only);

    /// <summary>Whether <paramref name="key"/> is one of them.</summary>
    public bool Holds(PublicKey key) => key == First || key == Second;

    /// <summary>Whether each of the two servers opens what the other one seals.</summary>
    public bool Matches(ServerPublicKeys other) => Holds(other.First) && other.Holds(First);

    /// <summary>For people.</summary>
    public override string ToString() => Second is null ? First.ToString() : $"{First}, second key {Second}";
}
