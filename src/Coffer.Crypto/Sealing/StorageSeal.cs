using System.Buffers.Binary;
using System.Security.Cryptography;
using Coffer.Crypto.Keys;

namespace Coffer.Crypto.Sealing;

/// <summary>Seals coffers at rest and between nodes, under keys that only the server's key pair gives.</summary>
/// <remarks>
/// XChaCha20-Poly1305 with a random nonce; associated data: owner's public key (32) ‖ revision (i64, big-endian). A row that is moved to another
/// client or revision, or changed in any bit, does not open. Keys: HKDF-SHA256 of the server's scalar, one a purpose. Source: architecture.md, decision 5.
/// </remarks>
public sealed unsafe class StorageSeal : IDisposable
{
    /// <summary>What sealing adds, in bytes: nonce and tag.</summary>
    public const int Overhead = Sodium.ExtendedNonceSize + Sodium.TagSize;

    /// <summary>The length of a <see cref="Digest"/> in bytes.</summary>
    public const int DigestSize = 32;

    private const int AssociatedSize = PublicKey.Size + sizeof(long);

    private readonly GuardedKey _sealKey;
    private readonly GuardedKey _digestKey;

    /// <summary>Derives the keys; <paramref name="server"/> stays the caller's.</summary>
    public StorageSeal(KeyPair server)
    {
        _sealKey = Derive(server, "Coffer/1 storage seal"u8);
        _digestKey = Derive(server, "Coffer/1 storage digest"u8);
        Server = server.PublicKey;
    }

    /// <summary>Whose key pair the seal was made from.</summary>
    public PublicKey Server { get; }

    /// <summary>Seals <paramref name="coffer"/>, which is the coffer's CBOR, for <paramref name="owner"/> at <paramref name="revision"/>.</summary>
    public SealedCoffer Seal(PublicKey owner, long revision, ReadOnlySpan<byte> coffer)
    {
        var bytes = GC.AllocateUninitializedArray<byte>(coffer.Length + Overhead);
        Sodium.Randomize(bytes.AsSpan(0, Sodium.ExtendedNonceSize));
        Span<byte> associated = stackalloc byte[AssociatedSize];
        Bind(owner, revision, associated);
        using var key = _sealKey.Borrow();
        fixed (byte* sealedBytes = bytes, message = coffer, ad = associated)
            Sodium.EncryptExtended(sealedBytes + Sodium.ExtendedNonceSize, message, coffer.Length, ad, AssociatedSize, sealedBytes, key.Pointer);
        return new SealedCoffer(revision, bytes);
    }

    /// <summary>The length of what <see cref="TryOpen"/> writes.</summary>
    public static int OpenedSize(SealedCoffer coffer) => Math.Max(0, coffer.Bytes.Length - Overhead);

    /// <summary>Opens <paramref name="coffer"/> into <paramref name="opened"/>, <see cref="OpenedSize"/> bytes. False where it is another's, of another revision, or was changed.</summary>
    /// <exception cref="ArgumentException"><paramref name="opened"/> is too short.</exception>
    public bool TryOpen(PublicKey owner, SealedCoffer coffer, Span<byte> opened)
    {
        var bytes = coffer.Bytes.Span;
        if (bytes.Length < Overhead) return false;
        ArgumentOutOfRangeException.ThrowIfLessThan(opened.Length, OpenedSize(coffer), nameof(opened));

        Span<byte> associated = stackalloc byte[AssociatedSize];
        Bind(owner, coffer.Revision, associated);
        using var key = _sealKey.Borrow();
        fixed (byte* sealedBytes = bytes, message = opened, ad = associated)
            return Sodium.DecryptExtended(message, sealedBytes + Sodium.ExtendedNonceSize, bytes.Length - Sodium.ExtendedNonceSize, ad, AssociatedSize, sealedBytes, key.Pointer);
    }

    /// <summary>A keyed digest of one owner's content: equal for equal content of the same owner, and telling nothing to who lacks the key.</summary>
    /// <remarks>HMAC-SHA256 over owner ‖ CBOR, so that two clients with equal coffers have unlike digests.</remarks>
    public byte[] Digest(PublicKey owner, ReadOnlySpan<byte> coffer)
    {
        using var key = _digestKey.Borrow();
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key.Span);
        hmac.AppendData(owner.Span);
        hmac.AppendData(coffer);
        return hmac.GetHashAndReset();
    }

    /// <summary>Wipes the keys.</summary>
    public void Dispose()
    {
        _sealKey.Dispose();
        _digestKey.Dispose();
    }

    private static GuardedKey Derive(KeyPair server, ReadOnlySpan<byte> purpose)
    {
        Span<byte> key = stackalloc byte[Sodium.KeySize];
        server.DeriveKey(purpose, key);
        try
        {
            return new GuardedKey(key);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    private static void Bind(PublicKey owner, long revision, Span<byte> associated)
    {
        owner.Span.CopyTo(associated);
        BinaryPrimitives.WriteInt64BigEndian(associated[PublicKey.Size..], revision);
    }
}
