using System.Diagnostics.Metrics;
using Coffer.Protocol.Messages;
using Coffer.Server.Catalog;
using Coffer.Server.Tests.Conversations;
using Microsoft.Data.Sqlite;

namespace Coffer.Server.Tests.Catalog;

/// <summary>What happens while something else is under way.</summary>
public sealed class BusySpecs : IAsyncLifetime
{
    private readonly WatchedNode _node = new();

    public ValueTask InitializeAsync() => _node.InitializeAsync();

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Fact]
    public async Task Of_two_loads_at_once_one_wins_and_the_other_is_told_so()
    {
        var (gate, first) = await HoldLoadAsync();

        var second = Assert.IsType<LoadOutcome.Refused>(await _node.TryLoadAsync(Definition("second")));
        var rollback = Assert.IsType<LoadOutcome.Refused>(await _node.AskAsync(new CatalogCommands.RollBack(1)));
        gate.SetResult();

        Assert.Equal(LoadRefusal.Busy, second.Cause);
        Assert.Equal("another load, rollback or revocation is under way", second.Lines[0]);
        Assert.Equal(LoadRefusal.Busy, rollback.Cause);
        Assert.Equal(2, Assert.IsType<LoadOutcome.Loaded>(await first).Revision);
    }

    [Fact]
    public async Task A_load_of_the_servers_own_file_waits_for_its_turn()
    {
        var (gate, first) = await HoldLoadAsync();

        var second = _node.TryLoadAsync(Definition("second"), isPatient: true);
        await HasArrivedAsync();
        Assert.False(second.IsCompleted);
        gate.SetResult();

        Assert.Equal(2, Assert.IsType<LoadOutcome.Loaded>(await first).Revision);
        Assert.Equal(3, Assert.IsType<LoadOutcome.Loaded>(await second).Revision);
    }

    [Fact]
    public async Task A_revocation_waits_for_its_turn_and_holds_for_what_was_loaded_before_it()
    {
        var (gate, load) = await HoldLoadAsync();

        var revoke = _node.AskAsync(new CatalogCommands.Revoke(_node.Client.PublicKey));
        var restore = _node.AskAsync(new CatalogCommands.Restore(_node.Stranger.PublicKey));
        await HasArrivedAsync();
        Assert.False(revoke.IsCompleted || restore.IsCompleted);
        gate.SetResult();

        Assert.Equal(2, Assert.IsType<LoadOutcome.Loaded>(await load).Revision);
        Assert.Equal(3, Assert.IsType<LoadOutcome.Loaded>(await revoke).Revision);
        Assert.IsType<LoadOutcome.Unchanged>(await restore);
        Assert.IsType<LoadOutcome.Unchanged>(await _node.AskAsync(new CatalogCommands.Revoke(_node.Client.PublicKey)));
    }

    [Fact]
    public async Task A_revocation_that_waits_is_refused_once_the_store_fails_before_its_turn()
    {
        var (gate, load) = await HoldLoadAsync();
        var revoke = _node.AskAsync(new CatalogCommands.Revoke(_node.Client.PublicKey));
        await HasArrivedAsync();

        (_node.Store.LeavesNextOpen, _node.Store.IsAway) = (true, true);
        gate.SetResult();

        Assert.Equal(LoadRefusal.Store, Assert.IsType<LoadOutcome.Refused>(await load).Cause);
        Assert.Equal(LoadRefusal.Store, Assert.IsType<LoadOutcome.Refused>(await revoke).Cause);
        _node.Store.IsAway = false;
    }

    [Fact]
    public async Task A_restoration_that_waits_is_not_done_once_its_asker_has_left()
    {
        Assert.IsType<LoadOutcome.Loaded>(await _node.AskAsync(new CatalogCommands.Revoke(_node.Client.PublicKey)));
        using var leaving = new CancellationTokenSource();
        var (gate, load) = await HoldLoadAsync();
        var restore = _node.Catalog.AskAsync(new CatalogCommands.Restore(_node.Client.PublicKey), leaving.Token);
        await HasArrivedAsync();

        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => restore);
        await HasArrivedAsync();
        gate.SetResult();

        Assert.IsType<LoadOutcome.Loaded>(await load);
        Assert.IsType<LoadOutcome.Unchanged>(await _node.AskAsync(new CatalogCommands.Revoke(_node.Client.PublicKey)));
    }

    [Fact]
    public async Task The_catalog_answers_while_another_program_has_the_database_locked()
    {
        using var database = new SqliteConnection($"Data Source={Path.Combine(_node.DataDirectory, "coffer.db")}");
        database.Open();
        var locking = database.BeginTransaction(deferred: false);
        var first = _node.AskAsync(new CatalogCommands.Revoke(_node.Client.PublicKey));

        // Long before SQLite gives up waiting for the lock.
        var second = Assert.IsType<LoadOutcome.Refused>(await _node.AskAsync(new CatalogCommands.RollBack(1)));

        Assert.Equal("another load, rollback or revocation is under way", second.Lines[0]);
        Assert.False(first.IsCompleted);
        locking.Dispose();
        Assert.IsType<LoadOutcome.Loaded>(await first);
    }

    [Fact]
    public async Task Clients_are_served_while_a_load_is_under_way()
    {
        var (gate, load) = await HoldLoadAsync();

        await _node.ServesAsBeforeAsync();

        gate.SetResult();
        Assert.IsType<LoadOutcome.Loaded>(await load);
    }

    [Fact]
    public async Task A_load_goes_on_and_is_counted_where_its_asker_leaves()
    {
        var counted = new TaskCompletionSource<object?>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, it) =>
        {
            if (instrument.Meter == _node.Metrics.Meter && instrument.Name == "coffer.loads") it.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((_, _, tags, _) => counted.TrySetResult(tags[0].Value));
        listener.Start();
        using var leaving = new CancellationTokenSource();
        var (gate, load) = await HoldLoadAsync(leaving.Token);

        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => load);
        Assert.False(counted.Task.IsCompleted);
        gate.SetResult();

        Assert.Equal("loaded", await counted.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_revocation_ends_a_session_that_waits_for_its_coffer()
    {
        var gate = _node.Store.HoldFinds();
        using var peer = await RawPeer.ConnectAsync(_node.Address);
        await peer.LinkAsync(_node.Client, _node.ServerKey);
        await peer.SendAsync(peer.Get());
        await _node.Store.FindIsWaiting.Task;

        await _node.AskAsync(new CatalogCommands.Revoke(_node.Client.PublicKey));

        Assert.Equal(ErrorWord.Revoked, await peer.ReadErrorAsync(isSealed: true));
        gate.SetResult();
    }

    [Fact]
    public async Task A_revocation_ends_a_session_that_has_its_coffer_and_has_not_said_Bye()
    {
        using var peer = await RawPeer.ConnectAsync(_node.Address);
        await peer.LinkAsync(_node.Client, _node.ServerKey);
        await peer.SendAsync(peer.Get());
        var (type, body) = await peer.ReadFrameAsync();
        Assert.True(SealedMessage.TryRead(peer.Transport, type, body, new byte[body.Length], out _));

        await _node.AskAsync(new CatalogCommands.Revoke(_node.Client.PublicKey));

        Assert.Equal(ErrorWord.Revoked, await peer.ReadErrorAsync(isSealed: true));
    }

    // A load that is written once the gate is opened.
    private async Task<(TaskCompletionSource Gate, Task<LoadOutcome> Load)> HoldLoadAsync(CancellationToken cancellation = default)
    {
        var gate = _node.Store.HoldWrites();
        var load = _node.TryLoadAsync(Definition("first"), cancellation: cancellation);
        await _node.Store.WriteIsWaiting.Task;
        return (gate, load);
    }

    // Whatever was asked of the catalog before.
    private async Task HasArrivedAsync()
    {
        for (var i = 0; i < 2; i++)
            Assert.Equal(LoadRefusal.Busy, Assert.IsType<LoadOutcome.Refused>(await _node.AskAsync(new CatalogCommands.RollBack(1))).Cause);
    }

    private string Definition(string secret) => $"[clients]\nclient = \"{_node.Client.PublicKey}\"\n[client]\nPASSWORD = \"{secret}\"\n";
}
