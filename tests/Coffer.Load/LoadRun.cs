using System.Diagnostics;
using System.Net;
using Coffer.Crypto.Keys;

namespace Coffer.Load;

/// <summary>What a load is to be.</summary>
/// <param name="Servers">Asked in turn.</param>
/// <param name="Count">How many conversations.</param>
/// <param name="Connections">How many at most at the same time.</param>
/// <param name="Rate">How many begin a second whether or not those before are through, or null for as many as go.</param>
/// <param name="Players">The numbers of the clients who fetch, in turn.</param>
/// <param name="ServerProcesses">The ids of the processes whose figures are read and added up; none for none.</param>
internal sealed record LoadPlan(
    IReadOnlyList<EndPoint> Servers, PublicKey ServerKey, int Count, int Connections, double? Rate, IReadOnlyList<int> Players, IReadOnlyList<int> ServerProcesses);

/// <summary>Drives a load: one thread for each conversation that may be under way.</summary>
internal sealed class LoadRun(LoadPlan plan, LoadClients clients)
{
    // The threads hold a few frames of this program and no more.
    private const int StackSize = 256 * 1024;

    private readonly long[] _latencies = new long[plan.Count];
    private readonly LoadEnd[] _ends = new LoadEnd[plan.Count];
    private int _next = -1;
    private long _begin;
    private volatile bool _isStopped;

    /// <summary>Lets the conversations that are under way end, and begins no other.</summary>
    internal void Stop() => _isStopped = true;

    internal LoadFigures Run()
    {
        // What a client is and expects is worked out before the clock runs.
        foreach (var player in plan.Players.Take(plan.Count)) clients.WithKey(player, _ => clients.Expected(player).Length);

        var before = Figures();
        _begin = Stopwatch.GetTimestamp();
        var workers = Enumerable.Range(0, Math.Min(plan.Connections, plan.Count)).Select(_ => new Thread(Work, StackSize)).ToArray();
        foreach (var worker in workers) worker.Start();
        foreach (var worker in workers) worker.Join();
        var seconds = Stopwatch.GetElapsedTime(_begin).TotalSeconds;

        var ends = _ends.AsSpan(0, Math.Min(_next + 1, plan.Count)).ToArray();
        var good = _latencies.Take(ends.Length).Where((_, i) => ends[i] == LoadEnd.Good).Order().ToArray();
        var failures = ends.Where(end => end != LoadEnd.Good).CountBy(end => end).ToDictionary();
        return new(seconds, good, failures, before, Figures());
    }

    private ProcessFigures? Figures() => plan.ServerProcesses.Count > 0 ? plan.ServerProcesses.Select(ProcessFigures.Of).Aggregate((one, other) => one + other) : null;

    private void Work()
    {
        using var conversation = new LoadConversation(plan.ServerKey);
        while (!_isStopped && Interlocked.Increment(ref _next) is var i && i < plan.Count)
        {
            var (number, client) = (i, plan.Players[i % plan.Players.Count]);
            var begin = plan.Rate is { } rate ? AwaitTurn(number, rate) : Stopwatch.GetTimestamp();
            _ends[i] = clients.WithKey(client, key => conversation.Have(
                plan.Servers[number % plan.Servers.Count], key, clients.Expected(client), () => _latencies[number] = Stopwatch.GetTimestamp() - begin));
        }
    }

    // The time it was due, even where no thread was free by then: a server that stalls is not spared the waiting of those who queue.
    // Sleep cuts to milliseconds, so a turn may come a little early: it then counts from there.
    private long AwaitTurn(int number, double rate)
    {
        var due = _begin + (long)(number / rate * Stopwatch.Frequency);
        var left = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due);
        if (left > TimeSpan.Zero) Thread.Sleep(left);
        return Math.Min(due, Stopwatch.GetTimestamp());
    }
}
