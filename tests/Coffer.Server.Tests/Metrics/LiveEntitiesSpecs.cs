using Coffer.Crypto.Keys;
using Coffer.Server.Metrics;

namespace Coffer.Server.Tests.Metrics;

public sealed class LiveEntitiesSpecs
{
    private readonly PublicKey _probe = KeyOf(shard: 1, 9);

    [Fact]
    public void Counts_entities_and_the_shards_that_hold_one()
    {
        var live = new LiveEntities(4, _probe);

        foreach (var owner in new[] { KeyOf(0, 1), KeyOf(0, 2), KeyOf(3, 3) }) live.Started(owner);

        Assert.Equal((3, 2), (live.Count, live.Shards));

        live.Stopped(KeyOf(3, 3));
        Assert.Equal((2, 1), (live.Count, live.Shards));
    }

    [Fact]
    public void Does_not_count_the_probe()
    {
        var live = new LiveEntities(4, _probe);

        live.Started(_probe);

        Assert.Equal((0, 0), (live.Count, live.Shards));
    }

    // The first 32 bits decide the shard.
    private static PublicKey KeyOf(byte shard, byte which)
    {
        var bytes = new byte[PublicKey.Size];
        (bytes[3], bytes[31]) = (shard, which);
        return new PublicKey(bytes);
    }
}
