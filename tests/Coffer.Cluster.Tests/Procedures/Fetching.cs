using Coffer.Client;
using Coffer.Crypto.Keys;

namespace Coffer.Cluster.Tests.Procedures;

/// <summary>Clients that fetch one coffer all the time, over every server given, as <c>coffer-client</c> does.</summary>
internal sealed class Fetching : IAsyncDisposable
{
    private const int Clients = 4;

    // Between two fetches of a client: the machine has other work.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly CancellationTokenSource _end = new();
    private readonly CofferClientOptions _options;
    private readonly Task[] _fetching;

    internal Fetching(IReadOnlyList<ServerAddress> servers, PublicKey serverKey, KeyPair key)
    {
        _options = new CofferClientOptions { Servers = servers, ServerKey = serverKey, Key = key, Timeout = TimeSpan.FromSeconds(30) };
        _fetching = [.. Enumerable.Range(0, Clients).Select(_ => Task.Run(FetchAsync))];
    }

    /// <summary>Ends them, once each has fetched; the test fails where any fetch has failed.</summary>
    internal async Task NoneFailedAsync()
    {
        await _end.CancelAsync();
        await Task.WhenAll(_fetching);
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await Task.WhenAll(_fetching).ContinueWith(_ => { }, TaskScheduler.Default);
        _end.Dispose();
    }

    private async Task FetchAsync()
    {
        var fetched = 0;
        do
        {
            if (await CofferClient.FetchAsync(_options) is FetchOutcome.Failed failed) Assert.Fail($"after {fetched} fetches: {failed.Cause}\n{string.Join('\n', failed.Attempts)}");
            fetched++;
            await Task.Delay(Pause);
        }
        while (!_end.IsCancellationRequested);
    }
}
