using System.Text;
using Coffer.Crypto.Keys;
using Coffer.Crypto.Sealing;
using Coffer.Definitions.Sealed;
using Coffer.Server.Catalog;
using Coffer.Server.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace Coffer.Server.Tests.Catalog;

/// <summary>Loads and rollbacks while the server's key is being changed touch the clients that they would touch otherwise.</summary>
public sealed class KeyChangeSpecs : IAsyncLifetime
{
    private const int Keep = 20;

    private readonly string _directory = Directory.CreateTempSubdirectory("coffer-key-").FullName;
    private readonly KeyPair _old = KeyPair.Generate();
    private readonly KeyPair _new = KeyPair.Generate();
    private readonly KeyPair _companion = KeyPair.Generate();
    private readonly KeyPair _alice = KeyPair.Generate();
    private readonly KeyPair _bob = KeyPair.Generate();
    private OpenedStore? _opened;
    private StorageSeal? _seal;
    private ServerKeys _keys = null!;
    private long _serial;

    public async ValueTask InitializeAsync()
    {
        await RestartAsync(_old);
        Assert.Equal(new LoadCounts(2, 0, 0, 0), (await LoadAsync("first", _old)).Counts);
    }

    public async ValueTask DisposeAsync()
    {
        await _opened!.DisposeAsync();
        _seal!.Dispose();
        foreach (var key in new[] { _old, _new, _companion, _alice, _bob }) key.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task A_definition_with_the_same_content_touches_nobody_whichever_key_its_rows_are_under()
    {
        await RestartAsync(new(_new, _old));

        Assert.Equal(new LoadCounts(0, 0, 0, 2), (await LoadAsync("first", _new)).Counts);
        await SealAllAsync();
        Assert.Equal(new LoadCounts(0, 0, 0, 2), (await LoadAsync("first", _old)).Counts);
    }

    [Fact]
    public async Task A_definition_with_other_content_touches_the_one_whose_content_it_is()
    {
        await RestartAsync(new(_new, _old));

        Assert.Equal(new LoadCounts(0, 1, 0, 1), (await LoadAsync("second", _new)).Counts);
        await SealAllAsync();

        Assert.Equal("second", await OpenAsync(_alice));
        Assert.Equal("bobs", await OpenAsync(_bob));
    }

    [Fact]
    public async Task A_rollback_touches_those_alone_whose_content_it_changes()
    {
        await RestartAsync(new(_new, _old));
        await LoadAsync("second", _new);
        await LoadAsync("first", _new);

        Assert.IsType<LoadOutcome.Unchanged>(await RollBackAsync(1));
        Assert.Equal(new LoadCounts(0, 1, 0, 1), Assert.IsType<LoadOutcome.Loaded>(await RollBackAsync(2)).Counts);

        Assert.Equal("second", await OpenAsync(_alice));
    }

    [Fact]
    public async Task What_comes_back_from_a_revision_before_the_change_opens_under_the_new_key_alone()
    {
        await LoadAsync("second", _old);
        await RestartAsync(new(_new, _old));
        await RollBackAsync(1);
        await SealAllAsync();
        await RestartAsync(_new);

        Assert.Equal("first", await OpenAsync(_alice));
        Assert.IsType<LoadOutcome.Loaded>(await RollBackAsync(2));
        Assert.Equal("second", await OpenAsync(_alice));
        Assert.Equal(new LoadCounts(0, 0, 0, 2), (await LoadAsync("second", _new)).Counts);
    }

    [Fact]
    public async Task A_row_that_opens_under_neither_key_stays_as_it_is_and_holds_nothing_up()
    {
        var damaged = new SealedCoffer(2, new byte[100]);
        var revision = new StoredRevision(2, RevisionKind.Load, 2, null, null, null, DateTimeOffset.UnixEpoch, null, null, Clients: 2, Added: 0, Changed: 1, Removed: 0);
        Assert.True(await _opened!.Store.TryWriteAsync(revision, [new RowChange.Put(_alice.PublicKey, "alice", [1], damaged)], Keep, TestContext.Current.CancellationToken));
        await RestartAsync(new(_new, _old));

        await SealAllAsync();

        Assert.Equal([_new.PublicKey], (await _opened.Store.ReadKeysAsync(TestContext.Current.CancellationToken)).Keys);
        Assert.Equal(damaged.Bytes.ToArray(), (await _opened.Store.FindAsync(_alice.PublicKey, TestContext.Current.CancellationToken))!.Coffer.Bytes.ToArray());
        Assert.Equal("bobs", await OpenAsync(_bob));
    }

    [Fact]
    public async Task A_definition_for_a_key_that_is_not_held_is_refused_as_ever()
    {
        using var other = KeyPair.Generate();
        await RestartAsync(new(_new, _old));

        var refused = Assert.IsType<LoadOutcome.Refused>(await TryLoadAsync("second", other));

        Assert.Equal(LoadRefusal.NotOurs, refused.Cause);
        Assert.Contains($"not sealed for {_new.PublicKey}", refused.Lines[0], StringComparison.Ordinal);
    }

    private async Task RestartAsync(ServerKeys keys)
    {
        if (_opened is not null) await _opened.DisposeAsync();
        _seal?.Dispose();
        _keys = keys;
        _seal = new StorageSeal(keys);
        _opened = await OpenedStore.OpenAsync(DataDirectory.Open(_directory), address: null, keys.Public, TestContext.Current.CancellationToken);
        await _opened.Store.BeginTermAsync(TestContext.Current.CancellationToken);
    }

    private async Task SealAllAsync()
    {
        var change = new KeyChange(_opened!.Store, _seal!, NullLogger<KeyChange>.Instance);
        while (await change.SealNextAsync() == SealingStep.More)
        {
        }
    }

    private async Task<LoadOutcome.Loaded> LoadAsync(string alices, KeyPair server) => Assert.IsType<LoadOutcome.Loaded>(await TryLoadAsync(alices, server));

    private Task<LoadOutcome> TryLoadAsync(string alices, KeyPair server)
    {
        var toml = $"[clients]\nalice = \"{_alice.PublicKey}\"\nbob = \"{_bob.PublicKey}\"\n[alice]\nA = \"{alices}\"\n[bob]\nA = \"bobs\"\n";
        var file = new MemoryStream();
        SealedDefinition.Seal(new MemoryStream(Encoding.UTF8.GetBytes(toml)), _companion, server.PublicKey, ++_serial, DateTimeOffset.UtcNow, file);
        return new DefinitionLoader(_opened!.Store, _seal!, _keys, [_companion.PublicKey], TimeProvider.System, Keep).LoadAsync(file.ToArray(), "test.coffer", allowRollback: true, expected: null, known: 0);
    }

    private Task<LoadOutcome> RollBackAsync(long revision) => new Rollback(_opened!.Store, _seal!, TimeProvider.System, Keep).RunAsync(revision, expected: null, known: 0);

    private async Task<string> OpenAsync(KeyPair client)
    {
        var stored = (await _opened!.Store.FindAsync(client.PublicKey, TestContext.Current.CancellationToken))!;
        var opened = new byte[StorageSeal.OpenedSize(stored.Coffer)];
        Assert.True(_seal!.TryOpen(client.PublicKey, stored.Coffer, opened));
        Assert.True(Coffer.Protocol.Cbor.CofferCbor.TryDecode(opened, out var coffer));
        return Assert.Single(coffer.Secrets).Value.RevealText();
    }
}
