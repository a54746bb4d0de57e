using System.Security.Cryptography;

namespace Coffer.Crypto.Noise;

/// <summary>The chaining key, the transcript's hash and the key in force. Source: Noise revision 34, section 5.2.</summary>
internal struct SymmetricState
{
    private Key32 _ck;
    private Key32 _h;
    private Key32 _k;
    private ulong _n;
    private bool _hasKey;

    internal SymmetricState(ReadOnlySpan<byte> protocolName)
    {
        // Both names are 32 bytes or shorter, so the name itself is the first hash; a longer one would be hashed.
        protocolName.CopyTo(_h.Span);
        _h.Span.CopyTo(_ck.Span);
    }

    internal void MixHash(scoped ReadOnlySpan<byte> data)
    {
        // One-shot hashing costs no allocation, and everything mixed here fits a small buffer.
        Span<byte> input = stackalloc byte[Key32.Size + MaxMixed];
        _h.Span.CopyTo(input);
        data.CopyTo(input[Key32.Size..]);
        Sodium.Sha256(input[..(Key32.Size + data.Length)], _h.Span);
    }

    internal void MixKey(scoped ReadOnlySpan<byte> ikm)
    {
        Hkdf2(ikm, _ck.Span, _k.Span);
        _n = 0;
        _hasKey = true;
    }

    /// <summary>Writes <paramref name="plaintext"/>, sealed once there is a key, and returns the bytes written.</summary>
    internal int EncryptAndHash(scoped ReadOnlySpan<byte> plaintext, scoped Span<byte> output)
    {
        var length = SealedSize(plaintext.Length);
        if (_hasKey) CipherState.EncryptWithAd(_k.Span, ref _n, _h.Span, plaintext, output);
        else plaintext.CopyTo(output);
        MixHash(output[..length]);
        return length;
    }

    internal bool DecryptAndHash(scoped ReadOnlySpan<byte> input, scoped Span<byte> plaintext)
    {
        if (_hasKey)
        {
            if (!CipherState.DecryptWithAd(_k.Span, ref _n, _h.Span, input, plaintext)) return false;
        }
        else
        {
            input.CopyTo(plaintext);
        }
        MixHash(input);
        return true;
    }

    /// <summary>What <paramref name="length"/> bytes take once sealed.</summary>
    internal readonly int SealedSize(int length) => _hasKey ? length + Sodium.TagSize : length;

    /// <summary>The two transport keys, the initiator's first.</summary>
    internal void Split(scoped Span<byte> first, scoped Span<byte> second) => Hkdf2([], first, second);

    internal void CopyHash(scoped Span<byte> hash) => _h.Span.CopyTo(hash);

    internal void Wipe()
    {
        _ck.Wipe();
        _h.Wipe();
        _k.Wipe();
    }

    // Noise's HKDF with two outputs; the chaining key is the salt and may be the first of them.
    private void Hkdf2(scoped ReadOnlySpan<byte> ikm, scoped Span<byte> first, scoped Span<byte> second)
    {
        Span<byte> temp = stackalloc byte[Key32.Size];
        Span<byte> chained = stackalloc byte[Key32.Size + 1];
        Sodium.HmacSha256(_ck.Span, ikm, temp);
        Sodium.HmacSha256(temp, [1], first);
        first.CopyTo(chained);
        chained[Key32.Size] = 2;
        Sodium.HmacSha256(temp, chained, second);
        CryptographicOperations.ZeroMemory(temp);
        CryptographicOperations.ZeroMemory(chained);
    }

    /// <summary>The longest input of <see cref="MixHash"/> in bytes: a handshake payload and its tag, or a prologue.</summary>
    internal const int MaxMixed = HandshakeState.MaxPayload + Sodium.TagSize;
}
