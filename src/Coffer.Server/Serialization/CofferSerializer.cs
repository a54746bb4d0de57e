using System.Formats.Cbor;
using Akka.Actor;
using Akka.Serialization;
using Coffer.Crypto.Keys;
using Coffer.Crypto.Sealing;
using Coffer.Server.Catalog;
using Coffer.Server.Coffers;
using Coffer.Server.Membership;

namespace Coffer.Server.Serialization;

/// <summary>The bytes of what crosses nodes: a CBOR array for each manifest, its fields in the order of the record.</summary>
/// <remarks>
/// A manifest's fields never change; a message that needs more gets a new manifest, which readers know a version before writers use it.
/// tests/Coffer.Server.Tests reads the bytes of earlier versions.
/// </remarks>
public sealed class CofferSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    private const string GetCoffer = "get-coffer/1";
    private const string GetCofferAnew = "get-coffer-anew/1";
    private const string CofferFound = "coffer-found/1";
    private const string CofferFoundAnew = "coffer-found-anew/1";
    private const string CofferMissing = "coffer-missing/1";
    private const string CofferUnavailable = "coffer-unavailable/1";
    private const string RevisionMoved = "revision-moved/1";
    private const string RevisionConfirmed = "revision-confirmed/1";
    private const string FindCatalog = "find-catalog/1";
    private const string CatalogHere = "catalog-here/1";
    private const string ProgressAsked = "progress-asked/1";
    private const string ProgressTold = "progress-told/1";
    private const string LeaseWanted = "lease-wanted/2";
    private const string LeaseGranted = "lease-granted/1";
    private const string TermAsked = "term-asked/1";
    private const string TermKnown = "term-known/1";
    private const string LoadDefinition = "load-definition/1";
    private const string RollBack = "roll-back/1";
    private const string RollBackFrom = "roll-back/2";
    private const string Revoke = "revoke/1";
    private const string Restore = "restore/1";
    private const string RevokeNamed = "revoke/2";
    private const string RestoreNamed = "restore/2";
    private const string Loaded = "loaded/1";
    private const string Unchanged = "unchanged/1";
    private const string Refused = "refused/1";
    private const string ReadPart = "read-part/1";
    private const string Part = "part/1";
    private const string Knock = "knock/3";
    private const string Answered = "answered/3";

    /// <summary>The messages that this serializer has manifests for.</summary>
    public static readonly Type[] Types = [typeof(ICofferMessage), typeof(ICofferReply), typeof(ICatalogSignal), typeof(CatalogCommand), typeof(LoadOutcome), typeof(DefinitionUpload.IUploadMessage), typeof(IDoorMessage)];

    /// <inheritdoc/>
    public override int Identifier => 9187;

    /// <inheritdoc/>
    public override string Manifest(object o) => o switch
    {
        CofferQueries.GetCoffer { IsAnew: true } => GetCofferAnew,
        CofferQueries.GetCoffer => GetCoffer,
        CofferReplies.CofferFound { IsAnew: true } => CofferFoundAnew,
        CofferReplies.CofferFound => CofferFound,
        CofferReplies.CofferMissing => CofferMissing,
        CofferReplies.CofferUnavailable => CofferUnavailable,
        CatalogSignals.RevisionMoved => RevisionMoved,
        CatalogSignals.RevisionConfirmed => RevisionConfirmed,
        CatalogSignals.FindCatalog => FindCatalog,
        CatalogSignals.CatalogHere => CatalogHere,
        CatalogSignals.ProgressAsked => ProgressAsked,
        CatalogSignals.ProgressTold => ProgressTold,
        CatalogSignals.LeaseWanted => LeaseWanted,
        CatalogSignals.LeaseGranted => LeaseGranted,
        CatalogSignals.TermAsked => TermAsked,
        CatalogSignals.TermKnown => TermKnown,
        CatalogCommands.LoadDefinition => LoadDefinition,
        CatalogCommands.RollBack { Expected: not null } => RollBackFrom,
        CatalogCommands.RollBack => RollBack,
        CatalogCommands.Revoke { Name: not null } => RevokeNamed,
        CatalogCommands.Revoke => Revoke,
        CatalogCommands.Restore { Name: not null } => RestoreNamed,
        CatalogCommands.Restore => Restore,
        LoadOutcome.Loaded => Loaded,
        LoadOutcome.Unchanged => Unchanged,
        LoadOutcome.Refused => Refused,
        DefinitionUpload.ReadPart => ReadPart,
        DefinitionUpload.Part => Part,
        Membership.Knock => Knock,
        Membership.Answered => Answered,
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
                WriteNumbers(writer, moved.Revision);
                break;
            case CatalogSignals.RevisionConfirmed confirmed:
                WriteNumbers(writer, confirmed.Revision);
                break;
            case CatalogSignals.ProgressTold told:
                writer.WriteStartArray(1);
                writer.WriteBoolean(told.IsUnderWay);
                break;
            case CatalogSignals.LeaseWanted wanted:
                WriteNumbers(writer, wanted.Asked, wanted.Revision);
                break;
            case CatalogSignals.LeaseGranted granted:
                WriteNumbers(writer, granted.Asked, granted.Term, granted.Revision);
                break;
            case CatalogSignals.TermAsked asked:
                WriteNumbers(writer, asked.Term, asked.Round);
                break;
            case CatalogSignals.TermKnown known:
                WriteNumbers(writer, known.Round);
                break;
            case CatalogCommands.LoadDefinition load:
                writer.WriteStartArray(5);
                writer.WriteTextString(Akka.Serialization.Serialization.SerializedActorPath(load.Source));
                writer.WriteTextString(load.Name);
                writer.WriteBoolean(load.AllowRollback);
                WriteOptional(writer, load.Expected);
                writer.WriteBoolean(load.IsPatient);
                break;
            case CatalogCommands.RollBack { Expected: { } expected } back:
                WriteNumbers(writer, back.Revision, expected);
                break;
            case CatalogCommands.RollBack back:
                WriteNumbers(writer, back.Revision);
                break;
            case CatalogCommands.Revoke revoke:
                WriteClient(writer, revoke.Client, revoke.Name);
                break;
            case CatalogCommands.Restore restore:
                WriteClient(writer, restore.Client, restore.Name);
                break;
            case LoadOutcome.Loaded loaded:
                writer.WriteStartArray(7);
                writer.WriteInt64(loaded.Revision);
                WriteOptional(writer, loaded.Serial);
                writer.WriteInt32(loaded.Clients);
                writer.WriteInt32(loaded.Counts.Added);
                writer.WriteInt32(loaded.Counts.Changed);
                writer.WriteInt32(loaded.Counts.Removed);
                writer.WriteInt32(loaded.Counts.Unchanged);
                break;
            case LoadOutcome.Unchanged unchanged:
                WriteNumbers(writer, unchanged.Revision);
                break;
            case LoadOutcome.Refused refused:
                writer.WriteStartArray(3);
                writer.WriteTextString(refused.Cause.ToString());
                writer.WriteStartArray(refused.Lines.Count);
                foreach (var line in refused.Lines) writer.WriteTextString(line);
                writer.WriteEndArray();
                writer.WriteTextString(refused.Hint);
                break;
            case DefinitionUpload.ReadPart read:
                WriteNumbers(writer, read.Offset);
                break;
            case DefinitionUpload.Part part:
                writer.WriteStartArray(2);
                writer.WriteInt32(part.Size);
                writer.WriteByteString(part.Bytes.Span);
                break;
            case Membership.Knock knock:
                writer.WriteStartArray(4);
                WriteGround(writer, knock.Ground);
                break;
            case Membership.Answered answered:
                writer.WriteStartArray(5);
                WriteGround(writer, answered.Ground);
                writer.WriteBoolean(answered.IsMember);
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
            GetCofferAnew => new CofferQueries.GetCoffer(new PublicKey(reader.ReadByteString()), reader.ReadInt64(), IsAnew: true),
            GetCoffer => new CofferQueries.GetCoffer(new PublicKey(reader.ReadByteString()), reader.ReadInt64()),
            CofferFoundAnew => new CofferReplies.CofferFound(reader.ReadTextString(), new SealedCoffer(reader.ReadInt64(), reader.ReadByteString()), IsAnew: true),
            CofferFound => new CofferReplies.CofferFound(reader.ReadTextString(), new SealedCoffer(reader.ReadInt64(), reader.ReadByteString())),
            CofferMissing => CofferReplies.CofferMissing.Instance,
            CofferUnavailable => CofferReplies.CofferUnavailable.Instance,
            RevisionMoved => new CatalogSignals.RevisionMoved(reader.ReadInt64()),
            RevisionConfirmed => new CatalogSignals.RevisionConfirmed(reader.ReadInt64()),
            FindCatalog => CatalogSignals.FindCatalog.Instance,
            CatalogHere => CatalogSignals.CatalogHere.Instance,
            ProgressAsked => CatalogSignals.ProgressAsked.Instance,
            ProgressTold => new CatalogSignals.ProgressTold(reader.ReadBoolean()),
            LeaseWanted => new CatalogSignals.LeaseWanted(reader.ReadInt64(), reader.ReadInt64()),
            LeaseGranted => new CatalogSignals.LeaseGranted(reader.ReadInt64(), reader.ReadInt64(), reader.ReadInt64()),
            TermAsked => new CatalogSignals.TermAsked(reader.ReadInt64(), reader.ReadInt64()),
            TermKnown => new CatalogSignals.TermKnown(reader.ReadInt64()),
            LoadDefinition => new CatalogCommands.LoadDefinition(system.Provider.ResolveActorRef(reader.ReadTextString()), reader.ReadTextString(), reader.ReadBoolean(), ReadOptional(reader), reader.ReadBoolean()),
            RollBack => new CatalogCommands.RollBack(reader.ReadInt64()),
            RollBackFrom => new CatalogCommands.RollBack(reader.ReadInt64(), reader.ReadInt64()),
            Revoke => new CatalogCommands.Revoke(new PublicKey(reader.ReadByteString())),
            Restore => new CatalogCommands.Restore(new PublicKey(reader.ReadByteString())),
            RevokeNamed => new CatalogCommands.Revoke(new PublicKey(reader.ReadByteString()), reader.ReadTextString()),
            RestoreNamed => new CatalogCommands.Restore(new PublicKey(reader.ReadByteString()), reader.ReadTextString()),
            Loaded => new LoadOutcome.Loaded(
                reader.ReadInt64(), ReadOptional(reader), reader.ReadInt32(), new LoadCounts(reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt32())),
            Unchanged => new LoadOutcome.Unchanged(reader.ReadInt64()),
            Refused => new LoadOutcome.Refused(ReadCause(reader), ReadLines(reader), reader.ReadTextString()),
            ReadPart => new DefinitionUpload.ReadPart(reader.ReadInt32()),
            Part => new DefinitionUpload.Part(reader.ReadInt32(), reader.ReadByteString()),
            Knock => new Membership.Knock(ReadGround(reader)),
            Answered => new Membership.Answered(ReadGround(reader), reader.ReadBoolean()),
            _ => throw new System.Runtime.Serialization.SerializationException($"no message is called {manifest}: another node runs a newer version"),
        };
    }

    // The end of the array is written for all messages alike.
    private static void WriteNumbers(CborWriter writer, params ReadOnlySpan<long> numbers)
    {
        writer.WriteStartArray(numbers.Length);
        foreach (var number in numbers) writer.WriteInt64(number);
    }

    private static void WriteClient(CborWriter writer, PublicKey key, string? name)
    {
        writer.WriteStartArray(name is null ? 1 : 2);
        writer.WriteByteString(key.Span);
        if (name is not null) writer.WriteTextString(name);
    }

    private static void WriteGround(CborWriter writer, CommonGround ground)
    {
        var first = ground.Server.First;
        writer.WriteByteString(first.Span);
        if (ground.Server.Second is { } second) writer.WriteByteString(second.Span);
        else writer.WriteNull();
        writer.WriteInt64(ground.LeaseMilliseconds);
        writer.WriteInt32(ground.Shards);
    }

    private static CommonGround ReadGround(CborReader reader) => new(new ServerPublicKeys(new PublicKey(reader.ReadByteString()), ReadOptionalKey(reader)), reader.ReadInt64(), reader.ReadInt32());

    private static PublicKey? ReadOptionalKey(CborReader reader)
    {
        if (reader.PeekState() != CborReaderState.Null) return new PublicKey(reader.ReadByteString());
        reader.ReadNull();
        return null;
    }

    private static void WriteOptional(CborWriter writer, long? number)
    {
        if (number is { } value) writer.WriteInt64(value);
        else writer.WriteNull();
    }

    private static long? ReadOptional(CborReader reader)
    {
        if (reader.PeekState() != CborReaderState.Null) return reader.ReadInt64();
        reader.ReadNull();
        return null;
    }

    // A cause that a newer version added is a fault of the store to this one: nothing was written.
    private static LoadRefusal ReadCause(CborReader reader) => Enum.TryParse<LoadRefusal>(reader.ReadTextString(), out var cause) ? cause : LoadRefusal.Store;

    private static List<string> ReadLines(CborReader reader)
    {
        var lines = new List<string>();
        reader.ReadStartArray();
        while (reader.PeekState() != CborReaderState.EndArray) lines.Add(reader.ReadTextString());
        reader.ReadEndArray();
        return lines;
    }
}
