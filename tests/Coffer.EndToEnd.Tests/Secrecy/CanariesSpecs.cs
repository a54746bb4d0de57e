using System.Globalization;
using System.Text;

namespace Coffer.EndToEnd.Tests.Secrecy;

/// <summary>A search that finds nothing proves something only where it would have found it.</summary>
public sealed class CanariesSpecs
{
    private const string Secret = "canary-4f1c+/9z";
    private const long Number = 0x1a2b3c4d5e6f7081;

    public static TheoryData<string, byte[]> Forms()
    {
        var utf8 = Encoding.UTF8.GetBytes(Secret);
        return new()
        {
            { "plain", utf8 },
            { "UTF-16", Encoding.Unicode.GetBytes(Secret) },
            { "hexadecimal", Encoding.ASCII.GetBytes(Convert.ToHexString(utf8)) },
            { "small hexadecimal", Encoding.ASCII.GetBytes(Convert.ToHexStringLower(utf8)) },
            { "BitConverter", Encoding.ASCII.GetBytes(BitConverter.ToString(utf8)) },
            { "base64", Encoding.ASCII.GetBytes(Convert.ToBase64String(utf8)) },
            { "base64 one byte in", Encoding.ASCII.GetBytes(Convert.ToBase64String([1, .. utf8, 2, 3])) },
            { "base64 two bytes in", Encoding.ASCII.GetBytes(Convert.ToBase64String([1, 2, .. utf8, 3])) },
        };
    }

    public static TheoryData<string, byte[]> NumberForms() => new()
    {
        { "digits", Encoding.UTF8.GetBytes(Number.ToString(CultureInfo.InvariantCulture)) },
        { "digits in UTF-16", Encoding.Unicode.GetBytes(Number.ToString(CultureInfo.InvariantCulture)) },
        { "the highest byte first", [0x1a, 0x2b, 0x3c, 0x4d, 0x5e, 0x6f, 0x70, 0x81] },
        { "the lowest byte first", [0x81, 0x70, 0x6f, 0x5e, 0x4d, 0x3c, 0x2b, 0x1a] },
        { "CBOR", [0x1b, 0x1a, 0x2b, 0x3c, 0x4d, 0x5e, 0x6f, 0x70, 0x81] },
        { "hexadecimal", "1a2b3c4d5e6f7081"u8.ToArray() },
        { "base64", Encoding.ASCII.GetBytes(Convert.ToBase64String([0x81, 0x70, 0x6f, 0x5e, 0x4d, 0x3c, 0x2b, 0x1a])) },
    };

    [Theory]
    [MemberData(nameof(NumberForms))]
    public void Finds_a_number_in_every_form(string form, byte[] bytes)
    {
        var canaries = new Canaries();
        canaries.Plant("a number", Number);

        canaries.Collect(form, [0, .. bytes, 0]);

        Assert.Contains(canaries.Found(), found => found.EndsWith($"is in {form}", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Finds_a_canary_in_every_form(string form, byte[] bytes)
    {
        var canaries = new Canaries();
        canaries.Plant("a secret", Secret);

        canaries.Collect(form, [0, .. bytes, 0]);

        Assert.Contains(canaries.Found(), found => found.EndsWith($"is in {form}", StringComparison.Ordinal));
    }

    [Fact]
    public void Finds_nothing_where_nothing_is()
    {
        var canaries = new Canaries();
        canaries.Plant("a secret", Secret);

        canaries.Collect("elsewhere", "canary-4f1d, and Y2FuYXJ5LTRmMWQ=");

        Assert.Empty(canaries.Found());
    }
}
