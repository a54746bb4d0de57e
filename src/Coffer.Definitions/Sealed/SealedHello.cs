using System.Formats.Cbor;
using System.Globalization;
using Coffer.Protocol.Secrets;

namespace Coffer.Definitions.Sealed;

/// <summary>What the first message of a sealed definition says of it: <c>{ "sealed": tag 0 text, "serial": uint }</c>.</summary>
/// <remarks>Deterministic CBOR (RFC 8949 section 4.2.1), so <c>sealed</c> stands first. Source: protocol.md section 7.</remarks>
internal readonly record struct SealedHello(long Serial, DateTimeOffset SealedAt)
{
    private const string SealedKey = "sealed";
    private const string SerialKey = "serial";

    /// <summary>Encodes it; the time in UTC, cut to seconds.</summary>
    internal byte[] Encode()
    {
        var writer = new CborWriter(CborConformanceMode.Canonical);
        writer.WriteStartMap(2);
        writer.WriteTextString(SealedKey);
        writer.WriteTag(CborTag.DateTimeString);
        writer.WriteTextString(SealedAt.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
        writer.WriteTextString(SerialKey);
        writer.WriteInt64(Serial);
        writer.WriteEndMap();
        return writer.Encode();
    }

    /// <summary>Decodes the whole of <paramref name="cbor"/>; false where it is anything else, or a serial beyond 63 bits.</summary>
    internal static bool TryDecode(ReadOnlyMemory<byte> cbor, out SealedHello hello)
    {
        hello = default;
        try
        {
            var reader = new CborReader(cbor, CborConformanceMode.Canonical);
            if (reader.ReadStartMap() != 2 || reader.ReadTextString() != SealedKey || reader.ReadTag() != CborTag.DateTimeString) return false;
            var text = reader.ReadTextString();
            if (!DateText.IsValid(SecretKind.OffsetDateTime, text) || !DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var sealedAt)) return false;
            if (reader.ReadTextString() != SerialKey || reader.PeekState() != CborReaderState.UnsignedInteger) return false;
            hello = new(reader.ReadInt64(), sealedAt);
            reader.ReadEndMap();
            return reader.BytesRemaining == 0;
        }
        // The reader's words for malformed bytes, for a type that does not stand here, and for a number that does not fit.
        catch (Exception e) when (e is CborContentException or InvalidOperationException or OverflowException)
        {
            return false;
        }
    }
}
