using System.Text.Json;
using Coffer.Operations;
using Coffer.Protocol.Frames;
using Coffer.Server.Tests.Conversations;

namespace Coffer.Server.Tests.Operations;

/// <summary>A node that waits for its clients for as long as a test takes.</summary>
public sealed class PatientNode() : TestNode("coffer.limits { hello = 10m, get = 10m, coffer = 10m, bye = 10m }");

/// <summary>What operators see of conversations that are open.</summary>
public sealed class SessionsSpecs(PatientNode node) : IClassFixture<PatientNode>, IDisposable
{
    private readonly ControlClient _control = new(DataDirectoryPath.SocketIn(node.DataDirectory));

    public void Dispose() => _control.Dispose();

    [Fact]
    public async Task Shows_each_open_conversation_with_its_client_and_how_far_it_has_come_until_Bye()
    {
        var key = node.Client.PublicKey.ToString();
        using var greeting = await RawPeer.ConnectAsync(node.Address);
        using var linked = await RawPeer.ConnectAsync(node.Address);
        await linked.LinkAsync(node.Client, node.ServerKey);
        using var served = await RawPeer.ConnectAsync(node.Address);
        await served.LinkAsync(node.Client, node.ServerKey);
        await served.SendAsync(served.Get());
        Assert.Equal(MessageType.OkGet, (await served.ReadFrameAsync()).Type);

        var open = await SessionsAsync();

        Assert.Equal(2, open.Count);
        Assert.Contains(("linked", "client", key, linked.Address.ToString()!), open);
        Assert.Contains(("served", "client", key, served.Address.ToString()!), open);

        await linked.SendAsync(linked.Bye(node.Client.PublicKey));
        await linked.ReadEndAsync();
        await served.SendAsync(served.Bye(node.Client.PublicKey));
        await served.ReadEndAsync();
        greeting.Reset();
        await node.QuietAsync();

        Assert.Empty(await SessionsAsync());
    }

    private async Task<List<(string State, string Client, string Key, string From)>> SessionsAsync() =>
        [.. (await _control.GetAsync("/v1/coffer/sessions")).Rows.Select(row => (Text(row, "state"), Text(row, "client"), Text(row, "key"), Text(row, "from")))];

    private static string Text(JsonElement row, string property) => row.GetProperty(property).GetString()!;
}
