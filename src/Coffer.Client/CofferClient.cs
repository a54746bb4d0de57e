using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Coffer.Protocol.Messages;
using Coffer.Protocol.Secrets;

namespace Coffer.Client;

/// <summary>Fetches a client's coffer from one of several servers.</summary>
/// <remarks>
/// The servers are asked in turn, each address of a name by itself: the next one at once when one refuses, cannot be reached or breaks off.
/// After a round in which somebody said <c>busy</c> or <c>unavailable</c>, or broke off after it had proven itself, another round follows
/// after a pause that doubles and is drawn at random. An attempt may take what is left of the time, shared evenly with those that the round
/// still holds. What more asking cannot mend ends it at once: a wrong server key, an unknown client, a revoked one.
/// </remarks>
public static class CofferClient
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    /// <summary>Fetches the coffer that <paramref name="options"/> asks for.</summary>
    /// <exception cref="ArgumentException">There is no server, the timeout is not above zero, or the server's key is of low order.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled; the timeout is an outcome instead.</exception>
    public static async Task<FetchOutcome> FetchAsync(CofferClientOptions options, CancellationToken cancellation = default)
    {
        if (options.Servers.Count == 0) throw new ArgumentException("no server is named", nameof(options));
        if (options.Timeout <= TimeSpan.Zero) throw new ArgumentException("the timeout is not above zero", nameof(options));
        if (options.ServerKey.IsLowOrder) throw new ArgumentException("the server's key is of low order", nameof(options));

        var deadline = new Deadline(options.Timeout);
        var failures = new List<FetchFailure>();
        for (var pause = FirstPause; ; pause = TimeSpan.FromTicks(Math.Min(2 * pause.Ticks, LongestPause.Ticks)))
        {
            var before = failures.Count;
            if (await RoundAsync(options, deadline, failures, cancellation).ConfigureAwait(false) is { } fetched) return fetched;
            if (failures[^1].IsFinal()) return new FetchOutcome.Failed(failures[^1], failures);
            if (!failures.Skip(before).Any(f => f.MayPass()) || !await PauseAsync(pause, deadline, cancellation).ConfigureAwait(false))
                return new FetchOutcome.Failed(failures.AsEnumerable().Reverse().MaxBy(f => f.Weight())!, failures);
        }
    }

    /// <summary>Asks every address of every server once, until one answers, a failure is final, or the time is over.</summary>
    private static async Task<FetchOutcome.Fetched?> RoundAsync(CofferClientOptions options, Deadline deadline, List<FetchFailure> failures, CancellationToken cancellation)
    {
        for (var i = 0; i < options.Servers.Count; i++)
        {
            var server = options.Servers[i];
            var following = options.Servers.Count - 1 - i;
            var (addresses, unresolved) = await ResolveAsync(server, deadline.Share(1 + following), cancellation).ConfigureAwait(false);
            if (unresolved is not null) failures.Add(unresolved);
            for (var j = 0; j < addresses.Length; j++)
            {
                if (deadline.IsOver && failures.Count > 0) return null;
                var share = deadline.Share(addresses.Length - j + following);
                var (coffer, failure) = await AttemptAsync(options, server, new IPEndPoint(addresses[j], server.Port), share, cancellation).ConfigureAwait(false);
                if (coffer is not null) return new FetchOutcome.Fetched(coffer, server);
                failures.Add(failure!);
                if (failure!.IsFinal()) return null;
            }
        }
        return null;
    }

    private static async Task<(IPAddress[] Addresses, FetchFailure? Failure)> ResolveAsync(ServerAddress server, TimeSpan share, CancellationToken cancellation)
    {
        if (IPAddress.TryParse(server.Host, out var literal)) return ([literal], null);

        // The resolver does not always heed its token, so the wait for it does.
        using var limit = Limit(share, cancellation);
        try
        {
            var addresses = await Dns.GetHostAddressesAsync(server.Host, limit.Token).WaitAsync(limit.Token).ConfigureAwait(false);
            return addresses.Length > 0 ? (addresses, null) : ([], new FetchFailure.NameNotResolved(server, SocketError.NoData));
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

    private static async Task<(OpenCoffer? Coffer, FetchFailure? Failure)> AttemptAsync(
        CofferClientOptions options, ServerAddress server, IPEndPoint address, TimeSpan share, CancellationToken cancellation)
    {
        using var limit = Limit(share, cancellation);
        var stage = FetchStage.Connecting;
        try
        {
            using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            socket.NoDelay = true;
            await socket.ConnectAsync(address, limit.Token).ConfigureAwait(false);
            using var conversation = new Conversation(socket, server, options);
            try
            {
                return await conversation.FetchAsync(limit.Token).ConfigureAwait(false);
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
            return (null, new FetchFailure.CannotConnect(server, address, e.SocketErrorCode));
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return (null, new FetchFailure.TimedOut(server, stage));
        }
    }

    /// <summary>Waits somewhere between half of <paramref name="pause"/> and the whole; false where the deadline comes first.</summary>
    private static async Task<bool> PauseAsync(TimeSpan pause, Deadline deadline, CancellationToken cancellation)
    {
        var drawn = TimeSpan.FromMilliseconds(RandomNumberGenerator.GetInt32((int)pause.TotalMilliseconds / 2, (int)pause.TotalMilliseconds + 1));
        if (drawn >= deadline.Left) return false;
        await Task.Delay(drawn, cancellation).ConfigureAwait(false);
        return true;
    }

    private static CancellationTokenSource Limit(TimeSpan share, CancellationToken cancellation)
    {
        var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(share);
        return limit;
    }

    /// <summary>The end of the whole fetch, on the monotonic clock.</summary>
    private sealed class Deadline(TimeSpan timeout)
    {
        private readonly long _start = Stopwatch.GetTimestamp();

        internal TimeSpan Left => timeout - Stopwatch.GetElapsedTime(_start);

        internal bool IsOver => Left <= TimeSpan.Zero;

        /// <summary>What is left, divided by <paramref name="attempts"/>; never below zero.</summary>
        internal TimeSpan Share(int attempts) => IsOver ? TimeSpan.Zero : Left / attempts;
    }
}
