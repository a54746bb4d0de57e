using System.Formats.Cbor;
using Akka.Actor;
using Akka.Serialization;
using Coffer.Crypto.Keys;
using Coffer.Crypto.Sealing;
using Coffer.Server.Catalog;
using Coffer.Server.Coffers;

namespace Coffer.Server.Serialization;

/// <summary>The bytes of what crosses nodes: a CBOR array for each manifest, its fields in the order of the record.</summary>
/// <remarks>
/// A manifest's fields never change; a message that needs more gets a new manifest, which readers know a version before writers use it.
/// tests/Coffer.Server.Tests reads the bytes of earlier versions.
/// </remarks>
public sealed class CofferSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    private const string GetCoffer = "get-coffer/1";
    private const string CofferFound = "coffer-found/1";
    private const string CofferMissing = "coffer-missing/1";
    private const string CofferUnavailable = "coffer-unavailable/1";
    private const string RevisionMoved = "revision-moved/1";
    private const string RevisionConfirmed = "revision-confirmed/1";

    /// <summary>The messages that this serializer has manifests for.</summary>
    public static readonly Type[] Types = [typeof(ICofferMessage), typeof(ICofferReply), typeof(ICatalogSignal)];

    /// <inheritdoc/>
    public override int Identifier => 9187;

    /// <inheritdoc/>
    public override string Manifest(object o) => o switch
    {
        CofferQueries.GetCoffer => GetCoffer,
        CofferReplies.CofferFound => CofferFound,
        CofferReplies.CofferMissing => CofferMissing,
        CofferReplies.CofferUnavailable => CofferUnavailable,
        CatalogSignals.RevisionMoved => RevisionMoved,
        CatalogSignals.RevisionConfirmed => RevisionConfirmed,
        _ => throw new ArgumentException($"{o.GetType()} does not cross nodes", nameof(o)),
    };

    /// <inheritdoc/>
    public override byte[] ToBinary(object obj)
    {
        var writer = new CborWriter(CborConformanceMode.Strict);
        switch (obj)
        {
            case CofferQueries.GetCoffer query:
                writer.WriteStartArray(2);
                writer.WriteByteString(query.Owner.Span);
                writer.WriteInt64(query.AtLeast);
                break;
            case CofferReplies.CofferFound found:
                writer.WriteStartArray(3);
                writer.WriteTextString(found.Name);
                writer.WriteInt64(found.Coffer.Revision);
                writer.WriteByteString(found.Coffer.Bytes.Span);
                break;
            case CatalogSignals.RevisionMoved moved:
                writer.WriteStartArray(1);
                writer.WriteInt64(moved.Revision);
                break;
            case CatalogSignals.RevisionConfirmed confirmed:
                writer.WriteStartArray(1);
                writer.WriteInt64(confirmed.Revision);
                break;
            default:
                writer.WriteStartArray(0);
                break;
        }
        writer.WriteEndArray();
        return writer.Encode();
    }

    /// <inheritdoc/>
    public override object FromBinary(byte[] bytes, string manifest)
    {
        var reader = new CborReader(bytes, CborConformanceMode.Strict);
        reader.ReadStartArray();
        return manifest switch
        {
            GetCoffer => new CofferQueries.GetCoffer(new PublicKey(reader.ReadByteString()), reader.ReadInt64()),
            CofferFound => new CofferReplies.CofferFound(reader.ReadTextString(), new SealedCoffer(reader.ReadInt64(), reader.ReadByteString())),
            CofferMissing => CofferReplies.CofferMissing.Instance,
            CofferUnavailable => CofferReplies.CofferUnavailable.Instance,
            RevisionMoved => new CatalogSignals.RevisionMoved(reader.ReadInt64()),
            RevisionConfirmed => new CatalogSignals.RevisionConfirmed(reader.ReadInt64()),
            _ => throw new System.Runtime.Serialization.SerializationException($"no message is called {manifest}: another node runs a newer version"),
        };
    }
}
