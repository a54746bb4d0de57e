namespace Coffer.Crypto.Tests.Keys;

/// <summary>Every encoding of a point of order 1, 2, 4 or 8 on the curve or its twist: reduced, not reduced, and with the bit that X25519 ignores.</summary>
internal static class LowOrderForms
{
    private static readonly string[] Reduced =
    [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "E0EB7A7C3B41B8AE1656E3FAF19FC46ADA098DEB9C32B1FD866205165F49B800",
        "5F9C95BCA3508C24B1D0B1559C83EF5B04445CC4581C8E86D8224EDDD09F1157",
        "ECFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF7F",
        "EDFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF7F",
        "EEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF7F",
    ];

    public static TheoryData<string> All => [.. Reduced, .. Reduced.Select(WithHighBit)];

    private static string WithHighBit(string hex)
    {
        var point = Convert.FromHexString(hex);
        point[^1] |= 0x80;
        return Convert.ToHexString(point);
    }
}
