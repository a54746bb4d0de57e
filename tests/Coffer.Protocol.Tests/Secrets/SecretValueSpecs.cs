using System.Globalization;
using Coffer.Protocol.Secrets;

namespace Coffer.Protocol.Tests.Secrets;

public sealed class SecretValueSpecs
{
    private static readonly SecretValue[] OfEveryKind =
    [
        SecretValue.OfText("hunter2"),
        SecretValue.OfInteger(20_261_124),
        SecretValue.OfFloat(20_261_124.5),
        SecretValue.OfBoolean(true),
        SecretValue.OfDate(SecretKind.OffsetDateTime, "2026-11-24T10:00:00.50-07:30"),
        SecretValue.OfDate(SecretKind.LocalDateTime, "2026-11-24T10:00:00"),
        SecretValue.OfDate(SecretKind.LocalDate, "2026-11-24"),
        SecretValue.OfDate(SecretKind.LocalTime, "10:00:00"),
    ];

    [Fact]
    public void Has_a_case_for_every_kind() => Assert.Equal(Enum.GetValues<SecretKind>(), OfEveryKind.Select(v => v.Kind));

    [Fact]
    public void Prints_its_kind_and_never_its_value()
    {
        Assert.All(OfEveryKind, value =>
        {
            Assert.Equal($"<{value.Kind}>", value.ToString());
            Assert.Equal($"<{value.Kind}>", $"{value}");
            Assert.Equal($"[k, <{value.Kind}>]", KeyValuePair.Create("k", value).ToString());
        });
    }

    [Fact]
    public void Has_no_property_that_holds_the_value()
    {
        Assert.Equal(["Kind"], typeof(SecretValue).GetProperties().Select(p => p.Name));
        Assert.Empty(typeof(SecretValue).GetFields());
    }

    [Fact]
    public void Reveals_what_it_was_made_of()
    {
        Assert.Equal("hunter2", OfEveryKind[0].RevealText());
        Assert.Equal(20_261_124, OfEveryKind[1].RevealInteger());
        Assert.Equal(20_261_124.5, OfEveryKind[2].RevealFloat());
        Assert.True(OfEveryKind[3].RevealBoolean());
        Assert.Equal(["2026-11-24T10:00:00.50-07:30", "2026-11-24T10:00:00", "2026-11-24", "10:00:00"], OfEveryKind[4..].Select(v => v.RevealDate()));
    }

    [Fact]
    public void Throws_without_its_value_when_asked_for_another_kind()
    {
        foreach (var value in OfEveryKind)
        {
            var asked = new (bool Fits, Action Ask)[]
            {
                (value.Kind == SecretKind.Text, () => value.RevealText()),
                (value.Kind == SecretKind.Integer, () => value.RevealInteger()),
                (value.Kind == SecretKind.Float, () => value.RevealFloat()),
                (value.Kind == SecretKind.Boolean, () => value.RevealBoolean()),
                (value.Kind >= SecretKind.OffsetDateTime, () => value.RevealDate()),
            };
            foreach (var (_, ask) in asked.Where(a => !a.Fits))
                Assert.DoesNotContain(value.RevealAsText(), Assert.Throws<InvalidOperationException>(ask).Message, StringComparison.Ordinal);
            Assert.Single(asked, a => a.Fits);
        }
    }

    [Fact]
    public void Equals_its_like_and_no_other()
    {
        var again = new[]
        {
            SecretValue.OfText("hunter2"), SecretValue.OfInteger(20_261_124), SecretValue.OfFloat(20_261_124.5), SecretValue.OfBoolean(true),
            SecretValue.OfDate(SecretKind.OffsetDateTime, "2026-11-24T10:00:00.50-07:30"), SecretValue.OfDate(SecretKind.LocalDateTime, "2026-11-24T10:00:00"),
            SecretValue.OfDate(SecretKind.LocalDate, "2026-11-24"), SecretValue.OfDate(SecretKind.LocalTime, "10:00:00"),
        };

        for (var i = 0; i < again.Length; i++)
            for (var j = 0; j < again.Length; j++)
            {
                Assert.Equal(i == j, OfEveryKind[i].Equals(again[j]));
                Assert.Equal(i == j, OfEveryKind[i].Equals((object)again[j]));
                if (i == j) Assert.Equal(OfEveryKind[i].GetHashCode(), again[j].GetHashCode());
            }
        Assert.All(OfEveryKind, value => Assert.False(value.Equals(null)));
    }

    [Fact]
    public void Tells_values_apart_that_look_alike()
    {
        var alike = new[]
        {
            SecretValue.OfText("1"), SecretValue.OfText("1.0"), SecretValue.OfText("true"), SecretValue.OfText("2026-11-24"), SecretValue.OfText(""), SecretValue.OfInteger(1),
            SecretValue.OfInteger(0), SecretValue.OfFloat(1), SecretValue.OfFloat(0), SecretValue.OfFloat(-0.0), SecretValue.OfBoolean(true), SecretValue.OfBoolean(false),
            SecretValue.OfDate(SecretKind.LocalDate, "2026-11-24"), SecretValue.OfDate(SecretKind.LocalTime, "10:00:00"), SecretValue.OfDate(SecretKind.LocalTime, "10:00:00.0"),
            SecretValue.OfText("é"), SecretValue.OfText("e\u0301"), SecretValue.OfFloat(double.NaN),
        };

        Assert.Equal(alike.Length, alike.Distinct().Count());
    }

    [Fact]
    public void Takes_every_nan_for_the_same()
    {
        var other = SecretValue.OfFloat(BitConverter.Int64BitsToDouble(unchecked((long)0xfff8_0000_0000_0001)));

        Assert.Equal(SecretValue.OfFloat(double.NaN), other);
        Assert.Equal(SecretValue.OfFloat(double.NaN).GetHashCode(), other.GetHashCode());
    }

    [Theory]
    [InlineData(0.0, "0.0")]
    [InlineData(-0.0, "-0.0")]
    [InlineData(1.0, "1.0")]
    [InlineData(0.1, "0.1")]
    [InlineData(1e15, "1000000000000000.0")]
    [InlineData(1e300, "1E+300")]
    [InlineData(5e-324, "5E-324")]
    [InlineData(double.NaN, "nan")]
    [InlineData(double.PositiveInfinity, "inf")]
    [InlineData(double.NegativeInfinity, "-inf")]
    public void Writes_a_float_as_toml_does(double number, string text)
    {
        Assert.Equal(text, SecretValue.OfFloat(number).RevealAsText());
        if (double.IsFinite(number)) Assert.Equal(BitConverter.DoubleToInt64Bits(number), BitConverter.DoubleToInt64Bits(double.Parse(text, CultureInfo.InvariantCulture)));
    }

    [Fact]
    public void Writes_the_others_as_toml_does_with_strings_bare()
    {
        Assert.Equal("-9223372036854775808", SecretValue.OfInteger(long.MinValue).RevealAsText());
        Assert.Equal("9223372036854775807", SecretValue.OfInteger(long.MaxValue).RevealAsText());
        Assert.Equal("true", SecretValue.OfBoolean(true).RevealAsText());
        Assert.Equal("false", SecretValue.OfBoolean(false).RevealAsText());
        Assert.Equal("\"quoted\"\n", SecretValue.OfText("\"quoted\"\n").RevealAsText());
        Assert.Equal("2026-11-24T10:00:00.50-07:30", OfEveryKind[4].RevealAsText());
    }

    [Fact]
    public void Refuses_a_date_that_is_none_without_repeating_it()
    {
        var refused = Assert.Throws<ArgumentException>(() => SecretValue.OfDate(SecretKind.LocalDate, "hunter2"));
        Assert.DoesNotContain("hunter2", refused.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => SecretValue.OfDate(SecretKind.Text, "2026-11-24"));
    }
}
