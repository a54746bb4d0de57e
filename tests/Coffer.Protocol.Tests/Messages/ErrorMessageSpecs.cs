using System.Text;
using Coffer.Protocol.Frames;
using Coffer.Protocol.Messages;

namespace Coffer.Protocol.Tests.Messages;

public sealed class ErrorMessageSpecs
{
    public static TheoryData<ErrorWord, string> Words => new()
    {
        { ErrorWord.Internal, "internal" },
        { ErrorWord.Busy, "busy" },
        { ErrorWord.Unavailable, "unavailable" },
        { ErrorWord.Revoked, "revoked" },
        { ErrorWord.Timeout, "timeout" },
        { ErrorWord.Violation, "violation" },
    };

    [Fact]
    public void Has_a_case_for_every_word() => Assert.Equal(Enum.GetValues<ErrorWord>().Order(), Words.Select(w => w.Data.Item1).Order());

    [Theory]
    [MemberData(nameof(Words))]
    public void Is_plain_text_before_there_is_a_key(ErrorWord word, string text)
    {
        var frame = ErrorMessage.Write(null, word, "so it is: ü");

        var expected = Encoding.UTF8.GetBytes($"{text}: so it is: ü");
        Assert.Equal([0, (byte)expected.Length, 0xff, .. expected], frame);
        Assert.Equal((word, "so it is: ü"), ErrorMessage.Parse(frame.AsSpan(3)));
    }

    [Theory]
    [MemberData(nameof(Words))]
    public void Is_sealed_once_there_is_one(ErrorWord word, string text)
    {
        using var pair = new LinkedPair();
        var plain = new byte[100];

        var frame = ErrorMessage.Write(pair.Server, word, "so it is");

        Assert.Equal(0xff, frame[2]);
        Assert.Equal(3 + 17 + text.Length + ": so it is".Length, frame.Length);
        Assert.True(SealedMessage.TryRead(pair.Client, MessageType.Error, frame.AsSpan(3), plain, out var length));
        Assert.Equal($"{text}: so it is", Encoding.UTF8.GetString(plain, 0, length));
        Assert.Equal((word, "so it is"), ErrorMessage.Parse(plain.AsSpan(0, length)));
    }

    [Theory]
    [InlineData("", ErrorWord.Internal, "")]
    [InlineData(":", ErrorWord.Internal, "")]
    [InlineData("busy", ErrorWord.Busy, "")]
    [InlineData("busy:", ErrorWord.Busy, "")]
    [InlineData("busy:later", ErrorWord.Busy, "later")]
    [InlineData(" busy: later \n", ErrorWord.Busy, "later")]
    [InlineData("BUSY: later", ErrorWord.Internal, "later")]
    [InlineData("busybody: later", ErrorWord.Internal, "later")]
    [InlineData("overheated: comes with version 9", ErrorWord.Internal, "comes with version 9")]
    [InlineData("no word at all", ErrorWord.Internal, "")]
    [InlineData("timeout: a: b", ErrorWord.Timeout, "a: b")]
    [InlineData("busy: \u001b[31mred\u0007\u0085\u007f\r\nend", ErrorWord.Busy, "\\u001b[31mred\\u0007\\u0085\\u007f\\u000d\\u000aend")]
    [InlineData("busy: a\u202eb\u2066c\u2028d\u2029e\U000e0041f é漢😀", ErrorWord.Busy, "a\\u202eb\\u2066c\\u2028d\\u2029e\\udb40\\udc41f é漢😀")]
    public void Reads_any_text_and_takes_a_word_it_does_not_know_for_internal(string text, ErrorWord word, string explanation)
    {
        Assert.Equal((word, explanation), ErrorMessage.Parse(Encoding.UTF8.GetBytes(text)));
    }

    [Theory]
    [InlineData(new byte[] { 0xff })]
    [InlineData(new byte[] { 0xc3 })]
    [InlineData(new byte[] { 0xed, 0xa0, 0x80 })]
    [InlineData(new byte[] { 0xc0, 0x80 })]
    [InlineData(new byte[] { 0xf4, 0x90, 0x80, 0x80 })]
    public void Reads_on_where_the_text_is_no_utf8(byte[] broken)
    {
        var (word, explanation) = ErrorMessage.Parse([.. "busy: a"u8, .. broken, .. "b"u8]);

        Assert.Equal(ErrorWord.Busy, word);
        Assert.StartsWith("a\ufffd", explanation, StringComparison.Ordinal);
        Assert.EndsWith("b", explanation, StringComparison.Ordinal);
        Assert.Equal(ErrorWord.Internal, ErrorMessage.Parse([.. broken, .. "busy: a"u8]).Word);
    }

    [Fact]
    public void Never_throws_on_random_bytes()
    {
        var random = new Random(6);
        for (var i = 0; i < 10_000; i++)
        {
            var bytes = new byte[random.Next(100)];
            random.NextBytes(bytes);

            Assert.DoesNotContain(ErrorMessage.Parse(bytes).Explanation, char.IsControl);
        }
    }
}
