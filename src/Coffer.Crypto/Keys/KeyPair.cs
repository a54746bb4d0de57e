using System.Security.Cryptography;

namespace Coffer.Crypto.Keys;

/// <summary>An X25519 key pair whose secret half never leaves guarded memory.</summary>
/// <remarks>Thread safe: the scalar is read-only from the moment it is there. Dispose wipes it once no call uses it. Made by <see cref="KeyFile"/>.</remarks>
public sealed unsafe class KeyPair : IDisposable
{
    private readonly GuardedKey _scalar;

    internal KeyPair(ReadOnlySpan<byte> scalar)
    {
        _scalar = new GuardedKey(scalar);
        Span<byte> point = stackalloc byte[Sodium.KeySize];
        using var loan = _scalar.Borrow();
        fixed (byte* q = point) Sodium.ScalarMultBase(q, loan.Pointer);
        PublicKey = new PublicKey(point);
    }

    /// <summary>The half that others may know.</summary>
    public PublicKey PublicKey { get; }

    /// <summary>A fresh pair from the system's randomness, for one process to use: it cannot be written to a file.</summary>
    public static KeyPair Generate()
    {
        Span<byte> scalar = stackalloc byte[Sodium.KeySize];
        Sodium.Randomize(scalar);
        try
        {
            return new KeyPair(scalar);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(scalar);
        }
    }

    /// <summary>A pair of its own for <paramref name="purpose"/>, which only who holds this one can make: the same one every time. The caller disposes it.</summary>
    /// <exception cref="ObjectDisposedException">The pair is disposed.</exception>
    public KeyPair Derive(ReadOnlySpan<byte> purpose)
    {
        Span<byte> scalar = stackalloc byte[Sodium.KeySize];
        try
        {
            DeriveKey(purpose, scalar);
            return new KeyPair(scalar);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(scalar);
        }
    }

    /// <summary>The X25519 secret shared with <paramref name="other"/>; false where it is all zero.</summary>
    /// <exception cref="ObjectDisposedException">The pair is disposed.</exception>
    internal bool TryAgree(byte* other, byte* shared)
    {
        using var loan = _scalar.Borrow();
        return Sodium.ScalarMult(shared, loan.Pointer, other);
    }

    /// <summary>Fills <paramref name="key"/> with HKDF-SHA256 of the secret half, bound to <paramref name="purpose"/>.</summary>
    internal void DeriveKey(ReadOnlySpan<byte> purpose, Span<byte> key)
    {
        using var loan = _scalar.Borrow();
        HKDF.DeriveKey(HashAlgorithmName.SHA256, loan.Span, key, salt: [], info: purpose);
    }

    /// <summary>The public key, never the secret one.</summary>
    public override string ToString() => $"<key pair of {PublicKey}>";

    /// <summary>Wipes the secret half.</summary>
    public void Dispose() => _scalar.Dispose();
}
