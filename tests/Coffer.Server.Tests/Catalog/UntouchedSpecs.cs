using Akka.Actor;
using Akka.Cluster.Sharding;
using Coffer.Crypto.Keys;
using Coffer.Protocol.Frames;
using Coffer.Server.Catalog;
using Coffer.Server.Coffers;
using Coffer.Server.Tests.Conversations;
using Microsoft.Data.Sqlite;

namespace Coffer.Server.Tests.Catalog;

/// <summary>Who is not concerned by a load, or not known at all, costs nothing: no row, no query, no entity.</summary>
public sealed class UntouchedSpecs : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly WatchedNode _node = new();

    public ValueTask InitializeAsync() => _node.InitializeAsync();

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Fact]
    public async Task A_client_whose_coffer_did_not_change_keeps_its_row_and_its_live_entity()
    {
        var owner = _node.Client.PublicKey;
        using var other = KeyPair.Generate();
        await _node.LoadAsync(Definition(other.PublicKey, "A = 1"));
        await _node.ServesAsBeforeAsync();
        var rows = RowsOf(owner);

        for (var i = 2; i <= 10; i++) await _node.LoadAsync(Definition(other.PublicKey, $"A = {i}"));
        await _node.ServesAsBeforeAsync();

        Assert.Equal(rows, RowsOf(owner));
        Assert.Single(rows);
        Assert.Equal(1, _node.Store.FindsOf(owner));
        Assert.Equal(10, RowsOf(other.PublicKey).Count);
    }

    [Fact]
    public async Task A_client_whose_coffer_changed_is_read_again_by_its_live_entity()
    {
        await _node.ServesAsBeforeAsync();
        await _node.LoadAsync($"[clients]\nclient = \"{_node.Client.PublicKey}\"\n[client]\nPASSWORD = \"another\"\n");
        await _node.AskAsync(new CatalogCommands.RollBack(1));

        await _node.ServesAsBeforeAsync();

        Assert.Equal(2, _node.Store.FindsOf(_node.Client.PublicKey));
    }

    [Fact]
    public async Task A_key_that_is_not_known_costs_no_query_and_no_entity()
    {
        var calls = _node.Store.Calls;
        for (var i = 0; i < 20; i++)
        {
            using var stranger = KeyPair.Generate();
            using var peer = await RawPeer.ConnectAsync(_node.Address);
            await peer.SendAsync(peer.Hello(stranger, _node.ServerKey));
            Assert.Equal(MessageType.KeyNotFound, (await peer.ReadFrameAsync()).Type);
        }

        Assert.Equal(calls, _node.Store.Calls);
        Assert.Empty(await EntitiesAsync());
        await _node.ServesAsBeforeAsync();
        Assert.Equal([CofferShardExtractor.EntityIdOf(_node.Client.PublicKey)], await EntitiesAsync());
    }

    [Fact]
    public async Task A_revoked_client_costs_no_query_and_no_entity_either()
    {
        await _node.AskAsync(new CatalogCommands.Revoke(_node.Client.PublicKey));
        var calls = _node.Store.Calls;

        using var peer = await RawPeer.ConnectAsync(_node.Address);
        await peer.SendAsync(peer.Hello(_node.Client, _node.ServerKey));
        Assert.Equal(MessageType.KeyNotFound, (await peer.ReadFrameAsync()).Type);

        Assert.Equal(calls, _node.Store.Calls);
        Assert.Empty(await EntitiesAsync());
    }

    private string Definition(PublicKey other, string secret) => $"""
        [clients]
        client = "{_node.Client.PublicKey}"
        other = "{other}"
        [client]
        PASSWORD = "not-a-real-secret"
        PORT = 5432
        [other]
        {secret}
        """;

    private async Task<string[]> EntitiesAsync()
    {
        var state = await _node.Actors.Get<CofferRegion>().Ask<CurrentShardRegionState>(GetShardRegionState.Instance, Patience);
        return [.. state.Shards.SelectMany(shard => shard.EntityIds)];
    }

    private List<(long RowId, long Revision)> RowsOf(PublicKey owner)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(_node.DataDirectory, "coffer.db")};Mode=ReadOnly;Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT rowid, revision FROM coffers WHERE owner = $owner ORDER BY rowid";
        command.Parameters.AddWithValue("$owner", owner.Span.ToArray());
        using var reader = command.ExecuteReader();
        var rows = new List<(long, long)>();
        while (reader.Read()) rows.Add((reader.GetInt64(0), reader.GetInt64(1)));
        return rows;
    }
}
