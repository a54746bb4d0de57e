using System.Security.Cryptography;
using Coffer.Crypto.Keys;
using Coffer.Crypto.Sealing;
using Coffer.Server.Storage;

namespace Coffer.Server.Tests.Catalog;

/// <summary>Who reads while a revision is written, over a real SQLite file.</summary>
public sealed class ConcurrentStoreSpecs : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("coffer-store-").FullName;
    private readonly KeyPair _server = KeyPair.Generate();
    private readonly PublicKey _a = MakeKey();
    private readonly PublicKey _b = MakeKey();
    private OpenedStore _opened = null!;

    private ICofferStore Store => _opened.Store;

    public async ValueTask InitializeAsync()
    {
        _opened = await OpenedStore.OpenAsync(DataDirectory.Open(_directory), address: null, _server.PublicKey);
        Assert.True(await Store.TryWriteAsync(Revision(1), [Put(_a, 1), Put(_b, 1)], keep: 20));
    }

    public async ValueTask DisposeAsync()
    {
        await _opened.DisposeAsync();
        _server.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Readers_wait_for_no_writer_and_see_nothing_of_it_until_it_is_whole()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var isOpen = new ManualResetEventSlim();
        using var mayEnd = new ManualResetEventSlim();
        // More than SQLite keeps in memory, so that some of it is in the log when the writer is held up.
        IEnumerable<RowChange> Changes()
        {
            yield return Put(_a, 2);
            for (var i = 0; i < 10_000; i++) yield return Put(MakeKey(), 2);
            isOpen.Set();
            mayEnd.Wait(cancellation);
            yield return new RowChange.Remove(_b);
        }
        var writing = Task.Run(() => Store.TryWriteAsync(Revision(2), Changes(), keep: 20, cancellation), cancellation);
        isOpen.Wait(cancellation);

        Assert.Equal(1, (await Store.ReadStateAsync(cancellation)).Revision);
        Assert.Equal(1, (await Store.FindAsync(_a, cancellation))!.Coffer.Revision);
        Assert.NotNull(await Store.FindAsync(_b, cancellation));
        var changes = await Store.ReadChangesAsync(0, cancellation);
        Assert.Equal(1, changes.Revision);
        Assert.Equal(2, changes.Clients.Count);
        Assert.Equal(2, (await Store.ReadClientsByOwnerAsync(cancellation)).Count);
        Assert.False(writing.IsCompleted);

        mayEnd.Set();
        Assert.True(await writing);
        Assert.Equal(2, (await Store.FindAsync(_a, cancellation))!.Coffer.Revision);
        Assert.Null(await Store.FindAsync(_b, cancellation));
    }

    [Fact]
    public async Task A_writer_waits_for_no_reader_and_the_reader_goes_on_in_what_it_began_with()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var reading = Store.ReadRowsAsync(1, cancellation).GetAsyncEnumerator(cancellation);
        Assert.True(await reading.MoveNextAsync());

        Assert.True(await Store.TryWriteAsync(Revision(2), [new RowChange.Remove(_a), new RowChange.Remove(_b)], keep: 1, cancellation));

        Assert.True(await reading.MoveNextAsync());
        Assert.False(await reading.MoveNextAsync());
        Assert.Empty(await Store.ReadClientsByOwnerAsync(cancellation));
    }

    [Fact]
    public async Task Of_two_writers_of_the_same_revision_one_wins_whole()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var (c, d) = (MakeKey(), MakeKey());

        var won = await Task.WhenAll(
            Task.Run(() => Store.TryWriteAsync(Revision(2), [Put(c, 2)], keep: 20, cancellation), cancellation),
            Task.Run(() => Store.TryWriteAsync(Revision(2), [Put(d, 2)], keep: 20, cancellation), cancellation),
            Task.Run(() => Store.TrySetRevokedAsync(Revision(2) with { Kind = RevisionKind.Revoke }, _a, isRevoked: true, cancellation), cancellation));

        Assert.Single(won, isWon => isWon);
        bool[] written = [await Store.FindAsync(c, cancellation) is not null, await Store.FindAsync(d, cancellation) is not null, await Store.IsRevokedAsync(_a, cancellation)];
        Assert.Equal(won, written);
        Assert.Equal(2, (await Store.ReadHistoryAsync(cancellation)).Count);
    }

    private static StoredRevision Revision(long number) => new(
        number, RevisionKind.Load, Serial: number, Companion: null, SealedAt: null, File: null, DateTimeOffset.UnixEpoch, Source: null, Subject: null, Clients: 2, Added: 0, Changed: 1, Removed: 0);

    private static RowChange.Put Put(PublicKey owner, long revision) =>
        new(owner, owner.ToString(), new byte[StorageSeal.DigestSize], new SealedCoffer(revision, new byte[100]));

    private static PublicKey MakeKey() => new(RandomNumberGenerator.GetBytes(PublicKey.Size));
}
