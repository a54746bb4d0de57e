using System.Buffers;
using System.Text.Json;

namespace Coffer.Server.Health;

/// <summary>One condition for being ready; <paramref name="Problem"/> is null where it holds, else for people, without a secret.</summary>
public sealed record ReadyCheck(string Name, string? Problem);

/// <summary>Whether a node can serve, and why not.</summary>
public sealed record ReadyReport(IReadOnlyList<ReadyCheck> Checks)
{
    /// <summary>Whether every condition holds.</summary>
    public bool IsReady => Checks.All(check => check.Problem is null);

    /// <summary><c>{"status":"ready"|"unavailable","checks":{NAME:"ok"|PROBLEM,…}}</c></summary>
    public byte[] ToJson()
    {
        var json = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(json))
        {
            writer.WriteStartObject();
            writer.WriteString("status", IsReady ? "ready" : "unavailable");
            writer.WriteStartObject("checks");
            foreach (var check in Checks) writer.WriteString(check.Name, check.Problem ?? "ok");
            writer.WriteEndObject();
            writer.WriteEndObject();
        }
        return json.WrittenSpan.ToArray();
    }
}
