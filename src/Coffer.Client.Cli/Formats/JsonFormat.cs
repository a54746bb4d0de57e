using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Coffer.Client.Cli.Variables;
using Coffer.Protocol.Secrets;
using Coffer.Shared;

namespace Coffer.Client.Cli.Formats;

/// <summary>One object, a member a secret: integers with all their digits, dates as strings, and "inf", "-inf" and "nan", which JSON has no numbers for.</summary>
internal sealed class JsonFormat : Format
{
    // Leaves letters of all scripts readable; quotes, backslashes and control characters are escaped all the same.
    private static readonly JsonWriterOptions Options = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    internal override byte[] Write(IReadOnlyList<NamedSecret> secrets)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, Options))
        {
            writer.WriteStartObject();
            foreach (var secret in secrets)
            {
                writer.WritePropertyName(secret.Name);
                WriteValue(writer, secret.Value);
            }
            writer.WriteEndObject();
        }
        // A terminal obeys more than JSON demands to be escaped.
        var lines = Encoding.UTF8.GetString(buffer.WrittenSpan).Split('\n').Select(OneLine.Of);
        buffer.Clear();
        return Encoding.UTF8.GetBytes(string.Join('\n', lines) + '\n');
    }

    private static void WriteValue(Utf8JsonWriter writer, SecretValue value)
    {
        switch (value.Kind)
        {
            case SecretKind.Integer:
                writer.WriteNumberValue(value.RevealInteger());
                break;
            case SecretKind.Boolean:
                writer.WriteBooleanValue(value.RevealBoolean());
                break;
            case SecretKind.Float when double.IsFinite(value.RevealFloat()):
                // The text that keeps 1.0 a float, where a number would be written as 1.
                writer.WriteRawValue(value.RevealAsText());
                break;
            default:
                writer.WriteStringValue(value.RevealAsText());
                break;
        }
    }
}
