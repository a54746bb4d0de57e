using Akka.Cluster.Hosting;
using Akka.Cluster.Sharding;
using Akka.Hosting;
using Coffer.Server.Metrics;
using Coffer.Server.Storage;
using Microsoft.Extensions.Logging;

namespace Coffer.Server.Coffers;

/// <summary>How the entities are spread and when they leave memory. Configuration: <c>coffer.coffers</c>.</summary>
public sealed record CofferSettings(int Shards, TimeSpan PassivateAfter)
{
    /// <summary>The most shards: all of a cluster's, each with its node's address, go out in one frame (<c>maximum-frame-size</c>), and with ten a node fit there however long the hosts' names are.</summary>
    public const int MaxShards = 3000;
}

/// <summary>The key of the entities' shard region in the actor registry.</summary>
public sealed class CofferRegion;

/// <summary>Registers the entities with sharding.</summary>
public static class CofferRegistration
{
    /// <summary>The name of the entity type; part of every path between nodes.</summary>
    public const string TypeName = "coffer";

    /// <summary>The role of nodes that hold entities.</summary>
    public const string Role = "coffer";

    /// <summary>Starts the shard region under <see cref="CofferRegion"/>.</summary>
    public static AkkaConfigurationBuilder AddCoffers(
        this AkkaConfigurationBuilder builder, ICofferStore store, CofferSettings settings, LiveEntities live, ILogger<CofferEntity> log) =>
        builder.WithShardRegion<CofferRegion>(
            TypeName,
            (_, _, _) => entityId => CofferEntity.Props(CofferShardExtractor.OwnerOf(entityId), store, live, log),
            new CofferShardExtractor(settings.Shards),
            new ShardOptions { Role = Role, StateStoreMode = StateStoreMode.DData, RememberEntities = false, PassivateIdleEntityAfter = settings.PassivateAfter });
}
