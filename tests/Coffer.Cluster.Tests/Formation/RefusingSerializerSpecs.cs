using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Serialization;
using Coffer.Crypto.Keys;
using Coffer.Server.Hosting;
using Coffer.Server.Membership;
using Coffer.Server.Serialization;

namespace Coffer.Cluster.Tests.Formation;

/// <summary>What a node makes of messages that name any .NET type.</summary>
public sealed class RefusingSerializerSpecs
{
    [Fact]
    public async Task Bytes_from_another_node_that_name_a_type_make_no_object_of_it()
    {
        await using var nodes = new NodesInProcess(1);
        await (await nodes.StartAsync(0)).Entering;
        using var pair = KeyPair.Generate();
        // By the transport that comes with Akka: what it sends, ours understands.
        using var peer = ActorSystem.Create(NodeHost.SystemName, ActorSystemSetup.Create(
            BootstrapSetup.Create().WithConfig(ConfigurationFactory.ParseString("""
                akka { loglevel = OFF, stdout-loglevel = OFF, actor.provider = remote, remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0 } }
                """)),
            SerializationSetup.Create(system => [SerializerDetails.Create("coffer", new CofferSerializer(system), [.. CofferSerializer.Types])])));
        var door = Door.Of(peer, Address.Parse(nodes.Addresses[0].ToAkka(overTls: false)));
        Assert.Equal("baited", Assert.IsType<Bait>(peer.Serialization.Deserialize(peer.Serialization.Serialize(new Bait()), 1, typeof(Bait).AssemblyQualifiedName!)).State);
        Assert.Equal(1, Bait.Taken);

        door.Tell(new Bait());
        // Messages from one node to an actor of another arrive in their order.
        await door.Ask<Answered>(new Knock(new CommonGround(pair.PublicKey, LeaseMilliseconds: 10_000, Shards: 128)), NodesInProcess.Patience);

        Assert.Equal(1, Bait.Taken);
        await peer.Terminate();
    }

    /// <summary>Counts how often JSON was made into it.</summary>
    private sealed class Bait
    {
        private static int _taken;

        internal static int Taken => Volatile.Read(ref _taken);

        public string State { get; init; } = "baited";

        [OnDeserialized]
        internal void Take(StreamingContext _) => Interlocked.Increment(ref _taken);
    }
}
