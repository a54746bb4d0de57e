namespace Coffer.Crypto.Keys;

/// <summary>The u-coordinates whose multiples by any clamped scalar are zero.</summary>
/// <remarks>
/// The points of order 1, 2, 4 and 8 on the curve and its twist, and the forms of them that are not reduced modulo 2^255 - 19; the highest bit
/// is ignored, as X25519 does. A list and not a trial multiplication, which takes 30 µs for each of a definition's keys.
/// Source: RFC 7748 sections 5 and 6.1; https://cr.yp.to/ecdh.html, "How do I validate Curve25519 public keys?".
/// </remarks>
internal static class LowOrderPoints
{
    private static readonly byte[][] Points =
    [
        Convert.FromHexString("0000000000000000000000000000000000000000000000000000000000000000"),
        Convert.FromHexString("0100000000000000000000000000000000000000000000000000000000000000"),
        Convert.FromHexString("E0EB7A7C3B41B8AE1656E3FAF19FC46ADA098DEB9C32B1FD866205165F49B800"),
        Convert.FromHexString("5F9C95BCA3508C24B1D0B1559C83EF5B04445CC4581C8E86D8224EDDD09F1157"),
        Convert.FromHexString("ECFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF7F"),
        Convert.FromHexString("EDFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF7F"),
        Convert.FromHexString("EEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF7F"),
    ];

    internal static bool Contains(ReadOnlySpan<byte> point)
    {
        var last = point.Length - 1;
        foreach (var known in Points)
            if (point[..last].SequenceEqual(known.AsSpan(0, last)) && (point[last] & 0x7F) == known[last]) return true;
        return false;
    }
}
