using System.Buffers.Binary;
using System.Security.Cryptography;
using Coffer.Crypto.Keys;

namespace Coffer.Crypto.Sealing;

/// <summary>Seals coffers at rest and between nodes, under keys that only the server's first key pair gives; opens what its second one has sealed, too.</summary>
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

    private readonly Keys _first;
    private readonly Keys? _second;

    /// <summary>Derives the keys; <paramref name="server"/> stays the caller's.</summary>
    public StorageSeal(ServerKeys server)
    {
        _first = new Keys(server.First);
        _second = server.Second is null ? null : new Keys(server.Second);
        Server = server.First.PublicKey;
    }

    /// <summary>Whose key pair it seals under.</summary>
    public PublicKey Server { get; }

    /// <summary>Seals <paramref name="coffer"/>, which is the coffer's CBOR, for <paramref name="owner"/> at <paramref name="revision"/>.</summary>
    public SealedCoffer Seal(PublicKey owner, long revision, ReadOnlySpan<byte> coffer)
    {
        var bytes = GC.AllocateUninitializedArray<byte>(coffer.Length + Overhead);
        Sodium.Randomize(bytes.AsSpan(0, Sodium.ExtendedNonceSize));
        Span<byte> associated = stackalloc byte[AssociatedSize];
        Bind(owner, revision, associated);
        using var key = _first.Seal.Borrow();
        fixed (byte* sealedBytes = bytes, message = coffer, ad = associated)
            Sodium.EncryptExtended(sealedBytes + Sodium.ExtendedNonceSize, message, coffer.Length, ad, AssociatedSize, sealedBytes, key.Pointer);
        return new SealedCoffer(revision, bytes);
    }

    /// <summary>The length of what <see cref="TryOpen"/> writes.</summary>
    public static int OpenedSize(SealedCoffer coffer) => Math.Max(0, coffer.Bytes.Length - Overhead);

    /// <summary>
    /// Opens <paramref name="coffer"/> into <paramref name="opened"/>, <see cref="OpenedSize"/> bytes. False where it is another's, of another revision or server, or was changed.
    /// </summary>
    /// <exception cref="ArgumentException"><paramref name="opened"/> is too short.</exception>
    public bool TryOpen(PublicKey owner, SealedCoffer coffer, Span<byte> opened) =>
        TryOpen(_first, owner, coffer, opened) || (_second is not null && TryOpen(_second, owner, coffer, opened));

    /// <summary>Whether <paramref name="coffer"/> is sealed under the first key.</summary>
    /// <param name="owner">Whose it is.</param>
    /// <param name="coffer">What is stored of it.</param>
    /// <param name="opened">As for <see cref="TryOpen"/>; filled where it is.</param>
    public bool IsUnderFirst(PublicKey owner, SealedCoffer coffer, Span<byte> opened) => TryOpen(_first, owner, coffer, opened);

    /// <summary>A keyed digest of one owner's content: equal for equal content of the same owner, and telling nothing to who lacks the key.</summary>
    /// <remarks>HMAC-SHA256 over owner ‖ CBOR, so that two clients with equal coffers have unlike digests.</remarks>
    public byte[] Digest(PublicKey owner, ReadOnlySpan<byte> coffer) => Digest(_first, owner, coffer);

    /// <summary>Whether <paramref name="digest"/> is the one that the second key gives of the content, if there is a second key.</summary>
    public bool IsSecondDigest(ReadOnlySpan<byte> digest, PublicKey owner, ReadOnlySpan<byte> coffer) => _second is not null && digest.SequenceEqual(Digest(_second, owner, coffer));

    /// <summary>Whether there is a second key.</summary>
    public bool HasSecond => _second is not null;

    /// <summary>Wipes the keys.</summary>
    public void Dispose()
    {
        _first.Dispose();
        _second?.Dispose();
    }

    private static bool TryOpen(Keys keys, PublicKey owner, SealedCoffer coffer, Span<byte> opened)
    {
        var bytes = coffer.Bytes.Span;
        if (bytes.Length < Overhead) return false;
        ArgumentOutOfRangeException.ThrowIfLessThan(opened.Length, OpenedSize(coffer), nameof(opened));

        Span<byte> associated = stackalloc byte[AssociatedSize];
        Bind(owner, coffer.Revision, associated);
        using var key = keys.Seal.Borrow();
        fixed (byte* sealedBytes = bytes, message = opened, ad = associated)
            return Sodium.DecryptExtended(message, sealedBytes + Sodium.ExtendedNonceSize, bytes.Length - Sodium.ExtendedNonceSize, ad, AssociatedSize, sealedBytes, key.Pointer);
    }

    private static byte[] Digest(Keys keys, PublicKey owner, ReadOnlySpan<byte> coffer)
    {
        using var key = keys.Digest.Borrow();
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key.Span);
        hmac.AppendData(owner.Span);
        hmac.AppendData(coffer);
        return hmac.GetHashAndReset();
    }

    private static void Bind(PublicKey owner, long revision, Span<byte> associated)
    {
        owner.Span.CopyTo(associated);
        BinaryPrimitives.WriteInt64BigEndian(associated[PublicKey.Size..], revision);
    }

    /// <summary>What one key pair gives.</summary>
    private sealed class Keys(KeyPair server) : IDisposable
    {
        internal GuardedKey Seal { get; } = Derive(server, "Coffer/1 storage seal"u8);

        internal GuardedKey Digest { get; } = Derive(server, "Coffer/1 storage digest"u8);

        public void Dispose()
        {
            Seal.Dispose();
            Digest.Dispose();
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
    }
}
