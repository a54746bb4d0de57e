using Coffer.Protocol.Secrets;

namespace Coffer.Protocol.Tests.Secrets;

public sealed class DateTextSpecs
{
    [Theory]
    [InlineData("0000-02-29")]
    [InlineData("0001-01-01")]
    [InlineData("2000-02-29")]
    [InlineData("2024-02-29")]
    [InlineData("9999-12-31")]
    public void Takes_days_that_exist(string text)
    {
        Assert.True(DateText.IsValid(SecretKind.LocalDate, text));
        Assert.True(DateText.IsValid(SecretKind.LocalDateTime, text + "T00:00:00"));
        Assert.True(DateText.IsValid(SecretKind.OffsetDateTime, text + "T00:00:00Z"));
    }

    [Theory]
    [InlineData("1900-02-29")]
    [InlineData("2023-02-29")]
    [InlineData("2026-00-01")]
    [InlineData("2026-13-01")]
    [InlineData("2026-01-00")]
    [InlineData("2026-01-32")]
    [InlineData("2026-04-31")]
    [InlineData("2026-1-01")]
    [InlineData("026-01-01")]
    [InlineData("12026-01-01")]
    [InlineData("-026-01-01")]
    [InlineData("2026/01/01")]
    [InlineData("2026-01-0x")]
    [InlineData("２０２６-01-01")]
    [InlineData("2026-01-01 ")]
    [InlineData("")]
    public void Refuses_days_that_do_not(string text)
    {
        Assert.False(DateText.IsValid(SecretKind.LocalDate, text));
        Assert.False(DateText.IsValid(SecretKind.LocalDateTime, text + "T00:00:00"));
        Assert.False(DateText.IsValid(SecretKind.OffsetDateTime, text + "T00:00:00Z"));
    }

    [Theory]
    [InlineData("00:00:00")]
    [InlineData("23:59:59")]
    [InlineData("23:59:60")]
    [InlineData("10:00:00.0")]
    [InlineData("10:00:00.123456789012345678901234567890")]
    public void Takes_times_with_any_fraction(string text)
    {
        Assert.True(DateText.IsValid(SecretKind.LocalTime, text));
        Assert.True(DateText.IsValid(SecretKind.LocalDateTime, "2026-11-24T" + text));
        Assert.True(DateText.IsValid(SecretKind.OffsetDateTime, $"2026-11-24T{text}-23:59"));
    }

    [Theory]
    [InlineData("24:00:00")]
    [InlineData("10:60:00")]
    [InlineData("10:00:61")]
    [InlineData("10:00")]
    [InlineData("1:00:00")]
    [InlineData("10.00.00")]
    [InlineData("10:00:00.")]
    [InlineData("10:00:00,5")]
    [InlineData("10:00:00.5x")]
    [InlineData("10:00:00 ")]
    [InlineData("")]
    public void Refuses_times_that_are_none(string text)
    {
        Assert.False(DateText.IsValid(SecretKind.LocalTime, text));
        Assert.False(DateText.IsValid(SecretKind.LocalDateTime, "2026-11-24T" + text));
        Assert.False(DateText.IsValid(SecretKind.OffsetDateTime, $"2026-11-24T{text}Z"));
    }

    [Theory]
    [InlineData("Z", true)]
    [InlineData("+00:00", true)]
    [InlineData("-00:00", true)]
    [InlineData("+23:59", true)]
    [InlineData("", false)]
    [InlineData("z", false)]
    [InlineData("ZZ", false)]
    [InlineData("+24:00", false)]
    [InlineData("+00:60", false)]
    [InlineData("+0000", false)]
    [InlineData("+00:0", false)]
    [InlineData("~00:00", false)]
    [InlineData("\u221200:00", false)]
    public void Takes_offsets_of_rfc_3339_and_no_other(string offset, bool taken)
    {
        Assert.Equal(taken, DateText.IsValid(SecretKind.OffsetDateTime, "2026-11-24T10:00:00" + offset));
        Assert.Equal(taken, DateText.IsValid(SecretKind.OffsetDateTime, "2026-11-24T10:00:00.5" + offset));
    }

    [Theory]
    [InlineData("2026-11-24t10:00:00")]
    [InlineData("2026-11-24 10:00:00")]
    [InlineData("2026-11-2410:00:00")]
    [InlineData("2026-11-24T")]
    public void Refuses_what_stands_for_the_t(string text) => Assert.False(DateText.IsValid(SecretKind.LocalDateTime, text));

    [Theory]
    [InlineData(SecretKind.Text)]
    [InlineData(SecretKind.Integer)]
    [InlineData(SecretKind.Float)]
    [InlineData(SecretKind.Boolean)]
    public void Finds_no_date_of_a_kind_that_is_none(SecretKind kind) => Assert.False(DateText.IsValid(kind, "2026-11-24"));
}
