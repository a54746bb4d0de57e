using Coffer.Crypto.Keys;
using Coffer.Crypto.Sealing;
using Coffer.Server.Storage;

namespace Coffer.Server.Tests.Storage;

/// <summary>The row that the server keeps for itself.</summary>
public sealed class OwnRowSpecs : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("coffer-store-").FullName;
    private readonly PublicKey _server = NewKey();
    private readonly PublicKey _own = NewKey();
    private readonly PublicKey _client = NewKey();
    private OpenedStore _opened = null!;

    private ICofferStore Store => _opened.Store;

    public async ValueTask InitializeAsync() => _opened = await OpenedStore.OpenAsync(DataDirectory.Open(Path.Combine(_directory, "data")), address: null, _server, TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _opened.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Is_found_by_its_key_and_kept_as_it_was_first_written()
    {
        await KeepAsync(1);
        await KeepAsync(2);

        var found = await Store.FindAsync(_own, TestContext.Current.CancellationToken);

        Assert.Equal(0, found!.Coffer.Revision);
        Assert.Equal([1], found.Coffer.Bytes.ToArray());
    }

    [Fact]
    public async Task Is_in_no_state_list_count_or_change_and_outlives_loads()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await KeepAsync(1);
        Assert.Equal(0, (await Store.ReadStateAsync(cancellation)).Revision);
        Assert.Empty((await Store.ReadChangesAsync(0, cancellation)).Clients);

        await LoadAsync(1, new RowChange.Put(_client, "client", [1], new SealedCoffer(1, new byte[] { 3 })));
        await LoadAsync(2, new RowChange.Remove(_client));
        await LoadAsync(3, new RowChange.Put(_client, "client", [1], new SealedCoffer(3, new byte[] { 3 })));

        Assert.Equal([_client], (await Store.ReadClientsByOwnerAsync(cancellation)).Keys);
        Assert.Equal([_client], await OwnersAsync(3));
        Assert.Equal([_client], (await Store.ReadChangesAsync(0, cancellation)).Clients.Select(change => change.Key));
        Assert.Null(await Store.FindClientAsync(_own, cancellation));
        Assert.Null(await Store.FindClientAsync("(own)", cancellation));
        Assert.NotNull(await Store.FindAsync(_own, cancellation));
    }

    private Task KeepAsync(byte content) => Store.KeepOwnAsync(new StoredRow(_own, "(own)", [0], new SealedCoffer(0, new[] { content })), TestContext.Current.CancellationToken);

    // Only the newest load is kept, so that what is old goes.
    private async Task LoadAsync(long number, RowChange change)
    {
        var revision = new StoredRevision(number, RevisionKind.Load, number, _server, DateTimeOffset.UnixEpoch, File: null, DateTimeOffset.UnixEpoch, Source: null, Subject: null, 1, 1, 0, 0);
        Assert.True(await Store.TryWriteAsync(revision, [change], keep: 1, TestContext.Current.CancellationToken));
    }

    private async Task<List<PublicKey>> OwnersAsync(long revision)
    {
        var owners = new List<PublicKey>();
        await foreach (var row in Store.ReadRowsAsync(revision, TestContext.Current.CancellationToken)) owners.Add(row.Owner);
        return owners;
    }

    private static PublicKey NewKey()
    {
        using var pair = KeyPair.Generate();
        return pair.PublicKey;
    }
}
