using Coffer.Crypto.Keys;
using Coffer.Server.Coffers;

namespace Coffer.Server.Metrics;

/// <summary>Counts this node's live entities by shard, as they start and stop. Thread safe.</summary>
/// <remarks>The probe's entity is not counted: it would keep a node that nobody asks from ever being at zero.</remarks>
public sealed class LiveEntities(int shards, PublicKey probe)
{
    private readonly int[] _perShard = new int[shards];
    private int _count;

    /// <summary>How many there are.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>How many shards hold one at least.</summary>
    public int Shards => _perShard.Count(entities => entities > 0);

    /// <summary>The entity of <paramref name="owner"/> is live.</summary>
    public void Started(PublicKey owner) => Add(owner, 1);

    /// <summary>The entity of <paramref name="owner"/> has left memory.</summary>
    public void Stopped(PublicKey owner) => Add(owner, -1);

    private void Add(PublicKey owner, int change)
    {
        if (owner == probe) return;
        Interlocked.Add(ref _count, change);
        Interlocked.Add(ref _perShard[CofferShardExtractor.ShardOf(owner, _perShard.Length)], change);
    }
}
