using Coffer.Protocol.Frames;
using Coffer.Protocol.Messages;
using Coffer.Server.Audit;
using Coffer.Server.Catalog;
using Coffer.Server.Tests.Conversations;

namespace Coffer.Server.Tests.Audit;

/// <summary>A node whose trail can be held up or made to fail.</summary>
internal sealed class AuditedNode(bool isRequired, string config = "") : TestNode(config)
{
    internal GatedSink Sink { get; } = new();

    internal override AuditTrail OpenAudit(AuditSettings settings) => AuditTrail.Over(Sink, isRequired, settings, "test", TimeProvider.System);
}

/// <summary>A node that rotates its trail after a few lines.</summary>
internal sealed class RotatingNode() : TestNode("coffer.audit { max-size = 1KiB, keep = 2 }");

/// <summary>What a client notices of the trail, over a real connection to a real node.</summary>
public sealed class AuditSessionSpecs
{
    [Fact]
    public async Task A_fetch_leaves_one_line_with_who_got_what()
    {
        await using var node = await StartAsync(new AuditedNode(isRequired: false));

        await node.ServesAsBeforeAsync();

        await Trail.UntilAsync(() => Events(node, "fetch").Length == 1);
        var line = Events(node, "fetch")[0];
        Assert.Equal("client", Trail.Field(line, "client"));
        Assert.Equal(node.Client.PublicKey.ToString(), Trail.Field(line, "key"));
        Assert.Equal("granted", Trail.Field(line, "outcome"));
        Assert.Equal("1", Trail.Field(line, "revision"));
    }

    [Fact]
    public async Task The_trail_is_rotated_by_the_size_and_kept_in_the_number_that_are_configured()
    {
        await using var node = new RotatingNode();
        await node.InitializeAsync();

        for (var i = 0; i < 30; i++) await node.ServesAsBeforeAsync();

        await Trail.UntilAsync(() => File.Exists($"{node.AuditFile}.2"));
        await node.ServesAsBeforeAsync();
        Assert.False(File.Exists($"{node.AuditFile}.3"));
    }

    [Fact]
    public async Task Who_is_refused_leaves_a_line_that_says_why()
    {
        await using var node = await StartAsync(new AuditedNode(isRequired: false));
        using (var stranger = await RawPeer.ConnectAsync(node.Address))
        {
            await stranger.SendAsync(stranger.Hello(node.Stranger, node.ServerKey));
            await stranger.ReadFrameAsync();
        }
        using (var garbage = await RawPeer.ConnectAsync(node.Address))
        {
            await garbage.SendAsync([0x99, 0x99, 0x99]);
            await garbage.ReadErrorAsync(isSealed: false);
        }

        await Trail.UntilAsync(() => Events(node, "unknown-key").Length == 1 && Events(node, "refusal").Length == 1);

        Assert.Equal(node.Stranger.PublicKey.ToString(), Trail.Field(Events(node, "unknown-key")[0], "key"));
        Assert.Equal("garbage", Trail.Field(Events(node, "refusal")[0], "outcome"));
    }

    [Fact]
    public async Task Who_is_refused_after_the_coffer_was_sent_leaves_no_doubt_that_it_was()
    {
        await using var node = await StartAsync(new AuditedNode(isRequired: true));
        using var peer = await AskAsync(node, hold: false);
        await peer.ReadFrameAsync();

        await peer.SendAsync([0x99, 0x99, 0x99]);

        await Trail.UntilAsync(() => Events(node, "refusal").Length == 1);
        Assert.Null(Trail.Field(Events(node, "refusal")[0], "withheld"));
    }

    [Fact]
    public async Task What_the_catalog_was_asked_for_leaves_a_line()
    {
        await using var node = await StartAsync(new AuditedNode(isRequired: false));

        await node.AskAsync(new CatalogCommands.Revoke(node.Client.PublicKey, "client"));
        await node.AskAsync(new CatalogCommands.Restore(node.Client.PublicKey));
        await node.AskAsync(new CatalogCommands.RollBack(99));

        await Trail.UntilAsync(() => Events(node, "rollback").Length == 1);
        var lines = new[] { "load", "revoke", "restore", "rollback" }.Select(name => Assert.Single(Events(node, name))).ToArray();
        Assert.Equal(["done", "done", "done", "not-found"], lines.Select(line => Trail.Field(line, "outcome")));
        Assert.Equal([null, "client", null, null], lines.Select(line => Trail.Field(line, "client")));
        Assert.Equal(["1", "2", "3", null], lines.Select(line => Trail.Field(line, "revision")));
        Assert.Equal("99", Trail.Field(lines[3], "source"));
    }

    [Fact]
    public async Task No_coffer_leaves_before_its_required_line_is_on_the_disk()
    {
        await using var node = await StartAsync(new AuditedNode(isRequired: true, "coffer.limits.audit = 1m"));
        using var peer = await AskAsync(node, hold: true);

        Assert.Equal(0, peer.Available);
        node.Sink.Release();
        var (type, _) = await peer.ReadFrameAsync();

        Assert.Equal(MessageType.OkGet, type);
        Assert.True(node.Sink.WasToDisk);
        Assert.Equal("granted", Trail.Field(Assert.Single(Events(node, "fetch")), "outcome"));
    }

    [Fact]
    public async Task A_required_line_that_cannot_be_written_makes_the_server_unavailable_until_it_can()
    {
        await using var node = await StartAsync(new AuditedNode(isRequired: true));
        node.Sink.Failure = new IOException("No space left on device");

        using (var peer = await AskAsync(node, hold: false)) Assert.Equal(ErrorWord.Unavailable, await peer.ReadErrorAsync(isSealed: true));
        Assert.Empty(Events(node, "fetch"));
        node.Sink.Failure = null;

        await node.ServesAsBeforeAsync();
    }

    [Fact]
    public async Task A_refusal_for_a_line_that_could_not_be_written_withholds_nothing_that_the_trail_granted()
    {
        await using var node = await StartAsync(new AuditedNode(isRequired: true));
        node.Sink.FailsOnce = true;

        using (var peer = await AskAsync(node, hold: false)) Assert.Equal(ErrorWord.Unavailable, await peer.ReadErrorAsync(isSealed: true));

        await Trail.UntilAsync(() => Events(node, "refusal").Length == 1);
        Assert.Empty(Events(node, "fetch"));
        Assert.Null(Trail.Field(Events(node, "refusal")[0], "withheld"));
    }

    [Fact]
    public async Task A_required_line_that_takes_too_long_makes_the_server_unavailable()
    {
        await using var node = await StartAsync(new AuditedNode(isRequired: true, "coffer.limits.audit = 100ms"));
        using var peer = await AskAsync(node, hold: true);

        Assert.Equal(ErrorWord.Unavailable, await peer.ReadErrorAsync(isSealed: true));

        // The line was on its way and comes to stand there; the next one says what became of it.
        node.Sink.Release();
        await Trail.UntilAsync(() => Events(node, "refusal").Length == 1);
        Assert.Single(Events(node, "fetch"));
        Assert.Equal("unavailable", Trail.Field(Events(node, "refusal")[0], "outcome"));
        Assert.Equal("True", Trail.Field(Events(node, "refusal")[0], "withheld"));
    }

    [Fact]
    public async Task A_client_revoked_while_its_line_is_written_gets_nothing_and_the_trail_says_so()
    {
        await using var node = await StartAsync(new AuditedNode(isRequired: true, "coffer.limits.audit = 1m"));
        using var peer = await AskAsync(node, hold: true);
        await node.LoadAsync($"[clients]\nother = \"{Trail.NewKey()}\"\n");

        node.Sink.Release();

        Assert.Equal(ErrorWord.Revoked, await peer.ReadErrorAsync(isSealed: true));
        await Trail.UntilAsync(() => Events(node, "refusal").Length == 1);
        Assert.Single(Events(node, "fetch"));
        Assert.Equal(("client", "revoked"), (Trail.Field(Events(node, "refusal")[0], "client"), Trail.Field(Events(node, "refusal")[0], "outcome")));
        Assert.Equal("True", Trail.Field(Events(node, "refusal")[0], "withheld"));
    }

    [Fact]
    public async Task A_connection_that_is_cut_while_its_line_is_written_got_nothing_and_the_trail_says_so()
    {
        await using var node = await StartAsync(new AuditedNode(isRequired: true, "coffer.limits { audit = 1m, drain = 100ms }"));
        using var peer = await AskAsync(node, hold: true);

        await node.CutAsync();
        node.Sink.Release();

        await Trail.UntilAsync(() => Events(node, "refusal").Length == 1);
        Assert.Single(Events(node, "fetch"));
        var refusal = Assert.Single(Events(node, "refusal"));
        Assert.Equal(("client", "left", "True"), (Trail.Field(refusal, "client"), Trail.Field(refusal, "outcome"), Trail.Field(refusal, "withheld")));
        await peer.ReadEndAsync();
    }

    private static async Task<AuditedNode> StartAsync(AuditedNode node)
    {
        await node.InitializeAsync();
        await Trail.UntilAsync(() => Events(node, "load").Length == 1);
        return node;
    }

    // A client that has said Get; with the sink held up it is asked of no earlier than the line is being written.
    private static async Task<RawPeer> AskAsync(AuditedNode node, bool hold)
    {
        var peer = await RawPeer.ConnectAsync(node.Address);
        await peer.LinkAsync(node.Client, node.ServerKey);
        if (hold) node.Sink.Hold();
        await peer.SendAsync(peer.Get());
        if (hold) await node.Sink.EnteredAsync();
        return peer;
    }

    private static string[] Events(AuditedNode node, string name) => [.. node.Sink.Lines.Where(line => Trail.Field(line, "event") == name)];
}
