using System.Text;
using Coffer.Protocol.Secrets;

namespace Coffer.Protocol.Tests.Secrets;

public sealed class OpenCofferSpecs
{
    [Fact]
    public void Orders_any_two_keys_as_their_utf8_bytes_are_ordered()
    {
        var random = new Random(11);
        // Around every place where the encodings change their order: ASCII, two and three bytes, both sides of the surrogates, beyond them.
        int[] edges = [0x01, 0x61, 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xff5e, 0xffff, 0x10000, 0x103ff, 0x10400, 0x1f600, 0x10ffff];
        var keys = Enumerable.Range(0, 400).Select(_ => string.Concat(Enumerable.Range(0, random.Next(4)).Select(_ => new Rune(edges[random.Next(edges.Length)]).ToString()))).ToArray();

        foreach (var left in keys)
            foreach (var right in keys)
                Assert.Equal(Math.Sign(Encoding.UTF8.GetBytes(left).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(right))), Math.Sign(OpenCoffer.CompareKeys(left, right)));
    }

    [Fact]
    public void Takes_secrets_in_any_order_and_finds_each()
    {
        var coffer = Of("b", "😀", "a", "～");

        Assert.Equal(["a", "b", "～", "😀"], coffer.Secrets.Select(s => s.Key));
        Assert.Equal(SecretValue.OfText("value of 😀"), coffer.Find("😀"));
        Assert.Null(coffer.Find("A"));
        Assert.Null(OpenCoffer.Empty.Find(""));
    }

    [Fact]
    public void Refuses_a_key_that_stands_twice_without_naming_its_value()
    {
        var refused = Assert.Throws<ArgumentException>(() => Of("a", "b", "a"));

        Assert.DoesNotContain("value of", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Prints_how_many_secrets_it_holds_and_not_which()
    {
        Assert.Equal("<coffer of 2>", Of("hunter", "two").ToString());
        Assert.Equal("<coffer of 0>", OpenCoffer.Empty.ToString());
    }

    private static OpenCoffer Of(params string[] keys) => OpenCoffer.Of(keys.Select(key => KeyValuePair.Create(key, SecretValue.OfText($"value of {key}"))));
}
