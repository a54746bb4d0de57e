using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Coffer.Operations.Rows;

namespace Coffer.Operations;

/// <summary>How rows are JSON, by code made at compile time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(AnswerEnd))]
[JsonSerializable(typeof(AnswerNote))]
[JsonSerializable(typeof(OperationRow))]
[JsonSerializable(typeof(StatusRow))]
[JsonSerializable(typeof(LoadRow))]
[JsonSerializable(typeof(ClientRow))]
[JsonSerializable(typeof(ClientDetailRow))]
[JsonSerializable(typeof(HistoryRow))]
[JsonSerializable(typeof(CatalogRow))]
[JsonSerializable(typeof(SessionRow))]
[JsonSerializable(typeof(JsonElement))]
[JsonSerializable(typeof(MemberRow))]
[JsonSerializable(typeof(ClusterStatusRow))]
[JsonSerializable(typeof(LeaderRow))]
[JsonSerializable(typeof(MembershipRow))]
[JsonSerializable(typeof(ClusterEventRow))]
[JsonSerializable(typeof(RegionRow))]
[JsonSerializable(typeof(ShardRow))]
[JsonSerializable(typeof(ShardingStatsRow))]
[JsonSerializable(typeof(LocationRow))]
[JsonSerializable(typeof(LogRow))]
[JsonSerializable(typeof(LevelRow))]
[JsonSerializable(typeof(ActorRow))]
[JsonSerializable(typeof(ActorSystemRow))]
public sealed partial class OperationsJson : JsonSerializerContext
{
    /// <summary>For lines that people read too: only what JSON itself demands is escaped.</summary>
    public static OperationsJson Lines { get; } = new(new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
