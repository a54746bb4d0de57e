namespace Coffer.Crypto.Keys;

/// <summary>The u-coordinates whose multiples by any clamped scalar are zero.</summary>
internal static class LowOrderPoints
{
    /// <summary>Asks libsodium itself: a clamped scalar is a multiple of 8, so only points of order dividing 8 give zero.</summary>
    internal static unsafe bool Contains(ReadOnlySpan<byte> point)
    {
        Span<byte> product = stackalloc byte[Sodium.KeySize];
        fixed (byte* n = AnyScalar)
        fixed (byte* p = point)
        fixed (byte* q = product)
            return !Sodium.ScalarMult(q, n, p);
    }

    private static ReadOnlySpan<byte> AnyScalar => [8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 64];
}
