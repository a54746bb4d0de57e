using Coffer.Operations.Palettes;

namespace Coffer.Operations.Tests;

public sealed class OperationCallSpecs
{
    [Fact]
    public void Hands_out_what_was_given()
    {
        var call = Made(CofferPalette.Load, new("dry-run", "true"), new("expect", "7"), new("name", "a b"));

        Assert.Equal((true, false, 7L, "a b"), (call.Flag(CofferPalette.DryRun), call.Flag(CofferPalette.AllowRollback), call.Number(CofferPalette.Expect), call.Text(CofferPalette.FileName)));
        Assert.Null(call.Text(CofferPalette.Search));
    }

    [Theory]
    [InlineData("expect", "-1")]
    [InlineData("expect", "99999999999999999999")]
    [InlineData("expect", "")]
    [InlineData("dry-run", "yes")]
    [InlineData("dryrun", "true")]
    public void Refuses_what_it_does_not_know(string name, string value)
    {
        Assert.False(OperationCall.TryMake(CofferPalette.Load, [new(name, value)], null, "", out _, out var refusal));
        Assert.Equal((OperationFault.Usage, 1), (refusal.Fault, refusal.Errors.Count));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    public void Refuses_a_name_or_key_that_is_empty_and_says_so(string value)
    {
        Assert.False(OperationCall.TryMake(CofferPalette.ClientDetail, [new("client", value)], null, "", out _, out var refusal));
        Assert.Equal("client: is empty, expected NAME|KEY", Assert.Single(refusal.Errors));
    }

    [Fact]
    public void Is_a_command_where_a_setting_is_set()
    {
        Assert.False(Made(LogPalette.Level).IsCommand);
        Assert.True(Made(LogPalette.Level, new KeyValuePair<string, string>("level", "debug")).IsCommand);
        Assert.False(Made(CofferPalette.Clients, new KeyValuePair<string, string>("search", "shop")).IsCommand);
        Assert.True(Made(ClusterPalette.Leave).IsCommand);
    }

    private static OperationCall Made(Operation operation, params KeyValuePair<string, string>[] given)
    {
        Assert.True(OperationCall.TryMake(operation, given, null, "uid 0", out var call, out _));
        return call;
    }
}
