using System.Formats.Asn1;

namespace Coffer.Crypto.Keys;

/// <summary>The DER of keys: what algorithm it is for, and the X25519 key in it.</summary>
/// <remarks>
/// OneAsymmetricKey (RFC 5958) of either version, with attributes and public key allowed and passed over, as RFC 8410 section 7 has them;
/// SubjectPublicKeyInfo (RFC 5280). Nothing may follow the structure.
/// </remarks>
internal static class Pkcs8
{
    private const string X25519 = "1.3.101.110";

    /// <summary>Copies the scalar of an X25519 secret key into <paramref name="scalar"/>, 32 bytes.</summary>
    /// <returns>What the DER was: the name of its algorithm, or null where it is no secret key at all. True only for <c>X25519</c> with 32 bytes.</returns>
    internal static bool TryReadSecret(ReadOnlySpan<byte> der, Span<byte> scalar, out string? algorithm)
    {
        algorithm = null;
        try
        {
            if (!TrySequence(der, out var key)) return false;
            if (!AsnDecoder.TryReadInt32(key, AsnEncodingRules.DER, out var version, out var read) || version is not (0 or 1)) return false;
            key = key[read..];
            algorithm = ReadAlgorithm(ref key);
            if (algorithm != nameof(X25519)) return false;

            var outer = ReadOctets(ref key);
            var inner = ReadOctets(ref outer);
            if (inner.Length != scalar.Length || !outer.IsEmpty) return false;
            inner.CopyTo(scalar);
            return true;
        }
        catch (AsnContentException)
        {
            return false;
        }
    }

    /// <summary>Copies the point of an X25519 public key into <paramref name="point"/>, 32 bytes; else as <see cref="TryReadSecret"/>.</summary>
    internal static bool TryReadPublic(ReadOnlySpan<byte> der, Span<byte> point, out string? algorithm)
    {
        algorithm = null;
        try
        {
            if (!TrySequence(der, out var key)) return false;
            algorithm = ReadAlgorithm(ref key);
            if (algorithm != nameof(X25519)) return false;
            if (!AsnDecoder.TryReadPrimitiveBitString(key, AsnEncodingRules.DER, out var unused, out var bits, out var read)) return false;
            if (unused != 0 || read != key.Length || bits.Length != point.Length) return false;
            bits.CopyTo(point);
            return true;
        }
        catch (AsnContentException)
        {
            return false;
        }
    }

    private static bool TrySequence(ReadOnlySpan<byte> der, out ReadOnlySpan<byte> content)
    {
        AsnDecoder.ReadSequence(der, AsnEncodingRules.DER, out var offset, out var length, out var read);
        content = der.Slice(offset, length);
        return read == der.Length;
    }

    private static string ReadAlgorithm(ref ReadOnlySpan<byte> key)
    {
        AsnDecoder.ReadSequence(key, AsnEncodingRules.DER, out var offset, out var length, out var read);
        var oid = AsnDecoder.ReadObjectIdentifier(key.Slice(offset, length), AsnEncodingRules.DER, out _);
        key = key[read..];
        return oid switch
        {
            X25519 => nameof(X25519),
            "1.3.101.111" => "X448",
            "1.3.101.112" => "Ed25519",
            "1.3.101.113" => "Ed448",
            "1.2.840.113549.1.1.1" => "RSA",
            "1.2.840.10045.2.1" => "elliptic curve",
            _ => $"algorithm {oid}",
        };
    }

    private static ReadOnlySpan<byte> ReadOctets(ref ReadOnlySpan<byte> from)
    {
        if (!AsnDecoder.TryReadPrimitiveOctetString(from, AsnEncodingRules.DER, out var octets, out var read)) return [];
        from = from[read..];
        return octets;
    }
}
