using System.Runtime.CompilerServices;
using Akka.Actor;
using Coffer.Operations;
using Coffer.Server.Audit;
using Coffer.Server.Catalog;
using Coffer.Server.Sessions;

namespace Coffer.Server.Tests.Audit;

/// <summary>docs/audit.md says what is written.</summary>
public sealed class AuditDocumentSpecs
{
    private static readonly DateTimeOffset Time = new(2026, 11, 24, 23, 5, 7, 89, TimeSpan.FromHours(2));

    [Fact]
    public async Task Every_example_has_the_fields_that_its_event_is_written_with_in_their_order()
    {
        var written = (await WriteAllAsync()).ToLookup(Event, line => string.Join(' ', Trail.Fields(line)));

        var documented = Examples().ToLookup(Event, line => string.Join(' ', Trail.Fields(line)));

        Assert.Equal(written.Select(group => group.Key).Order(), documented.Select(group => group.Key).Order());
        foreach (var group in written) Assert.Equal(group.Distinct().Order(), documented[group.Key].Distinct().Order());
    }

    [Fact]
    public async Task A_fetch_is_written_to_the_letter()
    {
        var client = Trail.NewKey();
        var sink = new GatedSink();

        await using (var trail = AuditTrail.Over(sink, isRequired: false, new AuditSettings(), "node-1", new FixedClock()))
            trail.Granted(Trail.From, client, "a \"quoted\"\nname", 12, ActorRefs.Nobody);

        Assert.Equal(
            $$"""{"time":"2026-11-24T21:05:07.089Z","event":"fetch","node":"node-1","client":"a \u0022quoted\u0022\nname","key":"{{client}}","address":"127.0.0.1:40000","outcome":"granted","revision":12}""",
            Assert.Single(sink.Lines));
    }

    [Fact]
    public void Every_outcome_of_a_refusal_and_of_a_load_is_named()
    {
        var text = File.ReadAllText(DocumentPath());

        foreach (var refusal in Enum.GetNames<Refusal>().Except([nameof(Refusal.UnknownKey)]).Concat(Enum.GetNames<LoadRefusal>()).Append("Unanswered"))
            Assert.Contains($"`{System.Text.Json.JsonNamingPolicy.KebabCaseLower.ConvertName(refusal)}`", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_outcome_of_a_command_is_in_its_table()
    {
        var section = File.ReadAllText(DocumentPath()).Split("\n### command\n")[1].Split("\n### ")[0];

        Assert.Equal(
            Enum.GetValues<OperationFault>().Select(AnswerEnd.CodeOf).Append("done").Order(StringComparer.Ordinal),
            section.Split('\n').Where(line => line.StartsWith("| `", StringComparison.Ordinal)).Select(line => line.Split('`')[1]).Order(StringComparer.Ordinal));
    }

    // Every kind of event with every set of fields it may have.
    private static async Task<string[]> WriteAllAsync()
    {
        var client = Trail.NewKey();
        var done = new LoadOutcome.Loaded(7, 1_795_561_507_089, 3, new LoadCounts(1, 1, 0, 1));
        var withoutSerial = done with { Serial = null };
        var unchanged = new LoadOutcome.Unchanged(7);
        var refused = new LoadOutcome.Refused(LoadRefusal.Busy, ["another load is under way"], "wait");
        var load = new CatalogCommands.LoadDefinition(ActorRefs.Nobody, "definition.coffer", AllowRollback: false, Expected: null, IsPatient: false);
        var rollback = new CatalogCommands.RollBack(3);
        var sink = new GatedSink();
        await using (var trail = AuditTrail.Over(sink, isRequired: false, new AuditSettings(), "node-1", new FixedClock()))
        {
            sink.Failure = new IOException("full");
            trail.RecordNumber(0);
            await Trail.UntilAsync(() => trail.Lost == 1);
            sink.Failure = null;

            trail.Granted(Trail.From, client, "shop", 7, ActorRefs.Nobody);
            trail.Refused(Trail.From, client, name: null, Refusal.Revoked, isWithheld: false);
            trail.Refused(Trail.From, client, "shop", Refusal.TooSlow, isWithheld: false);
            trail.Refused(Trail.From, client, "shop", Refusal.Revoked, isWithheld: true);
            trail.Refused(Trail.From, client: null, name: null, Refusal.Garbage, isWithheld: false);
            trail.Left(Trail.From, client, "shop");
            trail.Refused(Trail.From, client, name: null, Refusal.UnknownKey, isWithheld: false);
            foreach (var outcome in new LoadOutcome[] { done, unchanged, refused }) trail.Changed(load, outcome);
            foreach (var stored in new LoadOutcome?[] { done, unchanged, null }) trail.Unanswered(load, stored);
            foreach (var outcome in new LoadOutcome[] { withoutSerial, refused })
                foreach (var name in new[] { "shop", null })
                    foreach (var command in new CatalogCommand[] { rollback, new CatalogCommands.Revoke(client, name), new CatalogCommands.Restore(client, name) })
                        trail.Changed(command, outcome);
            trail.Command("coffer load", [new("name", "definition.coffer")], "uid 0", "done");
        }
        return sink.Lines;
    }

    private static string[] Examples() => [.. File.ReadLines(DocumentPath()).Where(line => line.StartsWith('{'))];

    private static string Event(string line) => Trail.Field(line, "event")!;

    private static string DocumentPath([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(here, "../../../../docs/audit.md"));

    private sealed class FixedClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => Time;
    }
}
