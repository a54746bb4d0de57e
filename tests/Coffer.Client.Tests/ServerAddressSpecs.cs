using Xunit;

namespace Coffer.Client.Tests;

public sealed class ServerAddressSpecs
{
    [Theory]
    [InlineData("coffer.example", "coffer.example", 9187)]
    [InlineData("coffer.example:1", "coffer.example", 1)]
    [InlineData(" 10.0.0.1:65535 ", "10.0.0.1", 65535)]
    [InlineData("::1", "::1", 9187)]
    [InlineData("[::1]", "::1", 9187)]
    [InlineData("[fe80::2]:80", "fe80::2", 80)]
    public void Reads_names_and_addresses_with_and_without_a_port(string text, string host, int port)
    {
        Assert.True(ServerAddress.TryRead(text, out var address));

        Assert.Equal((host, port), (address.Host, address.Port));
        Assert.True(ServerAddress.TryRead(address.ToString(), out var again));
        Assert.Equal(address, again);
    }

    [Theory]
    [InlineData("")]
    [InlineData(":9187")]
    [InlineData("a:")]
    [InlineData("a:0")]
    [InlineData("a:65536")]
    [InlineData("a:-1")]
    [InlineData("a:+1")]
    [InlineData("a:b")]
    [InlineData("a:1:2")]
    [InlineData("[a]:1")]
    [InlineData("[::1")]
    [InlineData("[::1]1")]
    [InlineData("a b:1")]
    [InlineData("http://a:1")]
    [InlineData("user@a:1")]
    public void Refuses_what_is_neither(string text) => Assert.False(ServerAddress.TryRead(text, out _));

    [Fact]
    public void Names_the_part_of_a_list_that_is_no_address()
    {
        Assert.False(ServerAddress.TryReadList("a:1,,b:2", out _, out var wrong));
        Assert.Equal("", wrong);

        Assert.False(ServerAddress.TryReadList("a:1,b:x", out _, out wrong));
        Assert.Equal("b:x", wrong);

        Assert.True(ServerAddress.TryReadList("a:1, b", out var both, out _));
        Assert.Equal(["a:1", "b:9187"], both.Select(a => a.ToString()));
    }
}
