using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Configuration;
using Akka.Serialization;

namespace Coffer.Server.Serialization;

/// <summary>Stands in the place of Akka's serializers for whatever else: objects of any .NET type as JSON, and actors to be made from afar. Nothing of ours needs them.</summary>
/// <remarks>What has no serializer of its own cannot leave a node, and bytes that ask for any type cannot enter one.</remarks>
public sealed class RefusingSerializer : Serializer
{
    public RefusingSerializer(ExtendedActorSystem system) : base(system)
    {
    }

    /// <summary>As Akka makes one that has settings: <paramref name="_"/> are those of JSON.</summary>
    public RefusingSerializer(ExtendedActorSystem system, Config _) : base(system)
    {
    }

    /// <summary>Akka's for JSON.</summary>
    public override int Identifier => 1;

    /// <inheritdoc/>
    public override bool IncludeManifest => false;

    /// <inheritdoc/>
    public override byte[] ToBinary(object obj) => throw new SerializationException($"{obj.GetType()} does not cross nodes");

    /// <inheritdoc/>
    public override object FromBinary(byte[] bytes, Type type) => throw new SerializationException("an object of any type does not cross nodes");
}
