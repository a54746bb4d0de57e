using Coffer.Crypto.Keys;
using Coffer.Server.Hosting;
using Coffer.Server.Membership;

namespace Coffer.Server.Tests.Membership;

/// <summary>What two nodes must have the same to be in one cluster, as their configuration files say it.</summary>
public sealed class CommonGroundSpecs : IDisposable
{
    private static readonly PublicKey Ours = Generated();

    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Theory]
    [InlineData("", "")]
    [InlineData("", "coffer.catalog.lease = 10s\ncoffer.coffers.shards = 128")]
    [InlineData("coffer.catalog.lease = 10s", "coffer.catalog.lease = 10000ms")]
    [InlineData("coffer.catalog.lease = 10000", "coffer { catalog { lease = \"10 seconds\" } }")]
    [InlineData("coffer.catalog.lease = 1.13m", "coffer.catalog.lease = 67800ms")]
    [InlineData("coffer.catalog.lease = 4.02s", "coffer.catalog.lease = 4020ms")]
    [InlineData("coffer.catalog.renew-lease-after = 1s\ncoffer.catalog.keep-revisions = 3", "coffer.coffers.passivate-after = 1m")]
    public void Nodes_that_are_set_up_alike_match_however_it_is_written(string one, string other)
    {
        Assert.Null(Ground(one).Compare(Ground(other)));
        Assert.Null(Ground(other).Compare(Ground(one)));
    }

    [Theory]
    [InlineData("coffer.catalog.lease = 20s", "coffer.catalog.lease", "20s", "10s")]
    [InlineData("coffer.catalog.lease = 10001ms", "coffer.catalog.lease", "10001ms", "10s")]
    [InlineData("coffer.catalog.lease = 2m", "coffer.catalog.lease", "120s", "10s")]
    [InlineData("coffer.coffers.shards = 1024", "coffer.coffers.shards", "1024", "128")]
    [InlineData("coffer.catalog.lease = 20s\ncoffer.coffers.shards = 1024", "coffer.catalog.lease", "20s", "10s")]
    public void Another_value_of_a_setting_is_named_with_both_values_and_what_to_do(string hocon, string setting, string own, string other)
    {
        var difference = new Difference(setting, own, other, ExitCode.Usage, $"{setting} in --config is the same on all nodes of a cluster; to change it, stop all of them first");

        Assert.Equal(difference, Ground(hocon).Compare(Ground("")));
        Assert.Equal(difference with { Own = other, Other = own }, Ground("").Compare(Ground(hocon)));
    }

    [Fact]
    public void Another_key_is_named_before_settings()
    {
        var key = Generated();

        var difference = Ground("").Compare(Ground("coffer.catalog.lease = 20s") with { Server = key });

        Assert.Equal(("server key", Ours.ToString(), key.ToString(), ExitCode.Key), (difference?.What, difference?.Own, difference?.Other, difference?.ExitCode));
    }

    private CommonGround Ground(string hocon)
    {
        File.WriteAllText(_file, hocon + "\n");
        return CommonGround.Of(Ours, ServerConfig.Read(_file, cluster: null));
    }

    private static PublicKey Generated()
    {
        using var pair = KeyPair.Generate();
        return pair.PublicKey;
    }
}
