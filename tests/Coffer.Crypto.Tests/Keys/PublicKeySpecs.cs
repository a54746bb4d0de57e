using Coffer.Crypto.Keys;

namespace Coffer.Crypto.Tests.Keys;

public sealed class PublicKeySpecs
{
    private const string Digits = "452B0788D96600112233445566778899AABBCCDDEEFF0102030405060708090A";
    private const string Text = "452B-0788-D966-0011-2233-4455-6677-8899-AABB-CCDD-EEFF-0102-0304-0506-0708-090A";

    private static readonly PublicKey Key = new(Convert.FromHexString(Digits));

    [Theory]
    [InlineData(Text)]
    [InlineData(Digits)]
    [InlineData("452b-0788-d966-0011-2233-4455-6677-8899-aabb-ccdd-eeff-0102-0304-0506-0708-090a")]
    [InlineData("452b0788d96600112233445566778899aabbccddeeff0102030405060708090A")]
    public void Reads_either_case_with_or_without_dashes(string text)
    {
        Assert.Equal(Key, PublicKey.Parse(text));
        Assert.True(PublicKey.TryParse(text, null, out var key));
        Assert.Equal(Key, key);
        Assert.Equal(Text, key.ToString());
    }

    [Theory]
    [InlineData("", KeyFault.Empty)]
    [InlineData("  ", KeyFault.Empty)]
    [InlineData(" " + Digits, KeyFault.NotAKey)]
    [InlineData(Text + "\n", KeyFault.NotAKey)]
    [InlineData(Text + "-", KeyFault.NotAKey)]
    [InlineData("45-2B07-88D9-6600-1122-3344-5566-7788-99AA-BBCC-DDEE-FF01-0203-0405-0607-0809-0A", KeyFault.NotAKey)]
    [InlineData("452B:0788:D966:0011:2233:4455:6677:8899:AABB:CCDD:EEFF:0102:0304:0506:0708:090A", KeyFault.NotAKey)]
    [InlineData("452B0788-D966-0011-2233-4455-6677-8899-AABB-CCDD-EEFF-0102-0304-0506-0708-090A", KeyFault.NotAKey)]
    [InlineData("452B-0788", KeyFault.WrongLength)]
    [InlineData(Digits + "00", KeyFault.WrongLength)]
    [InlineData("452G-0788-D966-0011-2233-4455-6677-8899-AABB-CCDD-EEFF-0102-0304-0506-0708-090A", KeyFault.NotAKey)]
    [InlineData("٤52B-0788-D966-0011-2233-4455-6677-8899-AABB-CCDD-EEFF-0102-0304-0506-0708-090A", KeyFault.NotAKey)]
    [InlineData("a password", KeyFault.NotAKey)]
    [InlineData("-----BEGIN PRIVATE KEY-----\nMC4CAQAw\n-----END PRIVATE KEY-----", KeyFault.SecretKey)]
    [InlineData("-----BEGIN PUBLIC KEY-----\nMCowBQYD\n-----END PUBLIC KEY-----", KeyFault.OtherKind)]
    [InlineData("-----BEGIN CERTIFICATE-----\nMCowBQYD\n-----END CERTIFICATE-----", KeyFault.OtherKind)]
    [InlineData("MC4CAQAwBQYDK2VuBCIEIIhpR6EzJ16nAf+gxR8FT/+tqtvclv23cgUCXJxFj0tZ", KeyFault.SecretKey)]
    [InlineData("MCowBQYDK2VuAyEAiGlHoTMnXqcB/6DFHwVP/62q29yW/bdyBQJcnEWPS1k=", KeyFault.OtherKind)]
    [InlineData("302E020100300506032B656E04220420" + Digits, KeyFault.SecretKey)]
    [InlineData("302E020100300506032B657004220420" + Digits, KeyFault.SecretKey)]
    [InlineData("302A300506032B656E032100" + Digits, KeyFault.OtherKind)]
    [InlineData("AGE-SECRET-KEY-1QQPZRY9X8", KeyFault.SecretKey)]
    [InlineData("age1qqpzry9x8", KeyFault.OtherKind)]
    [InlineData("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5", KeyFault.OtherKind)]
    [InlineData("yPEqJ6Ozkd0Jc7Vvq1EYu7S1mDzkqhVr8tZ4xZ0pQ3M=", KeyFault.OtherKind)]
    public void Refuses_everything_else_and_says_what_it_is(string text, KeyFault expected)
    {
        Assert.False(PublicKey.TryRead(text, out var key, out var problem));

        Assert.Equal(expected, problem.Fault);
        Assert.Equal(default, key);
        Assert.False(PublicKey.TryParse(text, null, out _));
        Assert.Equal(problem.Message, Assert.Throws<FormatException>(() => PublicKey.Parse(text)).Message);
    }

    [Theory]
    [MemberData(nameof(LowOrderForms.All), MemberType = typeof(LowOrderForms))]
    public void Refuses_low_order_points(string point)
    {
        Assert.False(PublicKey.TryRead(point, out var key, out var problem));

        Assert.Equal(KeyFault.LowOrder, problem.Fault);
        Assert.Equal(default, key);
        Assert.True(new PublicKey(Convert.FromHexString(point)).IsLowOrder);
    }

    [Fact]
    public void The_default_names_nobody()
    {
        PublicKey nobody = default;
        var zero = new PublicKey(new byte[PublicKey.Size]);

        Assert.Throws<InvalidOperationException>(() => nobody.Span.Length);
        Assert.Throws<InvalidOperationException>(() => nobody.IsLowOrder);
        Assert.Equal("(no key)", nobody.ToString());
        Assert.NotEqual(zero, nobody);
        Assert.Equal(-1, nobody.CompareTo(zero));
        Assert.Equal(1, zero.CompareTo(nobody));
        Assert.Equal(0, nobody.CompareTo(default));
    }

    [Fact]
    public void Refuses_bytes_of_another_length()
    {
        Assert.Throws<ArgumentException>(() => new PublicKey(new byte[31]));
        Assert.Throws<ArgumentException>(() => new PublicKey(new byte[33]));
    }

    [Fact]
    public void Equal_keys_are_one_name()
    {
        var same = new PublicKey(Convert.FromHexString(Digits));
        var other = PublicKey.Parse("00" + Digits[2..]);

        Assert.True(Key == same);
        Assert.True(Key != other);
        Assert.Equal(Key.GetHashCode(), same.GetHashCode());
        Assert.Equal(1, Math.Sign(Key.CompareTo(other)));
    }
}
