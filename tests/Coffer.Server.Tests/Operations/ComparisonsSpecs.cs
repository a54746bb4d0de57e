using Coffer.Crypto.Keys;
using Coffer.Crypto.Sealing;
using Coffer.Server.Catalog;
using Coffer.Server.Operations;
using Coffer.Server.Storage;
using Coffer.Server.Tests.Catalog;

namespace Coffer.Server.Tests.Operations;

/// <summary>Comparisons of an empty store, over a real SQLite file.</summary>
public sealed class ComparisonsSpecs : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("coffer-store-").FullName;
    private readonly KeyPair _server = KeyPair.Generate();
    private OpenedStore _opened = null!;
    private StorageSeal _seal = null!;
    private WatchedStore _store = null!;
    private Comparisons _comparisons = null!;

    public async ValueTask InitializeAsync()
    {
        _opened = await OpenedStore.OpenAsync(DataDirectory.Open(_directory), address: null, _server.PublicKey);
        _seal = new StorageSeal(_server);
        _store = new WatchedStore(_opened.Store);
        _comparisons = new Comparisons(
            new DefinitionLoader(_store, _seal, _server, [], TimeProvider.System, keepRevisions: 20), new Rollback(_store, _seal, TimeProvider.System, keepRevisions: 20));
    }

    public async ValueTask DisposeAsync()
    {
        _comparisons.Dispose();
        _seal.Dispose();
        await _opened.DisposeAsync();
        _server.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Are_made_one_after_the_other()
    {
        var held = _store.HoldHistory();
        var first = _comparisons.OfRollbackAsync(1, TestContext.Current.CancellationToken);
        var second = _comparisons.OfLoadAsync(new byte[1], "no definition", allowRollback: false, TestContext.Current.CancellationToken);
        // It needs nothing of the store to be refused at once, and waits for its turn all the same.
        await Task.Delay(100, TestContext.Current.CancellationToken);
        Assert.False(second.IsCompleted);

        held.SetResult();

        Assert.Equal(LoadRefusal.NotFound, RefusalOf(await first));
        Assert.Equal(LoadRefusal.NotOurs, RefusalOf(await second));
    }

    [Theory]
    [InlineData("under way")]
    [InlineData("waiting")]
    public async Task End_with_their_askers(string which)
    {
        var held = _store.HoldHistory();
        using var leaving = new CancellationTokenSource();
        var first = _comparisons.OfRollbackAsync(1, which == "under way" ? leaving.Token : TestContext.Current.CancellationToken);
        var second = _comparisons.OfRollbackAsync(1, which == "waiting" ? leaving.Token : TestContext.Current.CancellationToken);
        var (left, staying) = which == "under way" ? (first, second) : (second, first);

        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
        held.SetResult();
        Assert.Equal(LoadRefusal.NotFound, RefusalOf(await staying));
    }

    private static LoadRefusal RefusalOf(DefinitionComparison comparison) =>
        Assert.IsType<LoadOutcome.Refused>(Assert.IsType<DefinitionComparison.NotLoadable>(comparison).Outcome).Cause;
}
