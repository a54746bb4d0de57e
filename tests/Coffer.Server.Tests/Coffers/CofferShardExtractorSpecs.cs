using System.Security.Cryptography;
using Coffer.Crypto.Keys;
using Coffer.Server.Coffers;

namespace Coffer.Server.Tests.Coffers;

/// <summary>Every node and every version must send a client to the same entity and shard.</summary>
public sealed class CofferShardExtractorSpecs
{
    private readonly CofferShardExtractor _extractor = new(128);

    [Theory]
    [InlineData("00000000", "0")]
    [InlineData("0000007F", "127")]
    [InlineData("00000080", "0")]
    [InlineData("01020304", "4")]
    [InlineData("FFFFFFFF", "127")]
    public void Takes_the_shard_from_the_first_32_bits(string start, string shard)
    {
        var owner = new PublicKey(Convert.FromHexString(start.PadRight(2 * PublicKey.Size, 'A')));
        var query = new CofferQueries.GetCoffer(owner, 1);

        Assert.Equal(shard, _extractor.ShardId(query));
        Assert.Equal(shard, _extractor.ShardId(_extractor.EntityId(query)!));
        Assert.Same(query, _extractor.EntityMessage(query));
    }

    [Fact]
    public void The_id_of_an_entity_is_its_owner()
    {
        var owner = new PublicKey(RandomNumberGenerator.GetBytes(PublicKey.Size));

        Assert.Equal(owner, CofferShardExtractor.OwnerOf(CofferShardExtractor.EntityIdOf(owner)));
        Assert.Equal(64, CofferShardExtractor.EntityIdOf(owner).Length);
    }

    [Fact]
    public void Any_other_message_is_nobodys()
    {
        Assert.Null(_extractor.EntityId(new object()));
        Assert.Null(_extractor.ShardId(new object()));
    }

    [Fact]
    public void Uses_every_shard()
    {
        var shards = Enumerable.Range(0, 10_000).Select(_ => _extractor.ShardId(new CofferQueries.GetCoffer(new PublicKey(RandomNumberGenerator.GetBytes(PublicKey.Size)), 1)));

        Assert.Equal(128, shards.Distinct().Count());
    }
}
