using Coffer.Server.Catalog;
using Coffer.Server.Storage;
using Coffer.Server.Tests.Conversations;

namespace Coffer.Server.Tests.Catalog;

/// <summary>How far back an operator can go: twenty loads and rollbacks unless configured, however many revocations are between them.</summary>
public sealed class KeptRevisionsSpecs : IAsyncLifetime
{
    private const int Kept = 20;

    private readonly WatchedNode _node = new();

    public ValueTask InitializeAsync() => _node.InitializeAsync();

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Fact]
    public async Task The_oldest_kept_can_be_rolled_back_to_and_the_one_before_it_is_forgotten()
    {
        // Revision 1 is the node's own.
        var contents = new List<long> { 1 };
        for (var i = 0; i < Kept + 5; i++)
        {
            contents.Add((await _node.LoadAsync(Definition(i))).Revision);
            await _node.AskAsync(new CatalogCommands.Revoke(_node.Client.PublicKey));
            await _node.AskAsync(new CatalogCommands.Restore(_node.Client.PublicKey));
        }

        var history = await _node.Store.ReadHistoryAsync(TestContext.Current.CancellationToken);
        Assert.Equal(contents.TakeLast(Kept).Reverse(), history.Where(revision => revision.Kind == RevisionKind.Load).Select(revision => revision.Revision));

        var oldest = contents[^Kept];
        Assert.Equal(oldest, history[^1].Revision);
        var forgotten = Assert.IsType<LoadOutcome.Refused>(await _node.AskAsync(new CatalogCommands.RollBack(contents[^(Kept + 1)])));
        Assert.Equal(LoadRefusal.NotFound, forgotten.Cause);
        Assert.Empty(await RowsAsync(contents[^(Kept + 1)]));

        var wanted = Assert.Single(await RowsAsync(oldest));
        Assert.IsType<LoadOutcome.Loaded>(await _node.AskAsync(new CatalogCommands.RollBack(oldest)));
        var now = await _node.Store.FindClientAsync(_node.Client.PublicKey, TestContext.Current.CancellationToken);
        Assert.Equal(wanted.Digest, now!.Digest);
    }

    [Fact]
    public async Task Another_number_is_kept_where_that_is_configured()
    {
        await using var node = new WatchedNode("coffer.catalog.keep-revisions = 2");
        await node.InitializeAsync();

        for (var i = 0; i < 3; i++) await node.LoadAsync($"[clients]\nclient = \"{node.Client.PublicKey}\"\n[client]\nNUMBER = {i}\n");

        var history = await node.Store.ReadHistoryAsync(TestContext.Current.CancellationToken);
        Assert.Equal([4L, 3L], history.Select(revision => revision.Revision));
    }

    private async Task<List<StoredRow>> RowsAsync(long revision)
    {
        var rows = new List<StoredRow>();
        await foreach (var row in _node.Store.ReadRowsAsync(revision, TestContext.Current.CancellationToken)) rows.Add(row);
        return rows;
    }

    private string Definition(int number) => $"[clients]\nclient = \"{_node.Client.PublicKey}\"\n[client]\nNUMBER = {number}\n";
}
