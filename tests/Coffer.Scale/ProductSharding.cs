using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Akka.Actor;
using Akka.Cluster;
using Akka.Cluster.Sharding;
using Akka.Configuration;
using Akka.Util;
using Coffer.Server.Coffers;
using Coffer.Server.Hosting;

namespace Coffer.Scale;

/// <summary>The rules by which the product places shards: the strategy that Akka makes of the configuration of a node, in an actor system that joins nobody and is told who the members are.</summary>
internal sealed class ProductSharding : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    // Looking costs time.
    private static readonly TimeSpan LeastInterval = TimeSpan.FromMilliseconds(100);

    private readonly ActorSystem _system;
    private readonly Cluster _cluster;
    private readonly ActorSelection _view;
    private readonly IShardAllocationStrategy _strategy;

    private ProductSharding(ServerConfig config, int? shards)
    {
        // It talks to nobody, so Akka's own transport does, which needs nothing of a node.
        var alone = ConfigurationFactory.ParseString("""
            akka.loglevel = OFF
            akka.remote.enabled-transports = ["akka.remote.dot-netty.tcp"]
            akka.remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0 }
            akka.coordinated-shutdown.run-by-clr-shutdown-hook = off
            """).WithFallback(config.Hocon);
        _system = ActorSystem.Create("scale", alone);
        _cluster = Cluster.Get(_system);
        _view = _system.ActorSelection("/system/clusterEventBusListener");
        AwaitFirstState();
        var sharding = ClusterSharding.Get(_system);
        var settings = ClusterShardingSettings.Create(_system);
        _strategy = sharding.DefaultShardAllocationStrategy(settings);
        ((IActorSystemDependentAllocationStrategy)_strategy).Start(_system);
        RebalanceInterval = settings.TuningParameters.RebalanceInterval.TotalSeconds;
        PassivateAfter = config.Coffers.PassivateAfter.TotalSeconds;
        Patient = config.Sessions.Coffer.TotalSeconds;
        Shards = shards ?? config.Coffers.Shards;
        LargestFrame = (long)config.Hocon.GetByteSize("akka.remote.sockets.maximum-frame-size")!;
    }

    /// <summary>How many shards there are.</summary>
    internal int Shards { get; }

    /// <summary>Seconds between two looks at the balance.</summary>
    internal double RebalanceInterval { get; }

    /// <summary>Seconds without a question after which an entity leaves memory at the next look, of which there are two in that time.</summary>
    internal double PassivateAfter { get; }

    /// <summary>The most that goes from node to node at a time, bytes.</summary>
    internal long LargestFrame { get; }

    /// <summary>Seconds that a session waits for an entity before it answers <c>unavailable</c>.</summary>
    internal double Patient { get; }

    /// <summary>The rules of a node of a cluster with the operator's file, if there is one.</summary>
    /// <param name="operatorsFile">The file, or null.</param>
    /// <param name="shards">Another number of shards than it says.</param>
    /// <exception cref="StartupException">No node would start with the file, or it has no rules to go by.</exception>
    internal static ProductSharding Of(string? operatorsFile, int? shards)
    {
        var self = NodeAddress.Parse("127.0.0.1:9190", provider: null);
        var config = ServerConfig.Read(operatorsFile, new ClusterOptions(self, [self], Certificates: null));
        try
        {
            RefuseNoInterval(config.Hocon);
            return new ProductSharding(config, shards);
        }
        // Of what Akka reads, and a node would stumble over.
        catch (Exception e) when (e is FormatException or ConfigurationException)
        {
            throw new StartupException(ExitCode.Usage, $"{operatorsFile}: {e.Message}");
        }
    }

    private static void RefuseNoInterval(Config config)
    {
        const string Path = "akka.cluster.sharding.rebalance-interval";
        if (config.GetTimeSpan(Path) < LeastInterval) throw new StartupException(ExitCode.Usage, $"configuration: {Path} is {config.GetString(Path)}, expected 100ms or more");
    }

    /// <summary>From now on these are the members.</summary>
    internal void SetMembers(IEnumerable<(Region Region, MemberStatus Status, bool IsReachable)> nodes)
    {
        var members = nodes.Select(node => (Member: NewMember(null, new UniqueAddress(node.Region.Address, node.Region.Number + 1), node.Region.Number + 1, node.Status, [CofferRegistration.Role], AppVersion.Zero), node.IsReachable)).ToArray();
        var state = new ClusterEvent.CurrentClusterState(
            [.. members.Select(member => member.Member)], [.. members.Where(member => !member.IsReachable).Select(member => member.Member)], [], leader: null, ImmutableDictionary<string, Address>.Empty);
        _view.Tell(state);
        // Taken over by an actor; what else that hears of copies the members as they are.
        if (!SpinWait.SpinUntil(() => ReferenceEquals(_cluster.State.Members, state.Members), Patience)) throw new TimeoutException("the cluster's view has not taken over the simulated members");
    }

    /// <summary>Where a shard goes.</summary>
    internal Region Place(string shard, IImmutableDictionary<IActorRef, IImmutableList<string>> regions) => (Region)Now(_strategy.AllocateShard(ActorRefs.Nobody, shard, regions));

    /// <summary>Which shards leave their nodes now.</summary>
    internal IEnumerable<int> Move(IImmutableDictionary<IActorRef, IImmutableList<string>> regions, IImmutableSet<string> moving) =>
        Now(_strategy.Rebalance(regions, moving)).Select(int.Parse).Order();

    /// <summary>What the coordinator writes for each shard that it places, bytes as they go from node to node.</summary>
    internal int StateSize(IImmutableDictionary<IActorRef, IImmutableList<string>> regions)
    {
        var homes = regions.SelectMany(region => region.Value.Select(shard => KeyValuePair.Create(shard, region.Key))).ToImmutableDictionary();
        var state = NewState(homes, regions, ImmutableHashSet<IActorRef>.Empty, ImmutableHashSet<string>.Empty, rememberEntities: false);
        return _system.Serialization.FindSerializerFor(state).ToBinary(state).Length;
    }

    public async ValueTask DisposeAsync() => await _system.Terminate();

    // The view asks for the cluster's state when it starts, and the answer would undo what it is told before: once somebody who asks later is answered, it was, too.
    private void AwaitFirstState()
    {
        using var inbox = Inbox.Create(_system);
        _view.Tell(new Identify(null), inbox.Receiver);
        inbox.Receive(Patience);
        _cluster.Subscribe(inbox.Receiver, typeof(ClusterEvent.IMemberEvent));
        inbox.Receive(Patience);
    }

    private static T Now<T>(Task<T> decided) => decided.IsCompleted ? decided.Result : throw new InvalidOperationException("the strategy has not decided at once");

    [UnsafeAccessor(UnsafeAccessorKind.StaticMethod, Name = "Create")]
    private static extern Member NewMember(Member? type, UniqueAddress address, int upNumber, MemberStatus status, ImmutableHashSet<string> roles, AppVersion version);

    [UnsafeAccessor(UnsafeAccessorKind.Constructor)]
    [return: UnsafeAccessorType("Akka.Cluster.Sharding.ShardCoordinator+CoordinatorState, Akka.Cluster.Sharding")]
    private static extern object NewState(
        IImmutableDictionary<string, IActorRef> shards, IImmutableDictionary<IActorRef, IImmutableList<string>> regions, IImmutableSet<IActorRef> regionProxies, IImmutableSet<string> unallocatedShards, bool rememberEntities);
}

/// <summary>The shard region of a simulated node.</summary>
/// <param name="number">The node's.</param>
/// <param name="domain">What its host is in: node-17.<paramref name="domain"/>.</param>
internal sealed class Region(int number, string domain = "example.com") : MinimalActorRef
{
    // Akka draws one for each actor: most have as many digits.
    private const long Uid = 1514656719;

    /// <summary>By number: of two regions that are as good, a strategy takes the first.</summary>
    internal static readonly IComparer<IActorRef> Order = Comparer<IActorRef>.Create((one, other) => ((Region)one).Number.CompareTo(((Region)other).Number));

    /// <summary>The node's, counted from 0.</summary>
    internal int Number => number;

    internal Address Address { get; } = new("akka.ssl.tcp", "coffer", $"node-{number}.{domain}", 9190);

    public override ActorPath Path => (new RootActorPath(Address) / "system" / "sharding" / CofferRegistration.TypeName).WithUid(Uid);

    public override IActorRefProvider Provider => throw new NotSupportedException("nobody is behind a simulated region");
}
