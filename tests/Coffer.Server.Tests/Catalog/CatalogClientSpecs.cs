using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit;
using Coffer.Server.Audit;
using Coffer.Server.Catalog;
using Coffer.Server.Metrics;
using Coffer.Server.Tests.Audit;

namespace Coffer.Server.Tests.Catalog;

/// <summary>What the node that was asked leaves in the audit trail of a command that the catalog says nothing of; the spec moves the clock.</summary>
public sealed class CatalogClientSpecs : TestKit
{
    private readonly GatedSink _sink = new();
    private readonly CofferMetrics _metrics = new();
    private readonly AuditTrail _audit;
    private readonly TestProbe _catalog;
    private readonly CatalogClient _client;

    public CatalogClientSpecs() : base("""
        akka {
          loglevel = OFF
          stdout-loglevel = OFF
          test.single-expect-default = 30s
          scheduler.implementation = "Akka.TestKit.TestScheduler, Akka.TestKit"
        }
        """)
    {
        _audit = AuditTrail.Over(_sink, isRequired: false, new AuditSettings(), "test", TimeProvider.System);
        _catalog = CreateTestProbe();
        _client = new CatalogClient(Sys, _catalog.Ref, _metrics, _audit);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        _metrics.Dispose();
    }

    [Theory]
    [InlineData("load")]
    [InlineData("rollback")]
    [InlineData("revoke")]
    [InlineData("restore")]
    public async Task A_command_for_which_there_was_no_catalog_has_its_line(string what)
    {
        var asking = what switch
        {
            "load" => _client.LoadAsync(new byte[1], "definition.coffer", allowRollback: false, expected: null, cancellation: Cancellation),
            "rollback" => _client.AskAsync(new CatalogCommands.RollBack(3), Cancellation),
            "revoke" => _client.AskAsync(new CatalogCommands.Revoke(Trail.NewKey(), "shop"), Cancellation),
            _ => _client.AskAsync(new CatalogCommands.Restore(Trail.NewKey()), Cancellation),
        };
        while (!asking.IsCompleted)
        {
            ((TestScheduler)Sys.Scheduler).Advance(TimeSpan.FromSeconds(30));
            await Task.Delay(10, Cancellation);
        }

        Assert.Equal("nothing was written: the cluster has no catalog now", Assert.Single(Assert.IsType<LoadOutcome.Refused>(await asking).Lines));
        Assert.Equal([(what, "busy")], await LinesAsync());
    }

    [Fact]
    public async Task A_command_whose_asker_leaves_before_there_was_a_catalog_has_its_line()
    {
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var asking = _client.AskAsync(new CatalogCommands.RollBack(3), leaving.Token);
        await _catalog.ExpectMsgAsync<CatalogSignals.FindCatalog>(cancellationToken: Cancellation);

        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
        await Trail.UntilAsync(() => _sink.Lines.Length > 0);
        Assert.Equal([("rollback", "busy")], await LinesAsync());
    }

    [Fact]
    public async Task A_command_that_came_to_a_catalog_has_none()
    {
        var asking = _client.AskAsync(new CatalogCommands.RollBack(3), Cancellation);
        await _catalog.ExpectMsgAsync<CatalogSignals.FindCatalog>(cancellationToken: Cancellation);
        _catalog.Reply(CatalogSignals.CatalogHere.Instance);
        await _catalog.ExpectMsgAsync<CatalogCommands.RollBack>(cancellationToken: Cancellation);

        Sys.Stop(_catalog.Ref);

        Assert.Equal(LoadRefusal.Busy, Assert.IsType<LoadOutcome.Refused>(await asking).Cause);
        Assert.Empty(await LinesAsync());
    }

    private async Task<(string? Event, string? Outcome)[]> LinesAsync()
    {
        await _audit.DisposeAsync();
        return [.. _sink.Lines.Select(line => (Trail.Field(line, "event"), Trail.Field(line, "outcome")))];
    }
}
