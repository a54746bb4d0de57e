using System.Buffers.Binary;
using Akka.Cluster.Sharding;
using Coffer.Crypto.Keys;

namespace Coffer.Server.Coffers;

/// <summary>Client to entity to shard. The entity's id is the public key as 64 hexadecimal digits.</summary>
/// <remarks>
/// The shard is the key's first 32 bits modulo the number of shards: public keys are as good as random. Every node of a cluster
/// must use the same number of shards, and every version the same rule.
/// </remarks>
public sealed class CofferShardExtractor(int shards) : IMessageExtractor
{
    private readonly string[] _shardIds = [.. Enumerable.Range(0, shards).Select(i => i.ToString(System.Globalization.CultureInfo.InvariantCulture))];

    public string? EntityId(object message) => message is ICofferMessage coffer ? EntityIdOf(coffer.Owner) : null;

    public object EntityMessage(object message) => message;

    public string? ShardId(object message) => message is ICofferMessage coffer ? ShardIdOf(coffer.Owner) : null;

    public string ShardId(string entityId, object? messageHint = null) => ShardIdOf(OwnerOf(entityId));

    /// <summary>The id of the entity of <paramref name="owner"/>.</summary>
    public static string EntityIdOf(PublicKey owner) => Convert.ToHexString(owner.Span);

    /// <summary>Whose entity has the id <paramref name="entityId"/>.</summary>
    public static PublicKey OwnerOf(string entityId) => new(Convert.FromHexString(entityId));

    /// <summary>Which of <paramref name="shards"/> shards the entity of <paramref name="owner"/> is in, counted from 0.</summary>
    public static int ShardOf(PublicKey owner, int shards) => (int)(BinaryPrimitives.ReadUInt32BigEndian(owner.Span) % (uint)shards);

    private string ShardIdOf(PublicKey owner) => _shardIds[ShardOf(owner, _shardIds.Length)];
}
