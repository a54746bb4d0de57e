namespace Coffer.Crypto.Sealing;

/// <summary>A coffer sealed for storage: what a row, an entity and a message between nodes hold. Made and opened by <see cref="StorageSeal"/> alone.</summary>
/// <param name="Revision">The revision of the definition that this content came with; part of what the seal binds.</param>
/// <param name="Bytes">24 bytes of nonce, then XChaCha20-Poly1305's ciphertext and 16 bytes of tag.</param>
public sealed record SealedCoffer(long Revision, ReadOnlyMemory<byte> Bytes)
{
    /// <summary>Its revision and size, for logs.</summary>
    public override string ToString() => $"<sealed coffer of revision {Revision}, {Bytes.Length} bytes>";
}
