using System.Buffers.Binary;

namespace Coffer.Crypto.Noise;

/// <summary>A ChaChaPoly key and the count of what it has sealed. Source: Noise revision 34, section 5.1.</summary>
/// <remarks>The key stays with the caller, on its stack or in pinned memory, so that this object has nothing to wipe.</remarks>
internal static unsafe class CipherState
{
    /// <summary>The nonce that is never used: Noise keeps it for rekeying.</summary>
    internal const ulong NonceEnd = ulong.MaxValue;

    /// <summary>Seals <paramref name="plaintext"/> into <paramref name="ciphertext"/>, 16 bytes longer, and counts the nonce up.</summary>
    /// <exception cref="InvalidOperationException">The nonces are used up.</exception>
    internal static void EncryptWithAd(ReadOnlySpan<byte> k, ref ulong n, ReadOnlySpan<byte> ad, ReadOnlySpan<byte> plaintext, Span<byte> ciphertext)
    {
        ThrowIfAtEnd(n);
        ArgumentOutOfRangeException.ThrowIfLessThan(ciphertext.Length, plaintext.Length + Sodium.TagSize, nameof(ciphertext));

        Span<byte> nonce = stackalloc byte[Sodium.NonceSize];
        BinaryPrimitives.WriteUInt64LittleEndian(nonce[4..], n);
        fixed (byte* key = k, associated = ad, message = plaintext, sealedBytes = ciphertext, npub = nonce)
            Sodium.Encrypt(sealedBytes, message, plaintext.Length, associated, ad.Length, npub, key);
        n++;
    }

    /// <summary>Opens <paramref name="ciphertext"/>. False, with the nonce where it was, where a bit of it or of <paramref name="ad"/> is wrong.</summary>
    /// <exception cref="InvalidOperationException">The nonces are used up.</exception>
    internal static bool DecryptWithAd(ReadOnlySpan<byte> k, ref ulong n, ReadOnlySpan<byte> ad, ReadOnlySpan<byte> ciphertext, Span<byte> plaintext)
    {
        ThrowIfAtEnd(n);
        if (ciphertext.Length < Sodium.TagSize) return false;
        ArgumentOutOfRangeException.ThrowIfLessThan(plaintext.Length, ciphertext.Length - Sodium.TagSize, nameof(plaintext));

        Span<byte> nonce = stackalloc byte[Sodium.NonceSize];
        BinaryPrimitives.WriteUInt64LittleEndian(nonce[4..], n);
        fixed (byte* key = k, associated = ad, message = plaintext, sealedBytes = ciphertext, npub = nonce)
            if (!Sodium.Decrypt(message, sealedBytes, ciphertext.Length, associated, ad.Length, npub, key)) return false;
        n++;
        return true;
    }

    private static void ThrowIfAtEnd(ulong n)
    {
        if (n == NonceEnd) throw new InvalidOperationException("the transport has used up its nonces and must be closed");
    }
}
