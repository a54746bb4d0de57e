namespace Coffer.CommandLine.Tests;

public sealed class WordsSpecs
{
    [Theory]
    [InlineData("plain é漢😀", "\"plain é漢😀\"")]
    [InlineData("a\"b\\c", "\"a\\\"b\\\\c\"")]
    [InlineData("\u001b[2J\n\u0085", "\"\\u001b[2J\\u000a\\u0085\"")]
    [InlineData("\u202e\u2066\u2028\u2029\U000e0041", "\"\\u202e\\u2066\\u2028\\u2029\\udb40\\udc41\"")]
    public void Quotes_a_name_so_that_no_terminal_obeys_it(string name, string quoted) => Assert.Equal(quoted, Words.Quoted(name));

    [Fact]
    public void Says_whatever_it_is_in_one_line() => Assert.EndsWith(": error: a\\u000ab\\u202ec\n", Words.LineOf("error", "a\nb\u202ec"), StringComparison.Ordinal);
}
