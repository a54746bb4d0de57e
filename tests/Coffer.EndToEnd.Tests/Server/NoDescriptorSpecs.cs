using System.Globalization;
using Coffer.Server.Tests.Conversations;

namespace Coffer.EndToEnd.Tests.Server;

/// <summary>A server that may open nothing any more, for a while.</summary>
public sealed class NoDescriptorSpecs : IAsyncDisposable
{
    private const string NoRoom = "TooManyOpenSockets";

    private readonly ServerBench _bench = new();

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task Serves_again_as_soon_as_it_may_and_says_it_once()
    {
        var server = await _bench.ServeDefinitionAsync(_bench.OneClient("PORT = 1"));
        var address = await server.ServingAsync();

        // Below what it has open already.
        await LimitAsync(server, 50);
        using var waiting = await RawPeer.ConnectAsync(address);
        await server.LineAsync(line => line.Contains(NoRoom, StringComparison.Ordinal), $"of {NoRoom}");
        // Akka tries every 10 ms.
        await Task.Delay(500, TestContext.Current.CancellationToken);
        await LimitAsync(server, 4096);

        await _bench.FetchAsync(server);
        Assert.Single(server.Log, line => line.Contains(NoRoom, StringComparison.Ordinal));
    }

    private async Task LimitAsync(RunningServer server, int descriptors)
    {
        var limited = await _bench.RunAsync("/usr/bin/prlimit", $"--pid={server.ProcessId.ToString(CultureInfo.InvariantCulture)}", $"--nofile={descriptors.ToString(CultureInfo.InvariantCulture)}:");
        Assert.Equal((0, ""), (limited.ExitCode, limited.Error));
    }
}
