using System.Diagnostics;
using System.Net;
using Coffer.Crypto.Keys;
using Coffer.Protocol.Frames;
using Coffer.Protocol.Messages;
using Coffer.Server.Tests.Conversations;
using Coffer.Tests.Shared;

namespace Coffer.EndToEnd.Tests.Server;

/// <summary>How a server ends, and what outlives it.</summary>
[Takes(seconds: 35)]
public sealed class ServerStopSpecs : IAsyncDisposable
{
    private readonly ServerBench _bench = new();

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task What_is_stored_survives_a_kill_and_is_served_without_a_definition()
    {
        var first = await _bench.ServeDefinitionAsync(_bench.OneClient("PORT = 5432"));
        await _bench.FetchAsync(first);
        await first.KillAsync();

        var second = await _bench.ServeAsync();

        Assert.Equal(["PORT"], (await _bench.FetchAsync(second)).Secrets.Select(secret => secret.Key));
    }

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    public async Task Stops_when_asked_to(string signal)
    {
        var server = await _bench.ServeDefinitionAsync(_bench.OneClient("PORT = 5432"));

        await server.SignalAsync(signal);
        var ended = await server.EndedAsync();

        Assert.Equal((0, ""), (ended.ExitCode, ended.Text));
        Assert.EndsWith(" info  stopped\n", ended.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(server.Log, line => line.Contains(" warn ", StringComparison.Ordinal) || line.Contains(" error ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_stop_takes_no_new_client_and_lets_a_linked_one_finish()
    {
        await File.WriteAllTextAsync(_bench.FilePath("node.conf"), "coffer.limits { drain = 60s, get = 60s }\n", TestContext.Current.CancellationToken);
        var server = await _bench.ServeAsync("--config", "node.conf", "--definition", _bench.Seal(_bench.OneClient("PORT = 5432")));
        var address = await server.ServingAsync();
        using var peer = await RawPeer.ConnectAsync(address);
        await peer.LinkAsync(_bench.Client, _bench.ServerKey);

        await server.SignalAsync("TERM");
        await TurnsAwayAsync(address);
        await peer.SendAsync(peer.Get());
        var (type, body) = await peer.ReadFrameAsync();
        var coffer = new byte[body.Length];
        Assert.True(SealedMessage.TryRead(peer.Transport, type, body, coffer, out _));
        await peer.SendAsync(peer.Bye(_bench.Client.PublicKey));
        await peer.ReadEndAsync();

        Assert.Equal(MessageType.OkGet, type);
        Assert.Equal(0, (await server.EndedAsync()).ExitCode);
    }

    [Fact]
    public async Task A_stop_waits_for_a_conversation_no_longer_than_the_drain()
    {
        await File.WriteAllTextAsync(_bench.FilePath("node.conf"), "coffer.limits { drain = 1s, get = 1h }\n", TestContext.Current.CancellationToken);
        var server = await _bench.ServeAsync("--config", "node.conf", "--definition", _bench.Seal(_bench.OneClient("PORT = 5432")));
        using var peer = await RawPeer.ConnectAsync(await server.ServingAsync());
        await peer.LinkAsync(_bench.Client, _bench.ServerKey);

        // The client never goes on, and its own deadline is an hour away.
        var ended = await server.StopAsync();

        Assert.Equal(0, ended.ExitCode);
        await peer.ReadEndAsync();
    }

    [Fact]
    public async Task A_stop_in_the_middle_of_the_start_is_a_stop()
    {
        var server = _bench.Start("--log-level", "debug", "--definition", _bench.Seal(_bench.OneClient("PORT = 5432")));

        await server.LineAsync(line => line.Contains(" debug ", StringComparison.Ordinal), "of the actors that start");
        var ended = await server.StopAsync();

        Assert.Equal(0, ended.ExitCode);
        Assert.Contains(server.Log, line => line.EndsWith(" info  stopped", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_load_that_is_killed_leaves_the_old_definition_or_the_new_one()
    {
        await (await _bench.ServeDefinitionAsync(Many(1))).StopAsync();
        var next = _bench.Seal(Many(2));

        for (var delay = 0; delay < 400; delay += 80)
        {
            var loading = _bench.Start("--definition", next);
            // Somewhere in the start, the load, or after it: each is a place where a crash must do no harm.
            await Task.Delay(600 + delay, TestContext.Current.CancellationToken);
            await loading.KillAsync();

            var served = await _bench.ServeAsync();
            var coffer = await _bench.FetchAsync(served);
            Assert.Contains(coffer.Find("VERSION")!.RevealAsText(), new[] { "1", "2" });
            Assert.Contains(served.Log, line => line.Contains($": 2000 clients, revision {coffer.Find("VERSION")!.RevealAsText()},", StringComparison.Ordinal));
            await served.StopAsync();
        }

        string Many(int version)
        {
            var others = Enumerable.Range(0, 1999).Select(_ => Guid.NewGuid().ToString("N")).ToArray();
            return $"[clients]\nclient = \"{_bench.Client.PublicKey}\"\n"
                + string.Concat(others.Select(name => $"c{name} = \"{KeyOf()}\"\n"))
                + $"[client]\nVERSION = {version}\n";
        }
    }

    private static PublicKey KeyOf()
    {
        using var pair = KeyPair.Generate();
        return pair.PublicKey;
    }

    // The socket closes soon after the signal; a connection made before that is reset.
    // Who comes while others finish is told why; a conversation that was let in just before the signal is no sign of anything.
    private async Task TurnsAwayAsync(IPEndPoint address)
    {
        for (var waited = Stopwatch.StartNew(); waited.Elapsed < RunningServer.Patience;)
        {
            using var peer = await RawPeer.ConnectAsync(address);
            await peer.SendAsync(peer.Hello(_bench.Client, _bench.ServerKey));
            var (type, body) = await peer.ReadFrameAsync();
            if (type == MessageType.Link) continue;
            Assert.Equal(MessageType.Error, type);
            Assert.Equal(ErrorWord.Unavailable, ErrorMessage.Parse(body).Word);
            return;
        }
        Assert.Fail("the server still lets clients in");
    }
}
