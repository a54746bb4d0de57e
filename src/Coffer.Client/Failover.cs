using System.Net;
using System.Net.Sockets;
using Coffer.Protocol.Secrets;

namespace Coffer.Client;

/// <summary>One fetch: rounds over all servers, until one answers or asking on is of no use. The rules stand at <see cref="CofferClient"/>.</summary>
/// <param name="options">What to fetch.</param>
/// <param name="blocks">Whether the thread waits, so that every task is complete when it is returned.</param>
internal sealed class Failover(CofferClientOptions options, bool blocks)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    private readonly Deadline _deadline = new(options.Timeout);
    private readonly ServerAddress[] _servers = Ordered([.. options.Servers], options.InOrder);
    private readonly List<FetchFailure> _failures = [];
    private TimeSpan _attemptTimeout = options.AttemptTimeout;

    internal async Task<FetchOutcome> FetchAsync(CancellationToken cancellation)
    {
        for (var pause = FirstPause; ; pause = Doubled(pause, LongestPause))
        {
            var before = _failures.Count;
            if (await RoundAsync(cancellation).ConfigureAwait(false) is { } fetched) return fetched;
            if (_failures[^1].IsFinal() || !_failures.Skip(before).Any(f => f.MayPass()) || !await PauseAsync(pause, cancellation).ConfigureAwait(false))
                return FetchOutcome.Failed.Of(_failures);
            _attemptTimeout = Doubled(_attemptTimeout, options.Timeout);
        }
    }

    /// <summary>Asks every address of every server once, until one answers, a failure is final, or the time is over.</summary>
    private async Task<FetchOutcome.Fetched?> RoundAsync(CancellationToken cancellation)
    {
        for (var i = 0; i < _servers.Length; i++)
        {
            var following = _servers.Length - 1 - i;
            var (servers, unresolved) = await ResolveAsync(_servers[i], Share(1 + following, isAlone: _servers.Length == 1), cancellation).ConfigureAwait(false);
            if (unresolved is not null) _failures.Add(unresolved);
            for (var j = 0; j < servers.Length; j++)
            {
                if (_deadline.IsOver && _failures.Count > 0) return null;
                var share = Share(servers.Length - j + following, isAlone: _servers.Length == 1 && servers.Length == 1);
                var (coffer, failure) = await AttemptAsync(servers[j], share, cancellation).ConfigureAwait(false);
                if (coffer is not null) return new FetchOutcome.Fetched(coffer, servers[j]);
                _failures.Add(failure!);
                if (failure!.IsFinal()) return null;
            }
        }
        return null;
    }

    /// <summary>The server at each of its addresses; or the failure, and none.</summary>
    private async Task<(ServerAddress[] Servers, FetchFailure? Failure)> ResolveAsync(ServerAddress server, TimeSpan share, CancellationToken cancellation)
    {
        if (server.Address is not null || IPAddress.TryParse(server.Host, out _)) return ([server], null);

        // The resolver does not always heed its token, so the wait for it does.
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(share);
        try
        {
            var resolving = Dns.GetHostAddressesAsync(server.Host, limit.Token).WaitAsync(limit.Token);
            if (blocks) Task.WaitAny([resolving], CancellationToken.None);
            var addresses = await resolving.ConfigureAwait(false);
            if (addresses.Length == 0) return ([], new FetchFailure.NameNotResolved(server, SocketError.NoData));
            return ([.. Ordered(addresses, options.InOrder).Select(server.At)], null);
        }
        catch (SocketException e)
        {
            return ([], new FetchFailure.NameNotResolved(server, e.SocketErrorCode));
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return ([], new FetchFailure.TimedOut(server, FetchStage.Resolving));
        }
    }

    private async Task<(OpenCoffer? Coffer, FetchFailure? Failure)> AttemptAsync(ServerAddress server, TimeSpan share, CancellationToken cancellation)
    {
        var address = new IPEndPoint(server.Address ?? IPAddress.Parse(server.Host), server.Port);
        var stage = FetchStage.Connecting;
        try
        {
            using Wire wire = blocks ? new BlockingWire(address, share) : new AwaitedWire(address, share, cancellation);
            await wire.ConnectAsync().ConfigureAwait(false);
            using var conversation = new Conversation(wire, server, options);
            try
            {
                return await conversation.FetchAsync().ConfigureAwait(false);
            }
            finally
            {
                stage = conversation.Stage;
            }
        }
        // Who refuses a connection does not reset it: it had been accepted, and the reset came before the socket told us so.
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
        {
            return (null, new FetchFailure.NotACofferServer(server, ForeignAnswer.ClosedAtOnce));
        }
        catch (SocketException e)
        {
            return (null, new FetchFailure.CannotConnect(server, e.SocketErrorCode));
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return (null, new FetchFailure.TimedOut(server, stage));
        }
    }

    /// <summary>Waits somewhere between half of <paramref name="pause"/> and the whole; false where the deadline comes first.</summary>
    private async Task<bool> PauseAsync(TimeSpan pause, CancellationToken cancellation)
    {
        var drawn = pause * (0.5 + Random.Shared.NextDouble() / 2);
        if (drawn >= _deadline.Left) return false;
        if (blocks) Thread.Sleep(drawn);
        else await Task.Delay(drawn, cancellation).ConfigureAwait(false);
        return true;
    }

    /// <summary>What the first of so many <paramref name="attempts"/> may take: alone all that is left.</summary>
    private TimeSpan Share(int attempts, bool isAlone)
    {
        var even = _deadline.Share(attempts);
        return isAlone || even < _attemptTimeout ? even : _attemptTimeout;
    }

    // As hosts of one name come from the resolver in an order that is the same for all who ask, they are drawn, too.
    private static T[] Ordered<T>(T[] values, bool inOrder)
    {
        if (!inOrder) Random.Shared.Shuffle(values);
        return values;
    }

    private static TimeSpan Doubled(TimeSpan time, TimeSpan most) => time < most / 2 ? 2 * time : most;
}
