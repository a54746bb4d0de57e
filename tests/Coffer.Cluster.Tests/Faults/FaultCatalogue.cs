using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Coffer.Load;
using Coffer.Protocol.Messages;
using Coffer.Server.Hosting;

namespace Coffer.Cluster.Tests.Faults;

/// <summary>All that is done to a cluster. What is done is undone in the same place, also where something in between fails.</summary>
internal static class FaultCatalogue
{
    // So many clients more make a load take a second or so.
    private const int LargeLoad = 20_000;

    // How far into it a load is cut short at most, in milliseconds since it began to write.
    private const int MostIntoLoad = 500;

    // For so long a node serves without the catalog: coffer.catalog.lease.
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(10);

    internal static readonly Fault RollingRestart = new("rolling restart", FaultBound.Served, RestartAllAsync);

    internal static readonly Fault Kill = new("kill -9 of a node", FaultBound.Within(20), KillAsync);

    internal static readonly Fault KillDuringLoad = new("kill -9 of the node with catalog and coordinator, during a load", FaultBound.Within(20), KillDuringLoadAsync);

    internal static readonly Fault ShortSuspension = new("SIGSTOP of the catalog's node for 5 s", FaultBound.After(20), SuspendShortlyAsync);

    internal static readonly Fault LongSuspension = new("SIGSTOP of another node for 30 s", FaultBound.After(20), run => SuspendLongAsync(run, catalog => Next(catalog)));

    internal static readonly Fault LongSuspensionOfCatalog = new("SIGSTOP of the catalog's node for 30 s", FaultBound.After(20), run => SuspendLongAsync(run, catalog => catalog));

    internal static readonly Fault Partition = new("partition 2 / 1, a node cut off with the database", FaultBound.Within(30), run => PartitionAsync(run, catalog => Next(catalog), keepsDatabase: true));

    internal static readonly Fault PartitionOfCatalog = new("partition 2 / 1, the catalog's node cut off with the database", FaultBound.Within(30), run => PartitionAsync(run, catalog => catalog, keepsDatabase: true));

    internal static readonly Fault PartitionFromDatabase = new("partition 2 / 1, the catalog's node cut off without the database", FaultBound.Within(30), run => PartitionAsync(run, catalog => catalog, keepsDatabase: false));

    internal static readonly Fault Delay = new("one link with 200 ms delay", FaultBound.Served, DelayAsync);

    internal static readonly Fault Loss = new("one link with 5 % loss", FaultBound.Served, LoseAsync);

    internal static readonly Fault DatabaseStop = new("PostgreSQL stopped for 30 s", FaultBound.AsBefore, StopDatabaseAsync);

    internal static readonly Fault DatabaseKill = new("PostgreSQL killed and restarted", FaultBound.None, KillDatabaseAsync);

    internal static readonly Fault LossOfTwo = new("two of three nodes lost for good", FaultBound.UntilTold, LoseTwoAsync);

    internal static readonly Fault Garbage = new("garbage and a port scan on the nodes' port for 30 s", FaultBound.AsBefore, GarbageAsync);

    internal static readonly Fault FullDisk = new("a full disk, audit required", FaultBound.AsBefore, FillDiskAsync);

    internal static readonly IReadOnlyList<Fault> All =
    [
        RollingRestart, Kill, KillDuringLoad, ShortSuspension, LongSuspension, LongSuspensionOfCatalog, Partition, PartitionOfCatalog, PartitionFromDatabase,
        Delay, Loss, DatabaseStop, DatabaseKill, LossOfTwo, Garbage, FullDisk,
    ];

    // Every node is the oldest when its turn comes, and hands over the catalog with its shards.
    private static async Task RestartAllAsync(FaultCase run)
    {
        var restarted = new HashSet<int>();
        while (restarted.Count < FaultCluster.Nodes)
        {
            var node = await run.Cluster.OldestAsync();
            // One is told so by an operator, the other ones by their supervisors.
            await (restarted.Count == 1 ? run.Cluster.LeaveAsync(node) : run.Cluster.StopAsync(node));
            Assert.True(restarted.Add(node), $"node {node} is the oldest again after it was restarted");
            run.Cluster.Start(node);
            await run.Cluster.Server(node).ServingAsync();
            await run.Cluster.FormedAsync();
        }
    }

    private static async Task KillAsync(FaultCase run)
    {
        var killed = Next(await run.Cluster.OldestAsync());
        await run.Cluster.KillAsync(killed);
        await run.RecoveredAsync(Others(killed));
        await ReviveAsync(run, killed);
    }

    private static async Task KillDuringLoadAsync(FaultCase run)
    {
        await run.StopLoadingAsync();
        var before = run.Cluster.Revisions.Acknowledged;
        var killed = await run.Cluster.OldestAsync();
        var isLarge = false;
        Task load;
        while (true)
        {
            load = run.Cluster.Revisions.TryLoadAsync(Next(killed), LargeLoad);
            // Somewhere in its transaction, or after that, while all nodes are told; where the load has ended by then, another one is begun.
            while (!load.IsCompleted && !await run.Cluster.IsWritingAsync()) await Task.Delay(10);
            await Task.WhenAny(load, Task.Delay(run.Random.Next(MostIntoLoad)));
            if (!load.IsCompleted) break;
            (before, isLarge) = (run.Cluster.Revisions.Acknowledged, true);
        }
        run.Begin();
        await run.Cluster.KillAsync(killed);
        await load;

        await run.RecoveredAsync(Others(killed));
        var counts = Assert.Single(await run.SweepAsync());
        Assert.Contains(counts, new[] { before, run.Cluster.Revisions.Newest });
        // Also of those whom nobody asks for: each definition changes all of them.
        Assert.Equal($"{run.Cluster.Clients.Count + (isLarge || counts != before ? LargeLoad : 0)} of 1", await run.Cluster.CountedAsync());
        run.StartLoading();
        await ReviveAsync(run, killed);
    }

    private static async Task SuspendShortlyAsync(FaultCase run)
    {
        var suspended = await run.Cluster.OldestAsync();
        await SuspendAsync(run, suspended, () => run.SinceFaultAsync(TimeSpan.FromSeconds(5)));
        await run.SinceFaultAsync(TimeSpan.FromSeconds(22));
    }

    // Definitions are acknowledged meanwhile, once its lease has run out: by the catalog, or by another one in its place.
    private static async Task SuspendLongAsync(FaultCase run, Func<int, int> choose)
    {
        var suspended = choose(await run.Cluster.OldestAsync());
        Task<IReadOnlyList<FailoverFetch>>? asking = null;
        var goesOn = 0L;
        await SuspendAsync(run, suspended, async () =>
        {
            await run.NewerCountsAsync();
            await run.SinceFaultAsync(TimeSpan.FromSeconds(28));
            // They begin after a definition counted of which the node has heard nothing: none may be answered with what it knew.
            asking = run.AskSuspendedAsync(suspended);
            await Task.WhenAll(run.SinceFaultAsync(TimeSpan.FromSeconds(30)), Task.Delay(TimeSpan.FromSeconds(2)));
            goesOn = Stopwatch.GetTimestamp();
        });
        Assert.Contains(await asking!, fetch => fetch.Begin < goesOn && fetch.End > goesOn);
    }

    private static async Task SuspendAsync(FaultCase run, int suspended, Func<Task> meanwhileAsync)
    {
        await run.AvoidAsync(suspended);
        await run.Cluster.Server(suspended).SignalAsync("STOP");
        run.Begin();
        try
        {
            await meanwhileAsync();
        }
        finally
        {
            await run.Cluster.Server(suspended).SignalAsync("CONT");
        }
    }

    private static async Task PartitionAsync(FaultCase run, Func<int, int> choose, bool keepsDatabase)
    {
        var alone = choose(await run.Cluster.OldestAsync());
        await run.AvoidAsync(alone);
        await run.Cluster.Network.CutOffAsync(alone, keepsDatabase ? null : run.Cluster.Bench.Postgres.Port);
        run.Begin();
        try
        {
            await run.EndedItselfAsync(alone, (int)ExitCode.Downed);
            await run.RecoveredAsync(Others(alone));
            await run.SinceFaultAsync(Lease);
            var without = Stopwatch.GetTimestamp();
            await run.NewerCountsAsync();
            await run.SinceFaultAsync(TimeSpan.FromSeconds(32));
            run.ServedNobody(alone, without);
        }
        finally
        {
            await run.Cluster.Network.HealAsync();
        }
    }

    private static async Task DelayAsync(FaultCase run)
    {
        await using var there = new DelayingRelay(run.Cluster.Network.Host, IPEndPoint.Parse(run.Cluster.Bench.Addresses[1]), TimeSpan.FromMilliseconds(200));
        await using var back = new DelayingRelay(run.Cluster.Network.Host, IPEndPoint.Parse(run.Cluster.Bench.Addresses[0]), TimeSpan.FromMilliseconds(200));
        try
        {
            await run.Cluster.Network.DetourAsync(0, 1, there.Port);
            await run.Cluster.Network.DetourAsync(1, 0, back.Port);
            await StaysWholeAsync(run);
            Assert.NotEqual(0, there.Connections + back.Connections);
            // All that one says to the other, and it said what kept them together, is late.
            Assert.False(await run.Cluster.Network.IsReachedDirectlyAsync(0, 1) || await run.Cluster.Network.IsReachedDirectlyAsync(1, 0), "a connection between the nodes goes past the relays");
        }
        finally
        {
            await run.Cluster.Network.HealAsync();
        }
    }

    private static async Task LoseAsync(FaultCase run)
    {
        await run.Cluster.Network.LoseAsync(0, 1, 0.05);
        try
        {
            await StaysWholeAsync(run);
            var (came, went) = await run.Cluster.Network.DroppedAsync(0);
            Assert.True(came > 0 && went > 0, $"lost: {came} packets that came, {went} that were to go");
        }
        finally
        {
            await run.Cluster.Network.HealAsync();
        }
    }

    private static async Task StopDatabaseAsync(FaultCase run)
    {
        // Every entity has what counts, so that none needs the database.
        await run.StopLoadingAsync();
        await run.SweepAsync();
        await run.Cluster.Bench.Postgres.StopAsync();
        run.Begin();
        try
        {
            await run.SinceFaultAsync(TimeSpan.FromSeconds(28));
            // By nodes whose leases would have run out long ago.
            for (var node = 0; node < FaultCluster.Nodes; node++) await run.AnsweredAsync(node, fetch => fetch.Failure is null, "does not serve without the database");
            await run.SinceFaultAsync(TimeSpan.FromSeconds(30));
            run.End();
        }
        finally
        {
            await run.Cluster.Bench.Postgres.StartAgainAsync();
        }
        Assert.Equal([run.Cluster.Revisions.Acknowledged], await run.SweepAsync());
        run.StartLoading();
    }

    private static async Task KillDatabaseAsync(FaultCase run)
    {
        await run.StopLoadingAsync();
        var stranger = run.Cluster.Clients.OtherKey(0).ToString();
        await run.Cluster.AskAsync("coffer", "revoke", stranger);
        var before = await run.Cluster.StoredAsync();
        Assert.Contains(stranger, before.Revoked, StringComparison.Ordinal);

        run.Begin();
        await run.Cluster.Bench.Postgres.KillAsync();
        await run.Cluster.Bench.Postgres.StartAgainAsync();

        Assert.Equal(before, await run.Cluster.StoredAsync());
        await run.Cluster.AskAsync("coffer", "restore", stranger);
        run.StartLoading();
    }

    private static async Task LoseTwoAsync(FaultCase run)
    {
        await run.StopLoadingAsync();
        var left = Next(await run.Cluster.OldestAsync());
        run.Begin();
        foreach (var lost in Others(left)) await run.Cluster.KillAsync(lost);
        await run.AnsweredAsync(left, fetch => fetch.Failure == nameof(ErrorWord.Unavailable), "did not say unavailable");
        await run.EndedItselfAsync(left, (int)ExitCode.Downed);

        // As docs/operations.md says: what is left is told that it is the cluster now; new nodes join it by a list that begins with it.
        await run.Cluster.KillAsync(left);
        run.Cluster.Start(left, ("--seeds", run.Cluster.Bench.Addresses[left]));
        await run.Cluster.Server(left).ServingAsync();
        await run.RecoveredAsync(left);
        run.ServesAgain();
        run.StartLoading();
        foreach (var lost in Others(left)) run.Cluster.Start(lost, ("--seeds", string.Join(',', [run.Cluster.Bench.Addresses[left], .. Others(left).Select(other => run.Cluster.Bench.Addresses[other])])));
    }

    private static async Task GarbageAsync(FaultCase run)
    {
        // Some 20 connections a second: half of them say something, the other half only look whether somebody listens.
        var nodes = run.Cluster.Bench.Addresses.Select(IPEndPoint.Parse).ToArray();
        for (var i = 0; i < 600; i++)
        {
            var pause = Task.Delay(50);
            using var peer = new TcpClient();
            await peer.ConnectAsync(nodes[i % nodes.Length]);
            if (i % 2 == 0) await peer.GetStream().WriteAsync(Garbled(run.Random));
            await pause;
        }
        Assert.Empty(run.Cluster.ExitsSince(run.FaultBegin));
    }

    private static async Task FillDiskAsync(FaultCase run)
    {
        try
        {
            Fill(run.Cluster.Filler);
            await run.AnsweredAsync(FaultCluster.SmallDisk, fetch => fetch.Failure == nameof(ErrorWord.Unavailable), "did not say unavailable without its audit trail");
            await run.RecoveredAsync(Others(FaultCluster.SmallDisk));
        }
        finally
        {
            File.Delete(run.Cluster.Filler);
        }
    }

    /// <summary>Waits until fetches have begun after the bound, without <paramref name="dead"/>; then starts it again.</summary>
    private static async Task ReviveAsync(FaultCase run, int dead)
    {
        await run.SinceFaultAsync(TimeSpan.FromSeconds(22));
        run.Cluster.Start(dead);
        await run.Cluster.Server(dead).ServingAsync();
    }

    private static async Task StaysWholeAsync(FaultCase run)
    {
        // Longer than it takes to find a node dead and take it out.
        await run.SinceFaultAsync(TimeSpan.FromSeconds(15));
        Assert.Empty(run.Cluster.ExitsSince(run.FaultBegin));
    }

    private static void Fill(string file)
    {
        using var filler = new FileStream(file, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        for (var size = 1 << 20; size > 0;)
        {
            try
            {
                filler.Write(new byte[size]);
            }
            catch (IOException)
            {
                size /= 2;
            }
        }
    }

    private static byte[] Garbled(Random random)
    {
        var bytes = new byte[1000];
        random.NextBytes(bytes);
        return bytes;
    }

    private static int Next(int node) => (node + 1) % FaultCluster.Nodes;

    private static int[] Others(int node) => [.. Enumerable.Range(0, FaultCluster.Nodes).Where(other => other != node)];
}
