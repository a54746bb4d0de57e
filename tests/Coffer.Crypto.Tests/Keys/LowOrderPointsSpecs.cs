using System.Security.Cryptography;
using Coffer.Crypto.Keys;

namespace Coffer.Crypto.Tests.Keys;

public unsafe class LowOrderPointsSpecs
{
    private const string PrimeMinusOne = "ECFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF7F";

    [Theory]
    [MemberData(nameof(LowOrderForms.All), MemberType = typeof(LowOrderForms))]
    public void Knows_each_point_that_libsodium_multiplies_to_zero(string hex)
    {
        var point = Convert.FromHexString(hex);

        Assert.True(LowOrderPoints.Contains(point));
        Assert.False(Multiplies(point));
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
