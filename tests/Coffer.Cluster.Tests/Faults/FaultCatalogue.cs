using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Coffer.Protocol.Messages;
using Coffer.Server.Hosting;

namespace Coffer.Cluster.Tests.Faults;

/// <summary>All that is done to a cluster. What is done is undone in the same place, also where something in between fails.</summary>
internal static class FaultCatalogue
{
    internal static readonly Fault RollingRestart = new("rolling restart", FaultBound.None, RestartAllAsync);

    internal static readonly Fault Kill = new("kill -9 of a node", FaultBound.After(20), KillAsync);

    internal static readonly Fault KillDuringLoad = new("kill -9 of the node with catalog and coordinator, during a load", FaultBound.After(20), KillDuringLoadAsync);

    internal static readonly Fault ShortSuspension = new("SIGSTOP of a node for 5 s", FaultBound.After(20), run => SuspendAsync(run, TimeSpan.FromSeconds(5)));

    internal static readonly Fault LongSuspension = new("SIGSTOP of a node for 30 s", FaultBound.After(20), run => SuspendAsync(run, TimeSpan.FromSeconds(30)));

    internal static readonly Fault Partition = new("partition 2 / 1, the catalog's node cut off, with the database", FaultBound.After(30), run => PartitionAsync(run, keepsDatabase: true));

    internal static readonly Fault PartitionFromDatabase = new("partition 2 / 1, the catalog's node cut off, without the database", FaultBound.After(30), run => PartitionAsync(run, keepsDatabase: false));

    internal static readonly Fault Delay = new("one link with 200 ms delay", FaultBound.None, DelayAsync);

    internal static readonly Fault Loss = new("one link with 5 % loss", FaultBound.None, LoseAsync);

    internal static readonly Fault DatabaseStop = new("PostgreSQL stopped for 30 s", FaultBound.None, StopDatabaseAsync);

    internal static readonly Fault DatabaseKill = new("PostgreSQL killed and restarted", FaultBound.None, KillDatabaseAsync);

    internal static readonly Fault LossOfTwo = new("two of three nodes lost for good", FaultBound.Any, LoseTwoAsync);

    internal static readonly Fault Garbage = new("garbage and a port scan on the nodes' port for 30 s", FaultBound.None, GarbageAsync);

    internal static readonly Fault FullDisk = new("a full disk, audit required", FaultBound.None, FillDiskAsync);

    internal static readonly IReadOnlyList<Fault> All =
    [
        RollingRestart, Kill, KillDuringLoad, ShortSuspension, LongSuspension, Partition, PartitionFromDatabase, Delay,
        Loss, DatabaseStop, DatabaseKill, LossOfTwo, Garbage, FullDisk,
    ];

    private static async Task RestartAllAsync(FaultCase run)
    {
        for (var node = 0; node < FaultCluster.Nodes; node++)
        {
            await run.Cluster.StopAsync(node);
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
        var load = run.Cluster.Revisions.TryLoadAsync(Next(killed));
        await Task.Delay(RandomNumberGenerator.GetInt32(300));
        await run.Cluster.KillAsync(killed);
        await load;

        await run.RecoveredAsync(Others(killed));
        var counts = Assert.Single(await run.SweepAsync());
        Assert.Contains(counts, new[] { before, run.Cluster.Revisions.Newest });
        run.StartLoading();
        await ReviveAsync(run, killed);
    }

    private static async Task SuspendAsync(FaultCase run, TimeSpan time)
    {
        var suspended = await run.Cluster.OldestAsync();
        await run.AvoidAsync(suspended);
        await run.Cluster.Server(suspended).SignalAsync("STOP");
        try
        {
            await Task.Delay(time);
        }
        finally
        {
            await run.Cluster.Server(suspended).SignalAsync("CONT");
        }
    }

    private static async Task PartitionAsync(FaultCase run, bool keepsDatabase)
    {
        var alone = await run.Cluster.OldestAsync();
        await run.AvoidAsync(alone);
        await run.Cluster.Network.CutOffAsync(alone, keepsDatabase ? null : run.Cluster.Bench.Postgres.Port);
        try
        {
            await run.EndedItselfAsync(alone, (int)ExitCode.Downed);
            await run.RecoveredAsync(Others(alone));
            await run.SinceFaultAsync(TimeSpan.FromSeconds(32));
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
        try
        {
            await Task.Delay(TimeSpan.FromSeconds(30));
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
        await run.Cluster.Bench.Postgres.KillAsync();
        await run.Cluster.Bench.Postgres.StartAgainAsync();
    }

    private static async Task LoseTwoAsync(FaultCase run)
    {
        await run.StopLoadingAsync();
        var left = Next(await run.Cluster.OldestAsync());
        foreach (var lost in Others(left)) await run.Cluster.KillAsync(lost);
        await run.AnsweredAsync(left, fetch => fetch.Failure == nameof(ErrorWord.Unavailable), "did not say unavailable");
        await run.EndedItselfAsync(left, (int)ExitCode.Downed);

        // As docs/operations.md says: what is left is told that it is the cluster now; new nodes join it by a list that begins with it.
        await run.Cluster.KillAsync(left);
        run.Cluster.Start(left, ("--seeds", run.Cluster.Bench.Addresses[left]));
        await run.Cluster.Server(left).ServingAsync();
        await run.RecoveredAsync(left);
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
            if (i % 2 == 0) await peer.GetStream().WriteAsync(RandomNumberGenerator.GetBytes(1000));
            await pause;
        }
        Assert.Empty(run.Cluster.ExitsSince(run.FaultBegin));
    }

    private static async Task FillDiskAsync(FaultCase run)
    {
        try
        {
            Fill(run.Cluster.Filler);
            await run.AnsweredAsync(FaultCluster.SmallDisk, fetch => fetch.Failure is not null, "went on without its audit trail");
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

    private static int Next(int node) => (node + 1) % FaultCluster.Nodes;

    private static int[] Others(int node) => [.. Enumerable.Range(0, FaultCluster.Nodes).Where(other => other != node)];
}
