using System.Net;
using Akka.Actor;
using Akka.Cluster.Sharding;
using Coffer.Server.Audit;
using Coffer.Server.Catalog;
using Coffer.Server.Hosting;
using Coffer.Server.Storage;

namespace Coffer.Server.Health;

/// <summary>Finds out whether clients that come to this node now get their coffers.</summary>
/// <remarks>
/// check      | holds when
/// serving    | clients are let in: from when there is something to serve until the node is asked to stop
/// definition | this node may serve, and a definition was loaded
/// audit      | where it is required: no line could not be written for some seconds
/// store      | the database answers
/// region     | the shard region answers, which means that it has found its coordinator
/// probe      | a fetch over TCP, through handshake, session, region, entity, row and seal, gives the probe's coffer
/// The last three are asked at most once a second, however many want to know; the others are looked up every time.
/// </remarks>
public sealed class Readiness(INodeView view, ICofferStore store, Probe probe, AuditTrail audit, NodeProgress progress, TimeProvider clock)
{
    private static readonly TimeSpan GoodFor = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private volatile Edge? _edge;
    private Task<ReadyCheck[]>? _asked;
    private long _askedAt;

    /// <summary>Clients are let in on <paramref name="listen"/> from now on, and get their coffers from the region <paramref name="coffers"/>.</summary>
    public void Serving(IPEndPoint listen, IActorRef coffers) => _edge = new(listen, coffers);

    /// <summary>What holds now, or did up to a second ago.</summary>
    public async Task<ReadyReport> CheckAsync()
    {
        var stopping = progress.Stopping;
        try
        {
            stopping.ThrowIfCancellationRequested();
            if (_edge is not { } edge) return new([new("serving", "the server is starting"), Definition()]);
            return new([new("serving", null), Definition(), .. Audit(), .. await AskAsync(edge).WaitAsync(stopping).ConfigureAwait(false)]);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return new([new("serving", "the server is stopping")]);
        }
    }

    private ReadyCheck[] Audit() => audit.IsRequired ? [new("audit", audit.Problem)] : [];

    private ReadyCheck Definition() => new("definition",
        !view.IsServing ? "this node may not serve now: the catalog has not renewed its lease, or the store was not read" : view.HasDefinition ? null : "no definition was ever loaded");

    private Task<ReadyCheck[]> AskAsync(Edge edge)
    {
        lock (_gate)
        {
            if (_asked is null || (_asked.IsCompleted && clock.GetElapsedTime(_askedAt) >= GoodFor))
            {
                _askedAt = clock.GetTimestamp();
                _asked = Task.WhenAll(CheckAsync("store", StoreAsync), CheckAsync("region", () => RegionAsync(edge.Coffers)), CheckAsync("probe", () => probe.FetchAsync(edge.Listen, Patience)));
            }
            return _asked;
        }
    }

    private async Task<string?> StoreAsync()
    {
        await store.ReadStateAsync().ConfigureAwait(false);
        return null;
    }

    private static async Task<string?> RegionAsync(IActorRef coffers)
    {
        await coffers.Ask<CurrentRegions>(GetCurrentRegions.Instance, Patience).ConfigureAwait(false);
        return null;
    }

    // Off the caller's thread: a database may answer, or wait, before it gives its task.
    private static async Task<ReadyCheck> CheckAsync(string name, Func<Task<string?>> check)
    {
        try
        {
            return new(name, await Task.Run(check).WaitAsync(Patience + GoodFor).ConfigureAwait(false));
        }
        catch (StoreException e)
        {
            return new(name, e.Message);
        }
        catch (Exception e) when (e is TimeoutException or AskTimeoutException)
        {
            return new(name, "no answer in time");
        }
    }

    private sealed record Edge(IPEndPoint Listen, IActorRef Coffers);
}
