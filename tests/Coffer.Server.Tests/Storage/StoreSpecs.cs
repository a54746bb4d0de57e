using Coffer.Crypto.Keys;
using Coffer.Crypto.Sealing;
using Coffer.Server.Storage;

namespace Coffer.Server.Tests.Storage;

/// <summary>What every <see cref="ICofferStore"/> does, whatever database is under it.</summary>
public abstract class StoreSpecs : IAsyncLifetime
{
    /// <summary>Makes of a database what the first version would have made of it.</summary>
    protected const string ToFirstVersion = "DROP TABLE terms; ALTER TABLE revisions DROP COLUMN file; UPDATE meta SET value = '1' WHERE key = 'schema'";

    private const int Keep = 20;

    // More than are sealed anew at once.
    private const int Many = 600;
    private static readonly byte[] Anew = [9, 9];
    private static readonly DateTimeOffset Noon = new(2026, 7, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly PublicKey _alice = KeyOf(1);
    private readonly PublicKey _bob = KeyOf(2);
    private readonly PublicKey _carol = KeyOf(3);

    protected ICofferStore Store { get; private set; } = null!;

    protected static PublicKey Server { get; } = new([.. Enumerable.Repeat((byte)9, PublicKey.Size)]);

    protected static PublicKey NextServer { get; } = new([.. Enumerable.Repeat((byte)10, PublicKey.Size)]);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => Store = await OpenAsync(Server);

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await Store.DisposeAsync();
        await CleanAsync();
    }

    /// <summary>Opens the same database each time.</summary>
    protected abstract Task<ICofferStore> OpenAsync(ServerPublicKeys server);

    protected abstract ValueTask CleanAsync();

    /// <summary>Does to the database what no store does.</summary>
    protected abstract Task ExecuteAsync(string sql);

    [Fact]
    public async Task Is_empty_at_first()
    {
        var state = await Store.ReadStateAsync(Cancellation);

        Assert.Equal((0, null), (state.Revision, state.NewestSerial));
        Assert.Empty(await Store.ReadHistoryAsync(Cancellation));
        Assert.Null(await Store.FindAsync(_alice, Cancellation));
        Assert.Equal(0, (await Store.ReadChangesAsync(0, Cancellation)).Revision);
    }

    [Fact]
    public async Task Brings_a_database_of_the_first_version_up_to_date_and_loses_nothing()
    {
        await LoadAsync(1, Put(_alice, "alice", 1), Put(_bob, "bob", 1));
        await ExecuteAsync(ToFirstVersion);

        var opened = await OpenAsync(Server);

        Assert.Equal(Content(_alice, 1), (await opened.FindAsync(_alice, Cancellation))!.Coffer.Bytes.ToArray());
        Assert.Equal(1, (await opened.BeginTermAsync(Cancellation)).Term);
        Assert.True(await opened.TrySetRevokedAsync(new StoredRevision(2, RevisionKind.Revoke, null, null, null, null, Noon, null, _bob, 2, 0, 0, 0), _bob, isRevoked: true, Cancellation));
        Assert.Equal([(2L, null), (1L, null)], (await opened.ReadHistoryAsync(Cancellation)).Select(revision => (revision.Revision, revision.File)));
    }

    [Fact]
    public async Task Keeps_what_is_loaded_byte_for_byte()
    {
        await LoadAsync(1, Put(_alice, "alice", 1), Put(_bob, "bob", 1));

        var found = (await Store.FindAsync(_alice, Cancellation))!;
        Assert.Equal(("alice", 1), (found.Name, found.Coffer.Revision));
        Assert.Equal(Content(_alice, 1), found.Coffer.Bytes.ToArray());
        var clients = await Store.ReadClientsAsync(Cancellation).ToListAsync(Cancellation);
        Assert.Equal([("alice", false), ("bob", false)], clients.Select(client => (client.Name, client.IsRevoked)).Order());
        Assert.All(clients, client => Assert.Equal(DigestOf(client.Owner, 1), client.Digest));
        Assert.Null(await Store.FindAsync(_carol, Cancellation));
    }

    [Fact]
    public async Task Reads_clients_by_name_byte_by_byte()
    {
        await LoadAsync(1, Put(_alice, "shop", 1), Put(_bob, "Zoo", 1), Put(_carol, "a-b", 1), Put(KeyOf(4), "ab", 1), Put(KeyOf(5), "été", 1));

        var clients = await Store.ReadClientsByNameAsync(Cancellation).ToListAsync(Cancellation);

        Assert.Equal(["Zoo", "a-b", "ab", "shop", "été"], clients.Select(client => client.Name));
    }

    [Fact]
    public async Task Leaves_a_row_alone_that_a_revision_does_not_change()
    {
        await LoadAsync(1, Put(_alice, "alice", 1), Put(_bob, "bob", 1));
        await LoadAsync(2, Put(_bob, "bob", 2), new RowChange.Remove(_carol));

        Assert.Equal(1, (await Store.FindAsync(_alice, Cancellation))!.Coffer.Revision);
        Assert.Equal(2, (await Store.FindAsync(_bob, Cancellation))!.Coffer.Revision);
    }

    [Fact]
    public async Task Forgets_a_client_that_is_removed_and_takes_it_back()
    {
        await LoadAsync(1, Put(_alice, "alice", 1));
        await LoadAsync(2, new RowChange.Remove(_alice));
        Assert.Null(await Store.FindAsync(_alice, Cancellation));

        await LoadAsync(3, Put(_alice, "again", 3));

        Assert.Equal("again", (await Store.FindAsync(_alice, Cancellation))!.Name);
    }

    [Fact]
    public async Task Tells_whose_access_changed_since_a_revision()
    {
        await LoadAsync(1, Put(_alice, "alice", 1), Put(_bob, "bob", 1));
        await LoadAsync(2, Put(_bob, "bob", 2), Put(_carol, "carol", 2));
        await LoadAsync(3, new RowChange.Remove(_alice));

        Assert.Equal(new() { [_bob] = 2, [_carol] = 2 }, await ChangesAsync(0));
        Assert.Equal(new() { [_alice] = null, [_bob] = 2, [_carol] = 2 }, await ChangesAsync(1));
        Assert.Equal(new() { [_alice] = null }, await ChangesAsync(2));
        Assert.Empty(await ChangesAsync(3));
        Assert.Equal(3, (await Store.ReadChangesAsync(3, Cancellation)).Revision);
    }

    [Fact]
    public async Task A_key_may_be_revoked_before_anything_is_loaded()
    {
        await RevokeAsync(1, _alice, isRevoked: true);

        Assert.Equal(new StoreState(1, null, null, null, 0), await Store.ReadStateAsync(Cancellation) with { Clients = 0 });
        Assert.False((await Store.ReadChangesAsync(0, Cancellation)).HasContent);
        await LoadAsync(2, Put(_alice, "alice", 2), Put(_bob, "bob", 2));
        Assert.True((await Store.ReadChangesAsync(0, Cancellation)).HasContent);
        Assert.True((await Store.ReadChangesAsync(2, Cancellation)).HasContent);
        Assert.Equal(new() { [_alice] = null, [_bob] = 2 }, await ChangesAsync(0));
    }

    [Fact]
    public async Task Tells_who_was_taken_out_by_the_oldest_revision_that_is_kept()
    {
        await LoadAsync(1, serial: 1, keep: 1, Put(_alice, "alice", 1), Put(_bob, "bob", 1));
        await LoadAsync(2, serial: 2, keep: 1, new RowChange.Remove(_alice));

        Assert.Equal(new() { [_alice] = null }, await ChangesAsync(1));
        Assert.False((await Store.ReadChangesAsync(1, Cancellation)).IsWhole);
    }

    [Fact]
    public async Task Tells_of_all_clients_where_revisions_since_are_kept_no_longer()
    {
        await LoadAsync(1, serial: 1, keep: 2, Put(_alice, "alice", 1), Put(_bob, "bob", 1), Put(_carol, "carol", 1));
        await RevokeAsync(2, _bob, isRevoked: true);
        await LoadAsync(3, serial: 3, keep: 2, new RowChange.Remove(_alice));
        await RevokeAsync(4, _bob, isRevoked: false);
        await RevokeAsync(5, _carol, isRevoked: true);
        for (var revision = 6; revision <= 8; revision++) await LoadAsync(revision, serial: revision, keep: 2, Put(_bob, "bob", revision));

        Assert.Equal([_carol], await Store.ReadRevokedAsync(Cancellation).ToListAsync(Cancellation));
        Assert.Equal(new() { [_bob] = 8, [_carol] = null }, await ChangesAsync(2));
        Assert.True((await Store.ReadChangesAsync(2, Cancellation)).IsWhole);
        Assert.False((await Store.ReadChangesAsync(6, Cancellation)).IsWhole);
    }

    [Fact]
    public async Task Tells_of_a_client_removed_and_taken_back_that_it_is_there()
    {
        await LoadAsync(1, Put(_alice, "alice", 1));
        await LoadAsync(2, new RowChange.Remove(_alice));
        await LoadAsync(3, Put(_alice, "alice", 3));

        Assert.Equal(new() { [_alice] = 3 }, await ChangesAsync(1));
    }

    [Fact]
    public async Task Revokes_through_loads_until_restored()
    {
        await LoadAsync(1, Put(_alice, "alice", 1), Put(_bob, "bob", 1));

        Assert.True(await Store.TrySetRevokedAsync(Revision(2, RevisionKind.Revoke) with { Subject = _alice }, _alice, isRevoked: true, Cancellation));
        Assert.Null(await Store.FindAsync(_alice, Cancellation));
        Assert.NotNull(await Store.FindAsync(_bob, Cancellation));
        Assert.Equal(new() { [_alice] = null }, await ChangesAsync(1));
        await LoadAsync(3, Put(_alice, "alice", 3));
        Assert.Null(await Store.FindAsync(_alice, Cancellation));
        Assert.Equal(new() { [_alice] = null }, await ChangesAsync(2));
        Assert.Equal([true, false], (await Store.ReadClientsAsync(Cancellation).ToListAsync(Cancellation)).OrderBy(client => client.Name, StringComparer.Ordinal).Select(client => client.IsRevoked));

        Assert.True(await Store.TrySetRevokedAsync(Revision(4, RevisionKind.Restore) with { Subject = _alice }, _alice, isRevoked: false, Cancellation));

        Assert.Equal(3, (await Store.FindAsync(_alice, Cancellation))!.Coffer.Revision);
        Assert.Equal(new() { [_alice] = 3 }, await ChangesAsync(3));
    }

    [Fact]
    public async Task Revokes_a_second_time()
    {
        await LoadAsync(1, Put(_alice, "alice", 1));
        for (var revision = 2; revision <= 5; revision++)
            Assert.True(await Store.TrySetRevokedAsync(Revision(revision, RevisionKind.Revoke), _alice, isRevoked: revision % 2 == 0, Cancellation));

        Assert.NotNull(await Store.FindAsync(_alice, Cancellation));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Writes_nothing_where_another_writer_was_first(long number)
    {
        await LoadAsync(1, Put(_alice, "alice", 1));

        Assert.False(await Store.TryWriteAsync(Revision(number), [Put(_alice, "late", number), Put(_bob, "bob", number)], Keep, Cancellation));
        Assert.False(await Store.TrySetRevokedAsync(Revision(number, RevisionKind.Revoke), _alice, isRevoked: true, Cancellation));

        Assert.Equal("alice", (await Store.FindAsync(_alice, Cancellation))!.Name);
        Assert.Null(await Store.FindAsync(_bob, Cancellation));
        Assert.Single(await Store.ReadHistoryAsync(Cancellation));
    }

    [Fact]
    public async Task Lets_one_of_many_writers_at_once_win()
    {
        var writers = Enumerable.Range(0, 8).Select(i => Task.Run(() => Store.TryWriteAsync(Revision(1), [Put(_alice, $"alice{i}", 1)], Keep, Cancellation))).ToArray();

        Assert.Single(await Task.WhenAll(writers), isWritten => isWritten);
        Assert.Single(await Store.ReadHistoryAsync(Cancellation));
    }

    [Fact]
    public async Task Writes_nothing_of_a_load_that_is_cancelled_in_the_middle()
    {
        await LoadAsync(1, Put(_alice, "alice", 1));
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Store.TryWriteAsync(Revision(2), Cancelling(), Keep, cancel.Token));

        Assert.Equal(1, (await Store.ReadStateAsync(Cancellation)).Revision);
        Assert.Single(await Store.ReadClientsAsync(Cancellation).ToListAsync(Cancellation));
        await LoadAsync(2, Put(_alice, "alice", 2));

        IEnumerable<RowChange> Cancelling()
        {
            for (var i = 10; i < 3000; i++)
            {
                if (i == 2500) cancel.Cancel();
                yield return Put(KeyOf(i), $"client{i}", 2);
            }
        }
    }

    [Fact]
    public async Task Writes_nothing_of_a_load_whose_rows_fail()
    {
        await LoadAsync(1, Put(_alice, "alice", 1));

        await Assert.ThrowsAsync<InvalidOperationException>(() => Store.TryWriteAsync(Revision(2), Failing(), Keep, Cancellation));

        Assert.Equal(1, (await Store.ReadStateAsync(Cancellation)).Revision);
        Assert.Single(await Store.ReadClientsAsync(Cancellation).ToListAsync(Cancellation));

        IEnumerable<RowChange> Failing()
        {
            for (var i = 10; i < 1000; i++) yield return Put(KeyOf(i), $"client{i}", 2);
            throw new InvalidOperationException();
        }
    }

    [Fact]
    public async Task Shows_the_rows_as_an_earlier_revision_had_them()
    {
        await LoadAsync(1, Put(_alice, "alice", 1), Put(_bob, "bob", 1));
        await LoadAsync(2, Put(_bob, "robert", 2), new RowChange.Remove(_alice));
        await LoadAsync(3, Put(_carol, "carol", 3));

        Assert.Equal([("alice", 1), ("bob", 1)], await RowsAsync(1));
        Assert.Equal([("robert", 2)], await RowsAsync(2));
        Assert.Equal([("carol", 3), ("robert", 2)], await RowsAsync(3));
        Assert.Empty(await RowsAsync(4));
    }

    [Fact]
    public async Task Keeps_as_many_contents_as_asked_and_the_newest_serial_for_good()
    {
        await LoadAsync(1, serial: 500, keep: 3, Put(_alice, "alice", 1));
        for (var revision = 2; revision <= 6; revision++) await LoadAsync(revision, serial: revision, keep: 3, Put(_alice, "alice", revision));

        var kept = (await Store.ReadHistoryAsync(Cancellation)).Select(revision => revision.Revision).ToArray();
        Assert.Equal([6, 5, 4], kept[..3]);
        Assert.Empty(await RowsAsync(2));
        Assert.Empty(await RowsAsync(3));
        for (var revision = 4; revision <= 6; revision++) Assert.Equal([("alice", revision)], await RowsAsync(revision));
        Assert.Equal(500, (await Store.ReadStateAsync(Cancellation)).NewestSerial);
    }

    [Fact]
    public async Task Remembers_everything_of_a_revision()
    {
        var load = new StoredRevision(1, RevisionKind.Load, 9, _carol, Noon.AddMilliseconds(1), "c0ffee", Noon.AddMilliseconds(2), null, null, Clients: 1, Added: 2, Changed: 3, Removed: 4);
        var rollback = new StoredRevision(2, RevisionKind.Rollback, 9, _carol, Noon, "c0ffee", Noon, Source: 1, null, 5, 6, 7, 8);
        var revoke = new StoredRevision(3, RevisionKind.Revoke, null, null, null, null, Noon, null, Subject: _alice, 9, 0, 0, 0);
        Assert.True(await Store.TryWriteAsync(load, [Put(_alice, "alice", 1)], Keep, Cancellation));
        Assert.True(await Store.TryWriteAsync(rollback, [], Keep, Cancellation));
        Assert.True(await Store.TrySetRevokedAsync(revoke, _alice, isRevoked: true, Cancellation));

        Assert.Equal([revoke, rollback, load], await Store.ReadHistoryAsync(Cancellation));
    }

    [Fact]
    public async Task Holds_all_of_it_over_a_restart()
    {
        await LoadAsync(1, Put(_alice, "alice", 1), Put(_bob, "bob", 1));
        await Store.TrySetRevokedAsync(Revision(2, RevisionKind.Revoke), _bob, isRevoked: true, Cancellation);
        await Store.DisposeAsync();

        Store = await OpenAsync(Server);

        Assert.Equal(Content(_alice, 1), (await Store.FindAsync(_alice, Cancellation))!.Coffer.Bytes.ToArray());
        Assert.Null(await Store.FindAsync(_bob, Cancellation));
        Assert.Equal([2, 1], (await Store.ReadHistoryAsync(Cancellation)).Select(revision => revision.Revision));
    }

    [Fact]
    public async Task Takes_more_clients_than_a_statement_has_parameters_and_removes_them_again()
    {
        const int Many = 2500;
        var owners = Enumerable.Range(0, Many).Select(KeyOf).ToArray();
        await LoadAsync(1, [.. owners.Select((owner, i) => Put(owner, $"client{i}", 1))]);
        Assert.Equal(Many, (await ChangesAsync(0)).Count);

        await LoadAsync(2, [.. owners.Skip(1).Select(owner => new RowChange.Remove(owner))]);

        Assert.Equal(owners[0], Assert.Single(await Store.ReadClientsAsync(Cancellation).ToListAsync(Cancellation)).Owner);
        Assert.Equal(Many - 1, (await ChangesAsync(1)).Count);
    }

    [Fact]
    public async Task Counts_terms_and_their_renewals()
    {
        await LoadAsync(1, Put(_alice, "alice", 1));
        Assert.Equal(new TermBeat(0, 0), await Store.ReadTermAsync(Cancellation));

        Assert.Equal(new StoreTerm(1, 1, IsSealingDue: false), await Store.BeginTermAsync(Cancellation));
        var begun = await Store.ReadTermAsync(Cancellation);
        Assert.Equal(1, begun.Term);
        Assert.Equal(1, await Store.RenewTermAsync(Cancellation));

        Assert.Equal(begun with { Renewals = begun.Renewals + 1 }, await Store.ReadTermAsync(Cancellation));
    }

    [Fact]
    public async Task Says_whether_a_term_is_over()
    {
        Assert.True((await Store.ReadTermAsync(Cancellation)).IsOver);
        await Store.BeginTermAsync(Cancellation);
        Assert.False((await Store.ReadTermAsync(Cancellation)).IsOver);
        await Store.EndTermAsync(Cancellation);
        Assert.True((await Store.ReadTermAsync(Cancellation)).IsOver);
        await Store.BeginTermAsync(Cancellation);
        Assert.False((await Store.ReadTermAsync(Cancellation)).IsOver);
    }

    [Fact]
    public async Task Takes_another_server_key_until_something_is_loaded()
    {
        await Store.KeepOwnAsync(new StoredRow(_alice, "own", new byte[StorageSeal.DigestSize], new SealedCoffer(0, new byte[40])), Cancellation);

        Store = await OpenAsync(NextServer);

        await AssertKeysAsync(left: 0, NextServer);
        Assert.Null(await Store.FindAsync(_alice, Cancellation));
        await LoadAsync(1, Put(_alice, "alice", 1));
        Assert.Equal(StoreFault.OtherKey, (await Assert.ThrowsAsync<StoreException>(() => OpenAsync(Server))).Fault);
        Store = await OpenAsync(NextServer);
    }

    private async Task<Dictionary<PublicKey, long?>> ChangesAsync(long since)
    {
        // The last change of a client counts.
        var last = new Dictionary<PublicKey, long?>();
        foreach (var (owner, revision) in (await Store.ReadChangesAsync(since, Cancellation)).Clients) last[owner] = revision;
        return last;
    }

    [Fact]
    public async Task Seals_all_rows_anew_some_at_a_time_and_forgets_the_other_key_at_the_end()
    {
        await LoadManyAsync();
        await LoadAsync(2, Put(KeyOf(7), "client7", 2));
        await Store.KeepOwnAsync(new StoredRow(_carol, "(own)", [0], new SealedCoffer(0, new byte[] { 1 })), Cancellation);
        await BeginAsync(new(NextServer, Server));
        await AssertKeysAsync(left: Many + 2, Server, NextServer);

        Assert.Equal(SealingStep.More, await SealNextAsync());
        var stored = await Store.ReadKeysAsync(Cancellation);
        Assert.Equal([Server, NextServer], stored.Keys);
        Assert.InRange(stored.Left, 1, Many);
        await SealAllAsync();

        await AssertKeysAsync(left: 0, NextServer);
        var rows = await Store.ReadRowsAsync(1, Cancellation).ToListAsync(Cancellation);
        Assert.Equal(Many, rows.Count);
        Assert.All(rows, row => Assert.Equal((1, "01", "0909"), (row.Coffer.Revision, Convert.ToHexString(row.Digest), Convert.ToHexString(row.Coffer.Bytes.Span))));
        Assert.Equal(Anew, (await Store.FindAsync(KeyOf(7), Cancellation))!.Coffer.Bytes.ToArray());
        Assert.Equal(2, (await Store.FindAsync(KeyOf(7), Cancellation))!.Coffer.Revision);
        Assert.Equal(Anew, (await Store.FindAsync(_carol, Cancellation))!.Coffer.Bytes.ToArray());
        Assert.Empty(await ChangesAsync(2));
    }

    [Fact]
    public async Task Goes_on_sealing_anew_after_a_restart_where_it_was()
    {
        await LoadManyAsync();
        await BeginAsync(new(NextServer, Server));
        await SealNextAsync();
        var (keys, left) = await Store.ReadKeysAsync(Cancellation);
        Assert.InRange(left, 1, Many - 1);

        await BeginAsync(new(NextServer, Server));

        await AssertKeysAsync(left, [.. keys]);
    }

    [Fact]
    public async Task Begins_sealing_anew_from_the_first_row_once_rows_may_have_been_written_under_the_other_key()
    {
        await LoadManyAsync();
        await BeginAsync(new(NextServer, Server));
        await SealNextAsync();

        await BeginAsync(new(Server, NextServer));
        await AssertKeysAsync(left: Many, Server, NextServer);
        await BeginAsync(new(NextServer, Server));

        await AssertKeysAsync(left: Many, Server, NextServer);
    }

    [Fact]
    public async Task A_step_back_in_the_middle_brings_all_rows_under_the_key_before()
    {
        await LoadManyAsync();
        await BeginAsync(new(NextServer, Server));
        await SealNextAsync();

        await BeginAsync(new(Server, NextServer));
        await SealAllAsync();

        await AssertKeysAsync(left: 0, Server);
    }

    [Fact]
    public async Task Has_nothing_to_seal_anew_under_the_key_that_all_rows_are_under()
    {
        await LoadManyAsync();

        Store = await OpenAsync(new(Server, NextServer));

        Assert.False((await Store.BeginTermAsync(Cancellation)).IsSealingDue);
        await AssertKeysAsync(left: 0, Server);
    }

    [Fact]
    public async Task Opens_only_for_who_holds_every_key_that_rows_may_be_under()
    {
        await LoadManyAsync();
        await BeginAsync(new(NextServer, Server));

        var e = await Assert.ThrowsAsync<StoreException>(() => OpenAsync(NextServer));
        Assert.Equal((StoreFault.OtherKey, $"the database still has rows under another server key, {Server}"), (e.Fault, e.Message));

        Store = await OpenAsync(new(NextServer, Server));
        await SealAllAsync();
        Store = await OpenAsync(NextServer);
        Assert.NotNull(await Store.FindAsync(KeyOf(1), Cancellation));
    }

    private async Task<(string Name, long Revision)[]> RowsAsync(long revision) =>
        [.. (await Store.ReadRowsAsync(revision, Cancellation).ToListAsync(Cancellation)).Select(row => (row.Name, row.Coffer.Revision)).Order()];

    private Task LoadAsync(long number, params RowChange[] changes) => LoadAsync(number, serial: number, Keep, changes);

    private async Task LoadAsync(long number, long serial, int keep, params RowChange[] changes) =>
        Assert.True(await Store.TryWriteAsync(Revision(number) with { Serial = serial }, changes, keep, Cancellation));

    private static StoredRevision Revision(long number, RevisionKind kind = RevisionKind.Load) =>
        new(number, kind, kind == RevisionKind.Load ? number : null, KeyOf(0), Noon, null, Noon, null, null, Clients: 0, Added: 0, Changed: 1, Removed: 0);

    private async Task RevokeAsync(long number, PublicKey client, bool isRevoked) =>
        Assert.True(await Store.TrySetRevokedAsync(Revision(number, isRevoked ? RevisionKind.Revoke : RevisionKind.Restore) with { Subject = client }, client, isRevoked, Cancellation));

    private Task LoadManyAsync() => LoadAsync(1, [.. Enumerable.Range(0, Many).Select(i => Put(KeyOf(i), $"client{i}", 1))]);

    private async Task BeginAsync(ServerPublicKeys server)
    {
        Store = await OpenAsync(server);
        Assert.True((await Store.BeginTermAsync(Cancellation)).IsSealingDue);
    }

    private Task<SealingStep> SealNextAsync() => Store.SealNextAsync(row => row with { Digest = [1], Coffer = row.Coffer with { Bytes = Anew } }, Cancellation);

    private async Task SealAllAsync()
    {
        while (await SealNextAsync() == SealingStep.More)
        {
        }
    }

    private async Task AssertKeysAsync(long left, params PublicKey[] keys)
    {
        var stored = await Store.ReadKeysAsync(Cancellation);
        Assert.Equal(keys, stored.Keys);
        Assert.Equal(left, stored.Left);
    }

    private static RowChange.Put Put(PublicKey owner, string name, long revision) => new(owner, name, DigestOf(owner, revision), new SealedCoffer(revision, Content(owner, revision)));

    private static byte[] Content(PublicKey owner, long revision) => [.. owner.Span, (byte)revision, 0, 255];

    private static byte[] DigestOf(PublicKey owner, long revision) => [(byte)revision, .. owner.Span[..15]];

    private static PublicKey KeyOf(int number)
    {
        var bytes = new byte[PublicKey.Size];
        BitConverter.TryWriteBytes(bytes, number + 1000);
        bytes[^2] = 1;
        return new PublicKey(bytes);
    }
}

/// <summary>The store on a real SQLite file.</summary>
public sealed class SqliteStoreSpecs : StoreSpecs
{
    private readonly string _directory = Directory.CreateTempSubdirectory("coffer-store-").FullName;
    private OpenedStore? _opened;

    [Fact]
    public async Task Is_of_one_server_at_a_time()
    {
        var e = await Assert.ThrowsAsync<StoreException>(() => OpenedStore.OpenAsync(DataDirectory.Open(_directory), address: null, Server, TestContext.Current.CancellationToken));

        Assert.Equal(StoreFault.InUse, e.Fault);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Does_nothing_with_a_file_that_was_taken_away_under_it(bool isReplaced)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var (file, backup) = (Path.Combine(_directory, "coffer.db"), Path.Combine(_directory, "backup.db"));
        await ExecuteAsync($"VACUUM INTO '{backup}'");
        if (isReplaced) File.Move(backup, file, overwrite: true);
        else File.Delete(file);

        var read = await Assert.ThrowsAsync<StoreException>(() => Store.ReadStateAsync(cancellation));
        var write = await Assert.ThrowsAsync<StoreException>(() => Store.TryWriteAsync(
            new StoredRevision(1, RevisionKind.Load, 1, Server, null, null, DateTimeOffset.UnixEpoch, null, null, 0, 0, 0, 0), [], keep: 20, cancellation));

        Assert.Equal((StoreFault.Missing, StoreFault.Missing), (read.Fault, write.Fault));
        Assert.StartsWith("the file of the database was replaced or removed", write.Message, StringComparison.Ordinal);
        await _opened!.DisposeAsync();
        Assert.Equal(0, (await (await OpenAsync(Server)).ReadStateAsync(cancellation)).Revision);
    }

    protected override async Task<ICofferStore> OpenAsync(ServerPublicKeys server)
    {
        if (_opened is not null) await _opened.DisposeAsync();
        _opened = await OpenedStore.OpenAsync(DataDirectory.Open(_directory), address: null, server, TestContext.Current.CancellationToken);
        return _opened.Store;
    }

    protected override Task ExecuteAsync(string sql) => SqliteFile.ExecuteAsync(_directory, sql);

    protected override async ValueTask CleanAsync()
    {
        await _opened!.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }
}
