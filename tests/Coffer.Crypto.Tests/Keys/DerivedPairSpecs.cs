using Coffer.Crypto.Keys;

namespace Coffer.Crypto.Tests.Keys;

public sealed class DerivedPairSpecs
{
    [Fact]
    public void Is_the_same_one_for_the_same_purpose_and_pair_alone()
    {
        using var pair = KeyPair.Generate();
        using var other = KeyPair.Generate();
        using var derived = pair.Derive("purpose"u8);
        using var again = pair.Derive("purpose"u8);
        using var otherPurpose = pair.Derive("purpose 2"u8);
        using var ofOther = other.Derive("purpose"u8);

        Assert.Equal(derived.PublicKey, again.PublicKey);
        Assert.Equal(4, new HashSet<PublicKey> { pair.PublicKey, derived.PublicKey, otherPurpose.PublicKey, ofOther.PublicKey }.Count);
    }

    [Fact]
    public void A_disposed_pair_derives_none()
    {
        var pair = KeyPair.Generate();
        pair.Dispose();

        Assert.Throws<ObjectDisposedException>(() => pair.Derive("purpose"u8));
    }
}
