using System.Diagnostics;
using System.Text;
using Coffer.Load;

namespace Coffer.Cluster.Tests.Faults;

/// <summary>The definitions that were loaded: each is numbered, every client's coffer holds that number, and from when on it counts is written down.</summary>
internal sealed class Revisions(FaultCluster cluster)
{
    // Longer than a lease, which a load may have to wait for.
    private static readonly TimeSpan AtMost = TimeSpan.FromSeconds(20);

    private readonly Lock _gate = new();
    private readonly List<(long At, long Number)> _acknowledged = [];
    private long _newest;
    private int _next;

    /// <summary>The number of the newest one that was acknowledged.</summary>
    internal long Acknowledged
    {
        get
        {
            lock (_gate) return _acknowledged[^1].Number;
        }
    }

    /// <summary>The number of the newest one that anybody tried to load.</summary>
    internal long Newest => Volatile.Read(ref _newest);

    /// <summary>Whether a coffer of the number <paramref name="number"/> was a right answer to a fetch that began at <paramref name="begin"/>.</summary>
    internal bool MayBe(long number, long begin)
    {
        lock (_gate)
        {
            var last = _acknowledged.FindLast(acknowledged => acknowledged.At < begin);
            return number >= last.Number && number <= Newest;
        }
    }

    /// <summary>Tries to load one by way of <paramref name="node"/>, with as many clients more that nobody plays as make it large: whether it was acknowledged, and else what was said.</summary>
    internal async Task<(bool IsLoaded, string Said)> TryLoadAsync(int node, int others = 0)
    {
        var number = Interlocked.Increment(ref _newest);
        using var toml = new MemoryStream();
        // All of them are changed from one definition to the next, too.
        LoadDefinition.Write(cluster.Clients, new LoadOthers(others, Changed: number % 2 == 0 ? 0 : 100), number, toml);
        var file = cluster.Bench.Seal(Encoding.UTF8.GetString(toml.GetBuffer(), 0, (int)toml.Length));
        var ended = await cluster.Bench.ControlAsync(AtMost, node, "coffer", "load", file, "--yes");
        if (ended is not { ExitCode: 0 }) return (false, ended?.Error ?? $"nothing for {AtMost}");
        lock (_gate) _acknowledged.Add((Stopwatch.GetTimestamp(), number));
        return (true, "");
    }

    /// <summary>Tries until one is acknowledged, by way of one supervised node after the other, except for <paramref name="not"/>.</summary>
    internal async Task LoadAsync(int? not = null)
    {
        using var patience = new CancellationTokenSource(FaultCluster.Patience);
        while (true)
        {
            int[] nodes = [.. cluster.Supervised.Where(node => node != not)];
            var (isLoaded, said) = await TryLoadAsync(nodes[_next++ % nodes.Length]);
            if (isLoaded) return;
            Assert.False(patience.IsCancellationRequested, $"nothing could be loaded for {FaultCluster.Patience}, at last: {said}");
            await Task.Delay(500);
        }
    }
}
