using System.Diagnostics;
using Coffer.Client;
using Coffer.Load;
using Coffer.Protocol.Messages;

namespace Coffer.Cluster.Tests.Faults;

/// <summary>A fault while eight clients fetch with failover, two more ask each node alone, and definitions are loaded.</summary>
internal sealed class FaultCase : IAsyncDisposable
{
    /// <summary>Fewer fetches a second than this are no load, and a case without load shows nothing.</summary>
    internal const int LeastRate = 100;

    private const int Workers = 8;
    private const int Rate = 220;

    // More than there will be: a sweep takes what the machine has left.
    private const int SweepRate = 2000;

    // So many clients that some are of shards of the node that is asked, however they are spread.
    private const int Questions = 32;

    // What a client gives one of several servers, before it asks the next one.
    private static readonly TimeSpan Undisturbed = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan Failover = TimeSpan.FromSeconds(30);

    // A question that waits in the socket of a suspended node is answered when that goes on: whatever is said then must not be stale.
    private static readonly TimeSpan Patient = TimeSpan.FromSeconds(60);

    private readonly CancellationTokenSource _stopFetching = new();
    private readonly Lock _gate = new();
    private readonly List<FailoverFetch> _fetches = [];
    private readonly List<FailoverFetch> _swept = [];
    private readonly List<FailoverFetch>[] _asked;
    private readonly List<FailoverFetch> _wrong = [];
    private readonly List<Task<FailoverFigures>> _runs = [];
    private readonly long _begin = Stopwatch.GetTimestamp();
    private long? _faultEnd;
    private long? _servesAgain;
    private CancellationTokenSource? _stopLoading;
    private Task _loading = Task.CompletedTask;

    private FaultCase(FaultCluster cluster, Random random)
    {
        Cluster = cluster;
        Random = random;
        _asked = [.. cluster.Servers.Select(_ => new List<FailoverFetch>())];
        _runs.Add(RunAsync(cluster.Servers, Workers, Rate, Failover, _fetches, _stopFetching.Token));
        foreach (var (node, server) in cluster.Servers.Index())
        {
            _runs.Add(RunAsync([server], workers: 1, rate: 5, TimeSpan.FromSeconds(2), _asked[node], _stopFetching.Token));
            _runs.Add(RunAsync([server], workers: 1, rate: 5, Patient, _asked[node], _stopFetching.Token));
        }
    }

    internal FaultCluster Cluster { get; }

    /// <summary>What there is of chance in the fault.</summary>
    internal Random Random { get; }

    /// <summary>When the fault began, in ticks of <see cref="Stopwatch"/>.</summary>
    internal long FaultBegin { get; private set; }

    /// <summary>Has <paramref name="fault"/> happen to <paramref name="cluster"/>, which is whole before and after it.</summary>
    internal static async Task<FaultReport> RunAsync(FaultCluster cluster, Fault fault, Random random)
    {
        await cluster.FormedAsync();
        await using var run = new FaultCase(cluster, random);
        run.StartLoading();
        await run.SteadyAsync();
        await cluster.BalancedAsync();
        run.Begin();
        await fault.InflictAsync(run);
        if (run._faultEnd is null) run.End();
        await cluster.FormedAsync();
        return await run.EndAsync(fault);
    }

    /// <summary>The fault begins now, and not before: for one that takes preparations.</summary>
    internal void Begin() => FaultBegin = Stopwatch.GetTimestamp();

    /// <summary>The fault is over now, and not when all that belongs to it is done: for one after which there is more to do.</summary>
    internal void End() => _faultEnd = Stopwatch.GetTimestamp();

    /// <summary>From now on no fetch that begins may fail, though any might until now.</summary>
    internal void ServesAgain() => _servesAgain = Stopwatch.GetTimestamp();

    /// <summary>Goes on loading definitions, by way of all nodes except for <paramref name="not"/>.</summary>
    internal void StartLoading(int? not = null)
    {
        _stopLoading = new CancellationTokenSource();
        _loading = LoadAsync(not, _stopLoading.Token);
    }

    /// <summary>Ends that; the last one was acknowledged.</summary>
    internal async Task StopLoadingAsync()
    {
        if (_stopLoading is null) return;
        await _stopLoading.CancelAsync();
        await _loading;
        _stopLoading.Dispose();
        _stopLoading = null;
    }

    /// <summary>From now on definitions are not loaded by way of <paramref name="node"/>.</summary>
    internal async Task AvoidAsync(int node)
    {
        await StopLoadingAsync();
        StartLoading(node);
    }

    /// <summary>Waits until fetches go on at their rate, and every node answers.</summary>
    internal async Task SteadyAsync() =>
        await UntilAsync(() => IsAtRate() && _asked.All(asked => asked.Exists(fetch => fetch.Failure is null)), "void: no load of 100 fetches a second from every node came about");

    /// <summary>Waits until fetches go on at their rate, <paramref name="nodes"/> (all unless given) answer, and every client was served, all of it after the last fetch that failed or was held up.</summary>
    internal async Task RecoveredAsync(params int[] nodes)
    {
        var called = Stopwatch.GetTimestamp();
        await UntilAsync(
            () =>
            {
                var since = Math.Max(called, Disturbed().Select(fetch => fetch.End).DefaultIfEmpty().Max());
                return IsAtRate()
                    && AllServed(since)
                    && _asked.Index().Where(asked => nodes.Length == 0 || nodes.Contains(asked.Index)).All(asked => asked.Item.Exists(fetch => fetch.Begin > since && fetch.Failure is null));
            },
            "the cluster did not recover");
    }

    /// <summary>Waits until <paramref name="node"/> has answered a question that was put to it alone after this was called; <paramref name="isIt"/> says whether as expected.</summary>
    internal async Task AnsweredAsync(int node, Func<FailoverFetch, bool> isIt, string what)
    {
        var called = Stopwatch.GetTimestamp();
        await UntilAsync(() => _asked[node].Exists(fetch => fetch.Begin > called && isIt(fetch)), $"node {node} {what}");
    }

    /// <summary>Puts a question for each of some clients to <paramref name="node"/>, which is suspended, and waits until it was answered, or the node ended. They are put within a second.</summary>
    internal async Task<IReadOnlyList<FailoverFetch>> AskSuspendedAsync(int node)
    {
        var fetches = new List<FailoverFetch>();
        using var once = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await RunAsync([Cluster.Servers[node]], Questions, rate: 2 * Questions, Patient, fetches, once.Token);
        return fetches;
    }

    /// <summary>Waits until a definition counts that nobody had tried to load before this was called: who is out of reach knows nothing of it.</summary>
    internal async Task NewerCountsAsync()
    {
        var tried = Cluster.Revisions.Newest;
        await UntilAsync(() => Cluster.Revisions.Acknowledged > tried, "no newer definition was acknowledged");
    }

    /// <summary>Checks that <paramref name="node"/> was asked, and served nobody, from <paramref name="since"/> until now.</summary>
    internal void ServedNobody(int node, long since)
    {
        lock (_gate)
        {
            var asked = _asked[node].Where(fetch => fetch.Begin > since).ToArray();
            Assert.NotEmpty(asked);
            Assert.DoesNotContain(asked, fetch => fetch.Failure is null);
        }
    }

    /// <summary>Waits until <paramref name="node"/> has ended by itself since the fault began, and checks how.</summary>
    internal async Task EndedItselfAsync(int node, int exitCode)
    {
        await UntilAsync(() => Cluster.ExitsSince(FaultBegin).Any(exit => exit.Node == node), $"node {node} did not end itself");
        Assert.Equal(exitCode, Cluster.ExitsSince(FaultBegin).First(exit => exit.Node == node).ExitCode);
    }

    /// <summary>Waits until so much time has passed since the fault began.</summary>
    internal async Task SinceFaultAsync(TimeSpan time)
    {
        var left = time - Stopwatch.GetElapsedTime(FaultBegin);
        if (left > TimeSpan.Zero) await Task.Delay(left);
    }

    /// <summary>The numbers of the definitions that all clients' coffers are of, now that nothing is being loaded.</summary>
    internal async Task<IReadOnlyList<long>> SweepAsync()
    {
        var called = Stopwatch.GetTimestamp();
        await SweepWhileAsync(() => UntilAsync(() => AllServed(called), "not every client was served"));
        return Numbers(called);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopFetching.CancelAsync();
        await Task.WhenAll(_runs);
        await StopLoadingAsync();
        _stopFetching.Dispose();
    }

    // One more definition is loaded, and every client served with that.
    private async Task<FaultReport> EndAsync(Fault fault)
    {
        await StopLoadingAsync();
        await Cluster.Revisions.LoadAsync();
        var loaded = Stopwatch.GetTimestamp();
        await SweepWhileAsync(() => RecoveredAsync());
        Assert.Equal([Cluster.Revisions.Acknowledged], Numbers(loaded));
        await _stopFetching.CancelAsync();
        await Task.WhenAll(_runs);
        return Report(fault, await _runs[0]);
    }

    private FaultReport Report(Fault fault, FailoverFigures figures)
    {
        var since = FailoverFigures.Of([.. _fetches.Where(fetch => fetch.End > FaultBegin)], FaultBegin, _fetches.Max(fetch => fetch.End));
        return new(
            fault,
            figures.Fetches,
            _fetches.Count(fetch => fetch.Failure is null) / figures.Seconds,
            [.. _fetches.Concat(_swept).Where(fetch => fetch.Failure is not null).Select(fetch => (SinceFault(fetch.Begin), fetch.Failure!))],
            [.. Disturbed().Select(fetch => (SinceFault(fetch.Begin), SinceFault(fetch.End)))],
            _wrong,
            since.LongestWithoutSuccess,
            since.Longest,
            _fetches.Count(fetch => fetch.Failure is null && fetch.End > FaultBegin && fetch.End <= _faultEnd) / SinceFault(_faultEnd!.Value).TotalSeconds,
            _servesAgain is { } again ? SinceFault(again) : fault.Bound.FailuresMayBeginFor,
            Logs());
    }

    private TimeSpan SinceFault(long at) => Stopwatch.GetElapsedTime(FaultBegin, at);

    private Task<FailoverFigures> RunAsync(IReadOnlyList<ServerAddress> servers, int workers, int rate, TimeSpan timeout, List<FailoverFetch> fetches, CancellationToken stop) =>
        new FailoverRun(new FailoverPlan(servers, Cluster.Bench.ServerKey, workers, rate, timeout), Cluster.Clients).RunAsync(fetch => Add(fetch, fetches), stop);

    private void Add(FailoverFetch fetch, List<FailoverFetch> fetches)
    {
        lock (_gate)
        {
            fetches.Add(fetch);
            if (fetch.Revision is { } number ? !Cluster.Revisions.MayBe(number, fetch.Begin) : IsWrong(fetch.Failure)) _wrong.Add(fetch);
        }
    }

    // What a server must never say to one of its clients, whatever it has lost. One that dies ends conversations early, and that is all that may be wrong with them.
    private static bool IsWrong(string? failure) => failure
        is nameof(LoadEnd.WrongCoffer) or nameof(FetchFailure.KeyUnknown) or nameof(FetchFailure.WrongServerKey)
        or nameof(ErrorWord.Revoked) or nameof(ErrorWord.Violation) or nameof(ErrorWord.Internal)
        or nameof(ConversationFault.DoesNotOpen) or nameof(ConversationFault.OutOfTurn) or nameof(ConversationFault.TooLarge) or nameof(ConversationFault.NotACoffer);

    private IReadOnlyList<long> Numbers(long since)
    {
        lock (_gate) return [.. Good(since).Select(fetch => fetch.Revision!.Value).Distinct()];
    }

    private IEnumerable<FailoverFetch> Good(long since) => _fetches.Concat(_swept).Where(fetch => fetch.Begin > since && fetch.Failure is null);

    private bool AllServed(long since) => Good(since).Select(fetch => fetch.Client).Distinct().Count() == Cluster.Clients.Count;

    private IEnumerable<FailoverFetch> Disturbed() =>
        _fetches.Concat(_swept).Where(fetch => fetch.End > FaultBegin && (fetch.Failure is not null || Stopwatch.GetElapsedTime(fetch.Begin, fetch.End) > Undisturbed));

    private bool IsAtRate()
    {
        var now = Stopwatch.GetTimestamp();
        return now - _begin > Stopwatch.Frequency && _fetches.Count(fetch => fetch.Failure is null && fetch.End > now - Stopwatch.Frequency) >= LeastRate;
    }

    private async Task LoadAsync(int? not, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await Cluster.Revisions.LoadAsync(not);
            await Task.Delay(TimeSpan.FromSeconds(8), stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // Fetches beside the load as fast as the machine can, while something is waited for.
    private async Task SweepWhileAsync(Func<Task> wait)
    {
        using var stop = new CancellationTokenSource();
        var sweep = RunAsync(Cluster.Servers, Workers, SweepRate, Failover, _swept, stop.Token);
        try
        {
            await wait();
        }
        finally
        {
            await stop.CancelAsync();
            await sweep;
        }
    }

    private async Task UntilAsync(Func<bool> isSo, string otherwise)
    {
        var begin = Stopwatch.GetTimestamp();
        while (true)
        {
            lock (_gate)
                if (isSo()) return;
            if (Stopwatch.GetElapsedTime(begin) > FaultCluster.Patience) Assert.Fail($"{otherwise} within {FaultCluster.Patience}:\n{Logs()}");
            await Task.Delay(200);
        }
    }

    private string Logs() => string.Join('\n', Enumerable.Range(0, FaultCluster.Nodes).SelectMany(node => Cluster.Server(node).Log.TakeLast(60).Select(line => $"node {node}: {line}")));
}
