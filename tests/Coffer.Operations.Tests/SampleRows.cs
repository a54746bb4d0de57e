using System.Text;
using System.Text.Json;
using Coffer.Operations.Palettes;
using Coffer.Operations.Rows;

namespace Coffer.Operations.Tests;

/// <summary>A row of each operation, and how people are shown it.</summary>
internal static class SampleRows
{
    private const string Key = "CBB6-21F6-0BDC-97DC-03BA-C693-CEF3-696D-3F33-6B21-F6D3-3C70-DDE0-27E5-458A-F339";
    private const string SecondKey = "0BDC-97DC-03BA-C693-CEF3-696D-3F33-6B21-F6D3-3C70-DDE0-27E5-458A-F339-CBB6-21F6";
    private const string Node = "akka.memory://coffer@alone:1";

    private static readonly DateTimeOffset Time = new(2026, 11, 24, 22, 1, 2, 345, TimeSpan.Zero);

    internal static readonly IReadOnlyList<(Operation Operation, string Json, string[] Shown)> All =
    [
        Sample(
            CofferPalette.Status, new("serving", "0.1.0", Node, 42, Time, 3725, "127.0.0.1:9187", Key, SecondKey, 250, 3, Time, 7, 2, 0, "ok", "/a.coffer", null, "/data"),
            "serving", "0.1.0", Node, "42", "2026-11-24 22:01:02Z", "1 h 2 min", "127.0.0.1:9187", Key, SecondKey, "250", "3", "2026-11-24 22:01:02Z", "7", "2", "0", "ok", "/a.coffer", "-", "/data"),
        Sample(CofferPalette.Load, new(LoadRow.LoadedStep, null, 8, 3, 1, 0, 0, 2), "loaded as revision 8: 3 clients, 1 added, 0 changed, 0 removed, 2 unchanged"),
        Sample(CofferPalette.Clients, new("shop", Key, 7, true, null), "shop", Key, "7", "yes", "-"),
        Sample(
            CofferPalette.ClientDetail, new("shop", Key, 7, false, Time, 20480, [new("PASSWORD", "Text", 17), new("PORT", "Integer", 4)]),
            "shop", Key, "7", "no", "2026-11-24 22:01:02Z", "20 KiB", "PASSWORD  Text     17 B\nPORT      Integer  4 B"),
        Sample(
            CofferPalette.History, new(7, "load", Time, 2, 1, 0, 0, 1795557662345, Key, Time, null, null),
            "7", "load", "2026-11-24 22:01:02Z", "2", "1", "0", "0", "1795557662345", "CBB6-21F6-0BDC-97DC…", "-", "-"),
        Sample(CofferPalette.Rollback, new(LoadRow.RolledBackStep, null, 8, 2, 0, 1, 0, 1), "rolled back as revision 8: 2 clients, 0 added, 1 changed, 0 removed, 1 unchanged"),
        Sample(CofferPalette.Revoke, new("revoked", 8, 2, "shop", Key), $"revoked shop ({Key}) as revision 8"),
        Sample(CofferPalette.Restore, new("unchanged", 8, null, "shop", Key), "nothing to do: it is so already, in revision 8"),
        Sample(CofferPalette.Sessions, new("127.0.0.1:4711", "linked", null, Key, Time), "127.0.0.1:4711", "linked", "-", Key, "2026-11-24 22:01:02Z"),
        (CofferPalette.AuditTail, """{"time":"2026-11-24T22:01:02.345Z","event":"fetch"}""", ["""{"time":"2026-11-24T22:01:02.345Z","event":"fetch"}"""]),
        Sample(ClusterPalette.Show, new(Node, "up", ["coffer"], true, true, true, false), Node, "up", "coffer", "yes", "yes", "yes", "no"),
        Sample(ClusterPalette.Status, new(Node, "up", Node, 3, 2, 1, false), Node, "up", Node, "3", "2", "1", "no"),
        Sample(ClusterPalette.Leader, new(Node, true), $"{Node} (this node)"),
        Sample(ClusterPalette.Join, new("joining", Node), $"joining {Node}"),
        Sample(ClusterPalette.Leave, new("leaving", Node), $"{Node} is leaving: it stops once it has handed over what it holds"),
        Sample(ClusterPalette.Down, new("downed", Node), $"downed {Node}"),
        Sample(ClusterPalette.DownUnreachable, new("downed", Node), $"downed {Node}"),
        Sample(ClusterPalette.Tail, new(Time, "member", Node, "up"), $"2026-11-24T22:01:02.345Z member {Node} up"),
        Sample(ShardingPalette.Regions, new("coffer", 3, 128, 1000), "coffer", "3", "128", "1000"),
        Sample(ShardingPalette.Shards, new("coffer", "17", Node, 12), "coffer", "17", Node, "12"),
        Sample(ShardingPalette.Stats, new("coffer", Node, 43, 512), "coffer", Node, "43", "512"),
        Sample(ShardingPalette.Locate, new(Key, "17", null, false), Key, "17", "-", "no"),
        Sample(LogPalette.Tail, new("2026-11-24T22:01:02.345Z info  serving"), "2026-11-24T22:01:02.345Z info  serving"),
        Sample(LogPalette.Level, new("debug", "info"), "debug, before: info"),
        Sample(ActorPalette.Hierarchy, new("/user/edge/*", 3, "", "EdgeConnection", 90), "      … and 90 more  (EdgeConnection)"),
        Sample(
            ActorPalette.System, new("coffer", "0.1.0", "1.5.74", ".NET 10.0.12", 42, 90, 1.25, 2, 20, 4, 0, 200 << 20, 9000, 1000, [3, 2, 1], 0.01),
            "coffer", "0.1.0", "1.5.74", ".NET 10.0.12", "42", "1 min 30 s", "1.3 s", "2", "20", "4", "0", "200 MiB", "9000 B", "1000 B", "3 / 2 / 1", "0 s"),
    ];

    private static (Operation, string, string[]) Sample<TRow>(Operation<TRow> operation, TRow row, params string[] shown) =>
        (operation, Encoding.UTF8.GetString(JsonSerializer.SerializeToUtf8Bytes(row, operation.Json)), shown);
}
