using System.Text.Json;

namespace Coffer.Operations;

/// <summary>A line among the rows of an answer that is none of them: what is good to know of those that follow.</summary>
/// <remarks><c>{"note":"…"}</c>. No row begins with a property of that name.</remarks>
/// <param name="Note">A line for people.</param>
public sealed record AnswerNote(string Note)
{
    /// <summary>Reads <paramref name="line"/>; false where it is a row.</summary>
    /// <exception cref="JsonException">It is no JSON object.</exception>
    public static bool TryRead(ReadOnlySpan<byte> line, out AnswerNote note)
    {
        note = null!;
        if (!line.StartsWith("{\"note\":"u8)) return false;
        note = JsonSerializer.Deserialize(line, OperationsJson.Lines.AnswerNote) ?? throw new JsonException("an answer's note is null");
        return true;
    }

    /// <summary>The line, without its line feed.</summary>
    public byte[] ToLine() => JsonSerializer.SerializeToUtf8Bytes(this, OperationsJson.Lines.AnswerNote);
}
