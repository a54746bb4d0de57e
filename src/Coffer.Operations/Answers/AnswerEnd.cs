using System.Text.Json;
using System.Text.Json.Serialization;

namespace Coffer.Operations;

/// <summary>The last line of an answer, which says whether it was whole. An answer without it was cut.</summary>
/// <remarks>
/// <c>{"end":"whole","rows":2}</c> or <c>{"end":"failed","code":"not-found","errors":["…"],"hint":"…"}</c>. The property <c>end</c> comes first, and no row has one of that name.
/// </remarks>
/// <param name="End"><c>whole</c> or <c>failed</c>.</param>
/// <param name="Rows">How many rows came before; of a whole answer.</param>
/// <param name="Code">The <see cref="OperationFault"/> as a word; of a failed one, like what follows.</param>
/// <param name="Errors">Lines for people.</param>
/// <param name="Hint">What to do about it.</param>
public sealed record AnswerEnd(
    string End,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? Rows = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Code = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? Errors = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Hint = null)
{
    /// <summary>The media type of an answer.</summary>
    public const string MediaType = "application/x-ndjson";

    /// <summary>The header that says which version answers.</summary>
    public const string VersionHeader = "Coffer-Version";

    private const string WholeWord = "whole";

    /// <summary>Whether all rows came and all was done.</summary>
    [JsonIgnore]
    public bool IsWhole => End == WholeWord;

    /// <summary>The end of an answer of <paramref name="rows"/> rows.</summary>
    public static AnswerEnd Whole(long rows) => new(WholeWord, rows);

    /// <summary>The end of an answer that failed.</summary>
    public static AnswerEnd Failed(OperationException cause) => new("failed", Code: CodeOf(cause.Fault), Errors: cause.Errors, Hint: cause.Hint);

    /// <summary>Reads <paramref name="line"/>; false where it is a row.</summary>
    /// <exception cref="JsonException">It is no JSON object.</exception>
    public static bool TryRead(ReadOnlySpan<byte> line, out AnswerEnd end)
    {
        end = null!;
        if (!line.StartsWith("{\"end\":"u8)) return false;
        end = JsonSerializer.Deserialize(line, OperationsJson.Lines.AnswerEnd) ?? throw new JsonException("an answer's end is null");
        return true;
    }

    /// <summary>The line, without its line feed.</summary>
    public byte[] ToLine() => JsonSerializer.SerializeToUtf8Bytes(this, OperationsJson.Lines.AnswerEnd);

    /// <summary>A fault as a word.</summary>
    public static string CodeOf(OperationFault fault) => fault switch
    {
        OperationFault.Refused => "refused",
        OperationFault.Usage => "usage",
        OperationFault.NotFound => "not-found",
        OperationFault.Busy => "busy",
        OperationFault.Store => "store",
        OperationFault.Left => "left",
        _ => "internal",
    };

    /// <summary>The status of HTTP where an operation fails before its first row.</summary>
    public static int StatusOf(OperationFault fault) => fault switch
    {
        OperationFault.Refused or OperationFault.Busy => 409,
        OperationFault.Usage => 400,
        OperationFault.NotFound => 404,
        _ => 500,
    };
}
