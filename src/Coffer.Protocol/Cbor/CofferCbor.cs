using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Formats.Cbor;
using Coffer.Protocol.Secrets;

namespace Coffer.Protocol.Cbor;

/// <summary>A coffer as CBOR: an array of <c>{ "key": tstr, "value": … }</c>, ordered by key, in deterministic encoding.</summary>
/// <remarks>Source: protocol.md section 5; RFC 8949 section 4.2.1; RFC 8943 for tag 1004.</remarks>
public static class CofferCbor
{
    private const CborTag LocalDateTag = (CborTag)1004;
    private const CborTag LocalDateTimeTag = (CborTag)32801;
    private const CborTag LocalTimeTag = (CborTag)32802;
    private const byte Float64Header = 0xfb;

    /// <summary>Encodes <paramref name="coffer"/>. The caller checks the length against <see cref="OpenCoffer.MaxEncodedSize"/>.</summary>
    public static byte[] Encode(OpenCoffer coffer)
    {
        var writer = new CborWriter(CborConformanceMode.Strict);
        Write(writer, coffer);
        return writer.Encode();
    }

    /// <summary>Writes <paramref name="coffer"/> to a writer in strict mode, for callers that encode many.</summary>
    public static void Write(CborWriter writer, OpenCoffer coffer)
    {
        writer.WriteStartArray(coffer.Secrets.Count);
        foreach (var (key, value) in coffer.Secrets)
        {
            writer.WriteStartMap(2);
            writer.WriteTextString("key");
            writer.WriteTextString(key);
            writer.WriteTextString("value");
            WriteValue(writer, value);
            writer.WriteEndMap();
        }
        writer.WriteEndArray();
    }

    /// <summary>Decodes the whole of <paramref name="cbor"/>; false where it is longer than 1 MiB, not deterministic, not a coffer, or followed by more.</summary>
    public static bool TryDecode(ReadOnlyMemory<byte> cbor, [NotNullWhen(true)] out OpenCoffer? coffer)
    {
        coffer = null;
        if (cbor.Length > OpenCoffer.MaxEncodedSize) return false;
        try
        {
            coffer = Read(new CborReader(cbor, CborConformanceMode.Canonical));
        }
        // The reader's words for malformed bytes, for a type that does not stand here, and for a number that does not fit.
        catch (Exception e) when (e is CborContentException or InvalidOperationException or OverflowException)
        {
            return false;
        }
        return coffer is not null;
    }

    private static void WriteValue(CborWriter writer, SecretValue value)
    {
        switch (value.Kind)
        {
            case SecretKind.Text:
                writer.WriteTextString(value.RevealText());
                break;
            case SecretKind.Integer:
                writer.WriteInt64(value.RevealInteger());
                break;
            case SecretKind.Float:
                WriteFloat64(writer, value.RevealFloat());
                break;
            case SecretKind.Boolean:
                writer.WriteBoolean(value.RevealBoolean());
                break;
            default:
                writer.WriteTag(TagOf(value.Kind));
                writer.WriteTextString(value.RevealDate());
                break;
        }
    }

    // WriteDouble shortens what fits; a float always travels as float64, so that 1.0 stays a float of one width.
    private static void WriteFloat64(CborWriter writer, double number)
    {
        Span<byte> encoded = stackalloc byte[1 + sizeof(double)];
        encoded[0] = Float64Header;
        BinaryPrimitives.WriteDoubleBigEndian(encoded[1..], number);
        writer.WriteEncodedValue(encoded);
    }

    private static OpenCoffer? Read(CborReader reader)
    {
        if (reader.ReadStartArray() is not { } count) return null;

        var secrets = new List<KeyValuePair<string, SecretValue>>(Math.Min(count, 1024));
        for (var i = 0; i < count; i++)
        {
            if (reader.ReadStartMap() != 2 || reader.ReadTextString() != "key") return null;
            var key = reader.ReadTextString();
            if (i > 0 && OpenCoffer.CompareKeys(secrets[i - 1].Key, key) >= 0) return null;
            if (reader.ReadTextString() != "value" || ReadValue(reader) is not { } value) return null;
            reader.ReadEndMap();
            secrets.Add(new(key, value));
        }
        reader.ReadEndArray();
        return reader.BytesRemaining == 0 ? OpenCoffer.Of(secrets) : null;
    }

    private static SecretValue? ReadValue(CborReader reader) => reader.PeekState() switch
    {
        CborReaderState.TextString => SecretValue.OfText(reader.ReadTextString()),
        CborReaderState.UnsignedInteger or CborReaderState.NegativeInteger => SecretValue.OfInteger(reader.ReadInt64()),
        CborReaderState.DoublePrecisionFloat => SecretValue.OfFloat(reader.ReadDouble()),
        CborReaderState.Boolean => SecretValue.OfBoolean(reader.ReadBoolean()),
        CborReaderState.Tag => ReadDate(reader),
        _ => null,
    };

    private static SecretValue? ReadDate(CborReader reader)
    {
        if (KindOf(reader.ReadTag()) is not { } kind) return null;
        var text = reader.ReadTextString();
        return DateText.IsValid(kind, text) ? SecretValue.OfDate(kind, text) : null;
    }

    private static SecretKind? KindOf(CborTag tag) => tag switch
    {
        CborTag.DateTimeString => SecretKind.OffsetDateTime,
        LocalDateTimeTag => SecretKind.LocalDateTime,
        LocalDateTag => SecretKind.LocalDate,
        LocalTimeTag => SecretKind.LocalTime,
        _ => null,
    };

    private static CborTag TagOf(SecretKind kind) => kind switch
    {
        SecretKind.OffsetDateTime => CborTag.DateTimeString,
        SecretKind.LocalDateTime => LocalDateTimeTag,
        SecretKind.LocalDate => LocalDateTag,
        _ => LocalTimeTag,
    };
}
