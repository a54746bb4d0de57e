using System.Text;
using Coffer.Protocol.Cbor;
using Coffer.Protocol.Secrets;

namespace Coffer.Protocol.Tests.Cbor;

public sealed class CofferCborSpecs
{
    // One secret under the key "k": array of 1, map of 2, "key", "k", "value"; the value follows.
    private const string OneSecret = "81 a2 63 6b6579 61 6b 65 76616c7565 ";

    /// <summary>The encoding of each value, written by hand from RFC 8949 and protocol.md section 5.</summary>
    public static TheoryData<string, string> Values => new()
    {
        { "text:", "60" },
        { "text:a", "61 61" },
        { "text:ü", "62 c3bc" },
        { "text:水", "63 e6b0b4" },
        { "text:😀", "64 f09f9880" },
        { "text:23 letters, one header.", "77 3233206c6574746572732c206f6e65206865616465722e" },
        { "text:24 letters, two of them.", "78 18 3234206c6574746572732c2074776f206f66207468656d2e" },
        { "integer:0", "00" },
        { "integer:23", "17" },
        { "integer:24", "18 18" },
        { "integer:255", "18 ff" },
        { "integer:256", "19 0100" },
        { "integer:65535", "19 ffff" },
        { "integer:65536", "1a 00010000" },
        { "integer:4294967295", "1a ffffffff" },
        { "integer:4294967296", "1b 0000000100000000" },
        { "integer:9223372036854775807", "1b 7fffffffffffffff" },
        { "integer:-1", "20" },
        { "integer:-24", "37" },
        { "integer:-25", "38 18" },
        { "integer:-257", "39 0100" },
        { "integer:-9223372036854775808", "3b 7fffffffffffffff" },
        { "float:0", "fb 0000000000000000" },
        { "float:-0", "fb 8000000000000000" },
        { "float:1", "fb 3ff0000000000000" },
        { "float:1.1", "fb 3ff199999999999a" },
        { "float:5E-324", "fb 0000000000000001" },
        { "float:1.7976931348623157E+308", "fb 7fefffffffffffff" },
        { "float:Infinity", "fb 7ff0000000000000" },
        { "float:-Infinity", "fb fff0000000000000" },
        { "float:NaN", "fb 7ff8000000000000" },
        { "boolean:False", "f4" },
        { "boolean:True", "f5" },
        { "OffsetDateTime:2026-11-24T10:00:00Z", "c0 74 323032362d31312d32345431303a30303a30305a" },
        { "OffsetDateTime:2026-11-24T10:00:00.120-07:30", "c0 78 1d 323032362d31312d32345431303a30303a30302e3132302d30373a3330" },
        { "LocalDateTime:2026-11-24T10:00:00", "d9 8021 73 323032362d31312d32345431303a30303a3030" },
        { "LocalDate:2026-11-24", "d9 03ec 6a 323032362d31312d3234" },
        { "LocalTime:23:59:59.000", "d9 8022 6c 32333a35393a35392e303030" },
    };

    [Theory]
    [MemberData(nameof(Values))]
    public void Encodes_a_value_as_the_standard_writes_it_and_reads_it_back(string value, string hex)
    {
        var coffer = Coffer(("k", Value(value)));
        var expected = Bytes(OneSecret + hex);

        Assert.Equal(Convert.ToHexString(expected), Convert.ToHexString(CofferCbor.Encode(coffer)));
        Assert.True(CofferCbor.TryDecode(expected, out var decoded));
        AssertEqual(coffer, decoded);
    }

    [Fact]
    public void Encodes_an_empty_coffer_as_an_empty_array()
    {
        Assert.Equal([0x80], CofferCbor.Encode(OpenCoffer.Empty));
        Assert.True(CofferCbor.TryDecode(new byte[] { 0x80 }, out var decoded));
        Assert.Empty(decoded.Secrets);
    }

    [Fact]
    public void Orders_secrets_by_the_bytes_of_their_keys_whatever_order_they_came_in()
    {
        // U+FF5E is beyond the surrogates in UTF-16 and before U+1F600 in UTF-8; "a" is a prefix of "aa" and "" of both.
        var coffer = Coffer(("😀", Value("integer:5")), ("～", Value("integer:4")), ("aa", Value("integer:2")), ("Z", Value("integer:1")), ("ü", Value("integer:3")), ("a", Value("integer:0")), ("", Value("integer:9")));

        var expected = Bytes("""
            87
            a2 63 6b6579 60             65 76616c7565 09
            a2 63 6b6579 61 5a          65 76616c7565 01
            a2 63 6b6579 61 61          65 76616c7565 00
            a2 63 6b6579 62 6161        65 76616c7565 02
            a2 63 6b6579 62 c3bc        65 76616c7565 03
            a2 63 6b6579 63 efbd9e      65 76616c7565 04
            a2 63 6b6579 64 f09f9880    65 76616c7565 05
            """);
        Assert.Equal(Convert.ToHexString(expected), Convert.ToHexString(CofferCbor.Encode(coffer)));
        Assert.True(CofferCbor.TryDecode(expected, out var decoded));
        AssertEqual(coffer, decoded);
    }

    [Fact]
    public void Reads_back_generated_coffers_and_encodes_them_the_same_again()
    {
        var random = new Random(7);
        for (var i = 0; i < 500; i++)
        {
            var coffer = GeneratedCoffer.Of(random, random.Next(40));

            var encoded = CofferCbor.Encode(coffer);

            Assert.True(CofferCbor.TryDecode(encoded, out var decoded));
            AssertEqual(coffer, decoded);
            Assert.Equal(encoded, CofferCbor.Encode(decoded));
        }
    }

    [Theory]
    // No coffer.
    [InlineData("")]
    [InlineData("a0")]
    [InlineData("00")]
    [InlineData("60")]
    [InlineData("f6")]
    [InlineData("c0 80")]
    [InlineData("d9d9f7 80")]
    [InlineData("81 80")]
    [InlineData("81 00")]
    [InlineData("81 a0")]
    [InlineData("81 a1 63 6b6579 61 6b")]
    // Keys of the map: one unknown, in the place of each or beside both; one twice; the other order.
    [InlineData("81 a2 63 6b6578 61 6b 65 76616c7565 00")]
    [InlineData("81 a2 63 6b6579 61 6b 65 76616c7566 00")]
    [InlineData("81 a3 63 6b6579 61 6b 65 76616c7565 00 66 76616c756565 00")]
    [InlineData("81 a2 63 6b6579 61 6b 63 6b6579 61 6b")]
    [InlineData("81 a2 65 76616c7565 00 63 6b6579 61 6b")]
    [InlineData("81 a2 43 6b6579 61 6b 65 76616c7565 00")]
    [InlineData("81 a2 00 61 6b 65 76616c7565 00")]
    // The key's name is text.
    [InlineData("81 a2 63 6b6579 00 65 76616c7565 00")]
    [InlineData("81 a2 63 6b6579 41 6b 65 76616c7565 00")]
    // Secrets: one key twice, the wrong order, the wrong order beyond the basic plane.
    [InlineData("82 a2 63 6b6579 61 6b 65 76616c7565 00 a2 63 6b6579 61 6b 65 76616c7565 00")]
    [InlineData("82 a2 63 6b6579 61 6b 65 76616c7565 00 a2 63 6b6579 61 6b 65 76616c7565 01")]
    [InlineData("82 a2 63 6b6579 61 6c 65 76616c7565 00 a2 63 6b6579 61 6b 65 76616c7565 00")]
    [InlineData("82 a2 63 6b6579 64 f09f9880 65 76616c7565 00 a2 63 6b6579 63 efbd9e 65 76616c7565 00")]
    // More or fewer than announced, and something left over.
    [InlineData("81")]
    [InlineData("82 a2 63 6b6579 61 6b 65 76616c7565 00")]
    [InlineData("80 00")]
    [InlineData("80 80")]
    [InlineData("9a 7fffffff")]
    [InlineData("9a ffffffff")]
    [InlineData("9b 7fffffffffffffff")]
    [InlineData("9b ffffffffffffffff")]
    // Not the shortest form: of the array's, the map's and a text's length.
    [InlineData("98 00")]
    [InlineData("98 01 a2 63 6b6579 61 6b 65 76616c7565 00")]
    [InlineData("81 b8 02 63 6b6579 61 6b 65 76616c7565 00")]
    [InlineData("81 a2 78 03 6b6579 61 6b 65 76616c7565 00")]
    [InlineData("81 a2 63 6b6579 78 01 6b 65 76616c7565 00")]
    // Indefinite lengths: the array, the map, a text.
    [InlineData("9f ff")]
    [InlineData("9f a2 63 6b6579 61 6b 65 76616c7565 00 ff")]
    [InlineData("81 bf 63 6b6579 61 6b 65 76616c7565 00 ff")]
    [InlineData("81 a2 63 6b6579 7f 61 6b ff 65 76616c7565 00")]
    [InlineData("81 a2 7f 63 6b6579 ff 61 6b 65 76616c7565 00")]
    public void Refuses_what_is_no_coffer_in_the_one_encoding(string hex)
    {
        Assert.False(CofferCbor.TryDecode(Bytes(hex), out var coffer));
        Assert.Null(coffer);
    }

    [Theory]
    // Types that no secret has.
    [InlineData("f6")]
    [InlineData("f7")]
    [InlineData("f0")]
    [InlineData("40")]
    [InlineData("41 61")]
    [InlineData("80")]
    [InlineData("a0")]
    // Integers: not the shortest form, and beyond 64 bits with a sign.
    [InlineData("18 17")]
    [InlineData("19 00ff")]
    [InlineData("1a 0000ffff")]
    [InlineData("1b 00000000ffffffff")]
    [InlineData("38 17")]
    [InlineData("1b 8000000000000000")]
    [InlineData("1b ffffffffffffffff")]
    [InlineData("3b 8000000000000000")]
    [InlineData("3b ffffffffffffffff")]
    [InlineData("c2 41 01")]
    // Floats of other widths.
    [InlineData("f9 3c00")]
    [InlineData("f9 7e00")]
    [InlineData("fa 3f800000")]
    [InlineData("fa 7f800000")]
    // Simple values in two bytes.
    [InlineData("f8 14")]
    [InlineData("f8 15")]
    // Text: not UTF-8, a surrogate, overlong, not the shortest length, in chunks.
    [InlineData("61 ff")]
    [InlineData("61 c3")]
    [InlineData("63 eda080")]
    [InlineData("62 c080")]
    [InlineData("78 01 61")]
    [InlineData("7f 61 61 ff")]
    // Dates: other tags, a tag twice, a tag of nothing, a tag of another type, a tag in a longer form.
    [InlineData("c1 74 323032362d31312d32345431303a30303a30305a")]
    [InlineData("d8 64 6a 323032362d31312d3234")]
    [InlineData("d9 8023 6a 323032362d31312d3234")]
    [InlineData("c0 c0 74 323032362d31312d32345431303a30303a30305a")]
    [InlineData("c0")]
    [InlineData("c0 00")]
    [InlineData("d9 03ec 19 07ea")]
    [InlineData("d8 00 74 323032362d31312d32345431303a30303a30305a")]
    [InlineData("da 000003ec 6a 323032362d31312d3234")]
    public void Refuses_a_value_that_is_none(string hex)
    {
        Assert.False(CofferCbor.TryDecode(Bytes(OneSecret + hex), out _));
    }

    [Theory]
    [InlineData("c0", "2026-11-24T10:00:00")]
    [InlineData("c0", "2026-11-24")]
    [InlineData("c0", "2026-02-29T10:00:00Z")]
    [InlineData("c0", "2026-11-24t10:00:00z")]
    [InlineData("c0", "")]
    [InlineData("d98021", "2026-11-24T10:00:00Z")]
    [InlineData("d98021", "2026-11-24 10:00:00")]
    [InlineData("d903ec", "2026-11-24T10:00:00")]
    [InlineData("d903ec", "2026-13-24")]
    [InlineData("d903ec", "2026-11-2\u0664")]
    [InlineData("d98022", "24:00:00")]
    [InlineData("d98022", "10:00")]
    public void Refuses_a_date_that_does_not_belong_to_its_tag(string tag, string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);

        Assert.False(CofferCbor.TryDecode(Bytes($"{OneSecret}{tag} {0x60 + utf8.Length:x2} {Convert.ToHexString(utf8)}"), out _));
    }

    [Theory]
    [InlineData(OpenCoffer.MaxEncodedSize - 1, true)]
    [InlineData(OpenCoffer.MaxEncodedSize, true)]
    [InlineData(OpenCoffer.MaxEncodedSize + 1, false)]
    public void Takes_a_coffer_of_one_mebibyte_and_no_more(int size, bool taken)
    {
        // Beyond the text itself there are the secret's own bytes and a length in four.
        var text = new string('x', size - Bytes(OneSecret).Length - 5);
        var encoded = CofferCbor.Encode(Coffer(("k", SecretValue.OfText(text))));
        Assert.Equal(size, encoded.Length);

        Assert.Equal(taken, CofferCbor.TryDecode(encoded, out var coffer));
        if (taken) Assert.Equal(text, coffer!.Find("k")!.RevealText());
    }

    [Theory]
    [InlineData(0x81)]
    [InlineData(0xa1)]
    [InlineData(0xc0)]
    [InlineData(0x9f)]
    [InlineData(0xbf)]
    public void Refuses_a_mebibyte_of_nesting(byte header)
    {
        var nested = new byte[OpenCoffer.MaxEncodedSize];
        Array.Fill(nested, header);

        Assert.False(CofferCbor.TryDecode(nested, out _));
        var inValue = (byte[])[.. Bytes(OneSecret), .. nested[..^Bytes(OneSecret).Length]];
        Assert.False(CofferCbor.TryDecode(inValue, out _));
    }

    [Fact]
    public void Refuses_every_truncation()
    {
        var encoded = CofferCbor.Encode(GeneratedCoffer.Of(new Random(8), 30));

        for (var length = 0; length < encoded.Length; length++) Assert.False(CofferCbor.TryDecode(encoded.AsMemory(0, length), out _));
    }

    [Fact]
    public void Refuses_or_reads_as_its_only_encoding_what_was_mutated_at_random()
    {
        var random = new Random(9);
        var taken = 0;
        for (var i = 0; i < 10_000; i++)
        {
            var mutated = CofferCbor.Encode(GeneratedCoffer.Of(random, 1 + random.Next(6)));
            for (var changes = 1 + random.Next(3); changes > 0; changes--) mutated = Mutate(random, mutated);

            if (!CofferCbor.TryDecode(mutated, out var coffer)) continue;
            taken++;
            // Nothing else that is taken has a second encoding; a NaN alone may have come with other bits.
            if (!coffer.Secrets.Any(s => s.Value.Equals(SecretValue.OfFloat(double.NaN)))) Assert.Equal(mutated, CofferCbor.Encode(coffer));
        }
        Assert.InRange(taken, 1, 9_999);
    }

    [Fact]
    public void Never_throws_on_random_bytes()
    {
        var random = new Random(10);
        for (var i = 0; i < 10_000; i++)
        {
            var bytes = new byte[random.Next(100)];
            random.NextBytes(bytes);
            Assert.False(CofferCbor.TryDecode((byte[])[.. Bytes("81 a2 63 6b6579 61 6b"), .. bytes], out _));
        }
    }

    [Fact]
    public void Takes_every_nan_for_the_same()
    {
        Assert.True(CofferCbor.TryDecode(Bytes(OneSecret + "fb fff8000000000001"), out var coffer));
        Assert.Equal(SecretValue.OfFloat(double.NaN), coffer.Find("k"));
    }

    private static byte[] Mutate(Random random, byte[] bytes)
    {
        var at = random.Next(bytes.Length);
        var value = (byte)random.Next(256);
        switch (random.Next(4))
        {
            case 0:
                bytes[at] = value;
                return bytes;
            case 1:
                bytes[at] ^= (byte)(1 << random.Next(8));
                return bytes;
            case 2:
                return [.. bytes[..at], value, .. bytes[at..]];
            default:
                return bytes.Length == 1 ? bytes : [.. bytes[..at], .. bytes[(at + 1)..]];
        }
    }

    private static SecretValue Value(string described)
    {
        var (kind, text) = (described[..described.IndexOf(':', StringComparison.Ordinal)], described[(described.IndexOf(':', StringComparison.Ordinal) + 1)..]);
        var culture = System.Globalization.CultureInfo.InvariantCulture;
        return kind switch
        {
            "text" => SecretValue.OfText(text),
            "integer" => SecretValue.OfInteger(long.Parse(text, culture)),
            "float" => SecretValue.OfFloat(double.Parse(text, culture)),
            "boolean" => SecretValue.OfBoolean(bool.Parse(text)),
            _ => SecretValue.OfDate(Enum.Parse<SecretKind>(kind), text),
        };
    }

    private static OpenCoffer Coffer(params (string Key, SecretValue Value)[] secrets) => OpenCoffer.Of(secrets.Select(s => KeyValuePair.Create(s.Key, s.Value)));

    private static void AssertEqual(OpenCoffer expected, OpenCoffer actual)
    {
        Assert.Equal(expected.Secrets.Select(s => s.Key), actual.Secrets.Select(s => s.Key));
        Assert.Equal(expected.Secrets.Select(s => s.Value), actual.Secrets.Select(s => s.Value));
    }

    private static byte[] Bytes(string hex) => Convert.FromHexString(string.Concat(hex.Where(c => !char.IsWhiteSpace(c))));
}
