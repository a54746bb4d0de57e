using System.Security.Cryptography;

namespace Coffer.Crypto.Keys;

/// <summary>An X25519 key pair whose secret half never leaves guarded memory.</summary>
/// <remarks>Thread safe: the scalar is read-only from the moment it is there. Dispose wipes it. Made by <see cref="KeyFile"/>.</remarks>
public sealed unsafe class KeyPair : IDisposable
{
    private readonly GuardedKey _scalar;

    internal KeyPair(ReadOnlySpan<byte> scalar)
    {
        _scalar = new GuardedKey(scalar);
        Span<byte> point = stackalloc byte[Sodium.KeySize];
        fixed (byte* q = point) Sodium.ScalarMultBase(q, _scalar.Pointer);
        PublicKey = new PublicKey(point);
    }

    /// <summary>The half that others may know.</summary>
    public PublicKey PublicKey { get; }

    /// <summary>A fresh pair from the system's randomness, for one process to use: it cannot be written to a file.</summary>
    public static KeyPair Generate()
    {
        Span<byte> scalar = stackalloc byte[Sodium.KeySize];
        RandomNumberGenerator.Fill(scalar);
        try
        {
            return new KeyPair(scalar);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(scalar);
        }
    }

    /// <summary>The X25519 secret shared with <paramref name="other"/>; false where it is all zero.</summary>
    internal bool TryAgree(byte* other, byte* shared)
    {
        var agreed = Sodium.ScalarMult(shared, _scalar.Pointer, other);
        GC.KeepAlive(_scalar);
        return agreed;
    }

    /// <summary>Fills <paramref name="key"/> with HKDF-SHA256 of the secret half, bound to <paramref name="purpose"/>.</summary>
    internal void DeriveKey(ReadOnlySpan<byte> purpose, Span<byte> key)
    {
        HKDF.DeriveKey(HashAlgorithmName.SHA256, new ReadOnlySpan<byte>(_scalar.Pointer, Sodium.KeySize), key, salt: [], info: purpose);
        GC.KeepAlive(_scalar);
    }

    /// <summary>The public key, never the secret one.</summary>
    public override string ToString() => $"<key pair of {PublicKey}>";

    /// <summary>Wipes the secret half.</summary>
    public void Dispose() => _scalar.Dispose();
}
