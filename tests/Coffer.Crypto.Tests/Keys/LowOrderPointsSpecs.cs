using System.Security.Cryptography;
using Coffer.Crypto.Keys;

namespace Coffer.Crypto.Tests.Keys;

public unsafe class LowOrderPointsSpecs
{
    private const string PrimeMinusOne = "ECFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF7F";

    [Theory]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("0100000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("E0EB7A7C3B41B8AE1656E3FAF19FC46ADA098DEB9C32B1FD866205165F49B800")]
    [InlineData("5F9C95BCA3508C24B1D0B1559C83EF5B04445CC4581C8E86D8224EDDD09F1157")]
    [InlineData(PrimeMinusOne)]
    [InlineData("EDFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF7F")]
    [InlineData("EEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF7F")]
    public void Knows_each_point_that_libsodium_multiplies_to_zero(string hex)
    {
        var point = Convert.FromHexString(hex);
        var withHighBit = point.ToArray();
        withHighBit[^1] |= 0x80;

        Assert.True(LowOrderPoints.Contains(point));
        Assert.True(LowOrderPoints.Contains(withHighBit));
        Assert.False(Multiplies(point));
        Assert.False(Multiplies(withHighBit));
    }

    [Fact]
    public void Agrees_with_libsodium_on_every_small_coordinate_and_every_one_near_the_prime()
    {
        for (var distance = 0; distance < 256; distance++)
        {
            var small = new byte[PublicKey.Size];
            small[0] = (byte)distance;
            var large = Convert.FromHexString(PrimeMinusOne);
            large[0] = (byte)distance;

            Assert.Equal(!Multiplies(small), LowOrderPoints.Contains(small));
            Assert.Equal(!Multiplies(large), LowOrderPoints.Contains(large));
        }
    }

    [Fact]
    public void Leaves_ordinary_keys_alone()
    {
        for (var i = 0; i < 100; i++)
            Assert.False(LowOrderPoints.Contains(RandomNumberGenerator.GetBytes(PublicKey.Size)));
    }

    private static bool Multiplies(byte[] point)
    {
        var scalar = RandomNumberGenerator.GetBytes(PublicKey.Size);
        var product = new byte[PublicKey.Size];
        fixed (byte* q = product, n = scalar, p = point) return Sodium.ScalarMult(q, n, p);
    }
}
