using Coffer.Client;
using Coffer.Crypto.Keys;
using Coffer.EndToEnd.Tests.Server;
using Coffer.Protocol.Frames;
using Coffer.Protocol.Messages;
using Coffer.Server.Tests.Conversations;

namespace Coffer.EndToEnd.Tests.Monitoring;

/// <summary>Whatever a peer is refused for is counted by that reason.</summary>
public sealed class RefusalMetricsSpecs : IAsyncDisposable
{
    private readonly ServerBench _bench = new();
    private RunningServer _server = null!;

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task Counts_each_refusal_by_its_reason()
    {
        _bench.Options["--metrics"] = "127.0.0.1:0";
        _server = await _bench.ServeDefinitionAsync(_bench.OneClient("A = 1"));
        using var monitored = await Monitored.OfAsync(_server);

        await RefuseSilenceAsync();
        await RefuseBeforeLinkAsync(_ => RawPeer.Plain(0x7f, 3));
        await RefuseBeforeLinkAsync(_ => RawPeer.Plain((byte)MessageType.Get, SealedMessage.GetFrameSize - FrameCodec.HeaderSize));
        await RefuseBeforeLinkAsync(peer => peer.Hello(_bench.Client, _bench.CompanionKey));
        await RefuseStrangerAsync();
        await RefuseAfterLinkAsync(peer => peer.SendAsync(peer.Sealed(MessageType.Get, (byte)MessageType.Bye)), ErrorWord.Violation);
        await RefuseAfterLinkAsync(async _ => Assert.Equal(0, (await _bench.ControlAsync("coffer", "revoke", "client")).ExitCode), ErrorWord.Revoked);

        var refused = await monitored.ScrapeAsync(scrape => Refusals(scrape).Values.Sum() == 7);
        // The last two are the store's and the cluster's to provoke.
        var expected = new Dictionary<string, double>
        {
            ["too_slow"] = 1,
            ["garbage"] = 1,
            ["out_of_turn"] = 1,
            ["bad_handshake"] = 1,
            ["unknown_key"] = 1,
            ["bad_message"] = 1,
            ["revoked"] = 1,
            ["unavailable"] = 0,
            ["unreadable"] = 0,
        };
        Assert.Equal(expected.OrderBy(reason => reason.Key), Refusals(refused).OrderBy(reason => reason.Key));
        Assert.Equal(7, refused.Value("coffer_fetches_total", "coffer_fetch_outcome", "refused"));
    }

    private static Dictionary<string, double> Refusals(Scrape scrape) =>
        scrape.Samples.Where(sample => sample.Name == "coffer_refusals_total").ToDictionary(sample => sample.Labels["coffer_refusal_reason"], sample => sample.Value);

    private async Task RefuseSilenceAsync()
    {
        using var peer = await RawPeer.ConnectAsync(await _server.ServingAsync());
        Assert.Equal(ErrorWord.Timeout, await peer.ReadErrorAsync(isSealed: false));
    }

    private async Task RefuseBeforeLinkAsync(Func<RawPeer, byte[]> frame)
    {
        using var peer = await RawPeer.ConnectAsync(await _server.ServingAsync());
        await peer.SendAsync(frame(peer));
        Assert.Equal(ErrorWord.Violation, await peer.ReadErrorAsync(isSealed: false));
    }

    private async Task RefuseStrangerAsync()
    {
        using var stranger = KeyPair.Generate();
        Assert.IsType<FetchFailure.KeyUnknown>(Assert.IsType<FetchOutcome.Failed>(await _bench.TryFetchAsync(_server, stranger)).Cause);
    }

    private async Task RefuseAfterLinkAsync(Func<RawPeer, Task> provoke, ErrorWord word)
    {
        using var peer = await RawPeer.ConnectAsync(await _server.ServingAsync());
        await peer.LinkAsync(_bench.Client, _bench.ServerKey);
        await provoke(peer);
        Assert.Equal(word, await peer.ReadErrorAsync(isSealed: true));
    }
}
