using System.Buffers;
using System.Text.Json;

namespace Coffer.Server.Audit;

/// <summary>Events as JSON lines in one buffer, which is used over and over. Not thread safe.</summary>
internal sealed class AuditLines(string node) : IDisposable
{
    private static readonly JsonEncodedText Time = JsonEncodedText.Encode("time");
    private static readonly JsonEncodedText Event = JsonEncodedText.Encode("event");
    private static readonly JsonEncodedText Node = JsonEncodedText.Encode("node");
    private static readonly JsonEncodedText Client = JsonEncodedText.Encode("client");
    private static readonly JsonEncodedText Key = JsonEncodedText.Encode("key");
    private static readonly JsonEncodedText Address = JsonEncodedText.Encode("address");
    private static readonly JsonEncodedText Outcome = JsonEncodedText.Encode("outcome");
    private static readonly JsonEncodedText Revision = JsonEncodedText.Encode("revision");

    // By AuditKind.
    private static readonly JsonEncodedText[] Words = [.. Enum.GetNames<AuditKind>().Select(name => JsonEncodedText.Encode(JsonNamingPolicy.KebabCaseLower.ConvertName(name)))];

    private readonly ArrayBufferWriter<byte> _buffer = new(4 * 1024);
    private readonly Utf8JsonWriter _json = new(Stream.Null, new JsonWriterOptions { SkipValidation = true });
    private readonly JsonEncodedText _node = JsonEncodedText.Encode(node);

    internal ReadOnlySpan<byte> Bytes => _buffer.WrittenSpan;

    internal int Length => _buffer.WrittenCount;

    /// <summary>Adds the line of <paramref name="line"/>, its end included.</summary>
    internal void Add(AuditEvent line)
    {
        Span<char> time = stackalloc char[24];
        line.Time.UtcDateTime.TryFormat(time, out _, "yyyy-MM-ddTHH:mm:ss.fffZ", System.Globalization.CultureInfo.InvariantCulture);

        _json.Reset(_buffer);
        _json.WriteStartObject();
        _json.WriteString(Time, time);
        _json.WriteString(Event, Words[(int)line.Kind]);
        _json.WriteString(Node, _node);
        if (line.Client is { } client) _json.WriteString(Client, client);
        if (line.Key is { } key) _json.WriteString(Key, key.ToString());
        if (line.Address is { } address) _json.WriteString(Address, address.ToString());
        if (line.Outcome is { } outcome) _json.WriteString(Outcome, outcome);
        if (line.Revision is { } revision) _json.WriteNumber(Revision, revision);
        line.Rest?.Invoke(_json);
        _json.WriteEndObject();
        _json.Flush();
        _buffer.Write("\n"u8);
    }

    internal void Clear() => _buffer.ResetWrittenCount();

    public void Dispose() => _json.Dispose();
}
