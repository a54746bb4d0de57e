using System.Runtime.InteropServices;

namespace Coffer.Crypto;

/// <summary>The calls into the libsodium that NSec ships. Nothing here checks lengths: the types around it do.</summary>
/// <remarks>
/// Called directly because the per-connection path cannot pay for NSec's guard pages: docs/decisions/0002-libsodium-directly.md.
/// </remarks>
internal static unsafe partial class Sodium
{
    internal const int KeySize = 32;
    internal const int TagSize = 16;
    internal const int NonceSize = 12;
    internal const int ExtendedNonceSize = 24;

    private const string Library = "libsodium";

    static Sodium()
    {
        if (sodium_init() < 0) throw new InvalidOperationException("libsodium did not start");
    }

    /// <summary>q = n·p. False where the result is all zero, which RFC 7748 section 6.1 lets us refuse and protocol.md section 3 demands.</summary>
    internal static bool ScalarMult(byte* q, byte* n, byte* p) => crypto_scalarmult_curve25519(q, n, p) == 0;

    /// <summary>q = n·9.</summary>
    internal static void ScalarMultBase(byte* q, byte* n) => _ = crypto_scalarmult_curve25519_base(q, n);

    internal static void Encrypt(byte* c, byte* m, int mlen, byte* ad, int adlen, byte* npub, byte* k) =>
        _ = crypto_aead_chacha20poly1305_ietf_encrypt(c, null, m, (ulong)mlen, ad, (ulong)adlen, null, npub, k);

    internal static bool Decrypt(byte* m, byte* c, int clen, byte* ad, int adlen, byte* npub, byte* k) =>
        crypto_aead_chacha20poly1305_ietf_decrypt(m, null, null, c, (ulong)clen, ad, (ulong)adlen, npub, k) == 0;

    internal static void EncryptExtended(byte* c, byte* m, int mlen, byte* ad, int adlen, byte* npub, byte* k) =>
        _ = crypto_aead_xchacha20poly1305_ietf_encrypt(c, null, m, (ulong)mlen, ad, (ulong)adlen, null, npub, k);

    internal static bool DecryptExtended(byte* m, byte* c, int clen, byte* ad, int adlen, byte* npub, byte* k) =>
        crypto_aead_xchacha20poly1305_ietf_decrypt(m, null, null, c, (ulong)clen, ad, (ulong)adlen, npub, k) == 0;

    /// <summary>Fills <paramref name="bytes"/> from the system's randomness.</summary>
    internal static void Randomize(Span<byte> bytes)
    {
        fixed (byte* b = bytes) randombytes_buf(b, (nuint)bytes.Length);
    }

    /// <summary>SHA-256 of <paramref name="input"/>, 32 bytes.</summary>
    internal static void Sha256(ReadOnlySpan<byte> input, Span<byte> hash)
    {
        fixed (byte* o = hash, i = input) _ = crypto_hash_sha256(o, i, (ulong)input.Length);
    }

    /// <summary>HMAC-SHA256 of <paramref name="input"/> under a <paramref name="key"/> of 32 bytes, 32 bytes.</summary>
    internal static void HmacSha256(ReadOnlySpan<byte> key, ReadOnlySpan<byte> input, Span<byte> mac)
    {
        fixed (byte* o = mac, i = input, k = key) _ = crypto_auth_hmacsha256(o, i, (ulong)input.Length, k);
    }

    internal static void* Allocate(nuint size)
    {
        var memory = sodium_malloc(size);
        if (memory is null) throw new OutOfMemoryException("the system has no memory left for the guard pages of a key");
        return memory;
    }

    /// <summary>Wipes and frees what <see cref="Allocate"/> gave.</summary>
    internal static void Free(void* memory) => sodium_free(memory);

    internal static void MakeReadOnly(void* memory) => _ = sodium_mprotect_readonly(memory);

    [LibraryImport(Library)]
    private static partial int sodium_init();

    [LibraryImport(Library)]
    private static partial int crypto_scalarmult_curve25519(byte* q, byte* n, byte* p);

    [LibraryImport(Library)]
    private static partial int crypto_scalarmult_curve25519_base(byte* q, byte* n);

    [LibraryImport(Library)]
    private static partial int crypto_aead_chacha20poly1305_ietf_encrypt(byte* c, ulong* clen, byte* m, ulong mlen, byte* ad, ulong adlen, byte* nsec, byte* npub, byte* k);

    [LibraryImport(Library)]
    private static partial int crypto_aead_chacha20poly1305_ietf_decrypt(byte* m, ulong* mlen, byte* nsec, byte* c, ulong clen, byte* ad, ulong adlen, byte* npub, byte* k);

    [LibraryImport(Library)]
    private static partial int crypto_aead_xchacha20poly1305_ietf_encrypt(byte* c, ulong* clen, byte* m, ulong mlen, byte* ad, ulong adlen, byte* nsec, byte* npub, byte* k);

    [LibraryImport(Library)]
    private static partial int crypto_aead_xchacha20poly1305_ietf_decrypt(byte* m, ulong* mlen, byte* nsec, byte* c, ulong clen, byte* ad, ulong adlen, byte* npub, byte* k);

    [LibraryImport(Library)]
    private static partial void randombytes_buf(byte* buf, nuint size);

    [LibraryImport(Library)]
    private static partial int crypto_hash_sha256(byte* @out, byte* @in, ulong inlen);

    [LibraryImport(Library)]
    private static partial int crypto_auth_hmacsha256(byte* @out, byte* @in, ulong inlen, byte* k);

    [LibraryImport(Library)]
    private static partial void* sodium_malloc(nuint size);

    [LibraryImport(Library)]
    private static partial void sodium_free(void* memory);

    [LibraryImport(Library)]
    private static partial int sodium_mprotect_readonly(void* memory);
}
