using System.Diagnostics;
using System.Globalization;
using Coffer.Client;
using Coffer.Crypto.Keys;
using Coffer.Protocol.Cbor;
using Coffer.Protocol.Secrets;

namespace Coffer.Load;

/// <summary>What a load with failover is to be.</summary>
/// <param name="Servers">All of them.</param>
/// <param name="Workers">How many fetches may be under way; each worker goes on with the server that answered it last.</param>
/// <param name="Rate">How many fetches begin a second at most, all workers together. A worker that was held up does not catch up.</param>
/// <param name="Timeout">What a fetch may take, over all servers.</param>
internal sealed record FailoverPlan(IReadOnlyList<ServerAddress> Servers, PublicKey ServerKey, int Workers, double Rate, TimeSpan Timeout);

/// <summary>One fetch: begin and end in ticks of <see cref="Stopwatch"/>, which all processes of a machine share.</summary>
/// <param name="Revision">What the coffer says in <see cref="LoadDefinition.RevisionKey"/>; null where the fetch failed.</param>
/// <param name="Failure">Why it failed; null where it did not.</param>
/// <param name="Server">Who answered; null where nobody did.</param>
internal sealed record FailoverFetch(long Begin, long End, int Client, long? Revision, string? Failure, ServerAddress? Server)
{
    /// <summary>A line for programs, the fields parted by tabs, <c>-</c> for null: begin, end, client, revision, failure, server.</summary>
    public override string ToString() => string.Join('\t', Begin, End, LoadClients.NameOf(Client), Or(Revision), Or(Failure), Or(Server));

    private static string Or(object? value) => value is null ? "-" : Convert.ToString(value, CultureInfo.InvariantCulture)!;
}

/// <summary>Fetches by the client library, over and over, with failover, as applications would while servers come and go, and checks what arrives.</summary>
internal sealed class FailoverRun(FailoverPlan plan, LoadClients clients)
{
    private int _next = -1;

    /// <summary>Fetches until <paramref name="stop"/> is cancelled, and lets what is under way then end. <paramref name="fetched"/> is called once for each fetch, from one thread at a time.</summary>
    internal async Task<FailoverFigures> RunAsync(Action<FailoverFetch> fetched, CancellationToken stop)
    {
        var begin = Stopwatch.GetTimestamp();
        var fetches = new List<FailoverFetch>();
        await Task.WhenAll(Enumerable.Range(0, plan.Workers).Select(worker => Task.Run(() => WorkAsync(worker, Add, stop), CancellationToken.None)));
        return FailoverFigures.Of(fetches, begin, Stopwatch.GetTimestamp());

        void Add(FailoverFetch fetch)
        {
            lock (fetches)
            {
                fetches.Add(fetch);
                fetched(fetch);
            }
        }
    }

    private async Task WorkAsync(int worker, Action<FailoverFetch> add, CancellationToken stop)
    {
        var period = TimeSpan.FromSeconds(plan.Workers / plan.Rate);
        var due = Stopwatch.GetTimestamp() + Ticks(period * worker / plan.Workers);
        ServerAddress[] servers = [.. plan.Servers];
        Random.Shared.Shuffle(servers);
        while (await WaitAsync(due, stop))
        {
            due = Math.Max(due, Stopwatch.GetTimestamp()) + Ticks(period);
            var fetch = await FetchAsync(Interlocked.Increment(ref _next) % clients.Count, servers);
            add(fetch);
            if (fetch.Server is { } answered) servers = [answered, .. servers.Where(server => server != answered)];
        }
    }

    private async Task<FailoverFetch> FetchAsync(int client, ServerAddress[] servers)
    {
        var begin = Stopwatch.GetTimestamp();
        var outcome = await clients.WithKey(client, key => CofferClient.FetchAsync(new CofferClientOptions
        {
            Servers = servers,
            ServerKey = plan.ServerKey,
            Key = key,
            Timeout = plan.Timeout,
            InOrder = true,
        }));
        var end = Stopwatch.GetTimestamp();
        return outcome switch
        {
            FetchOutcome.Fetched fetched when RevisionOf(fetched.Coffer, client) is { } revision => new(begin, end, client, revision, null, fetched.Server),
            FetchOutcome.Fetched fetched => new(begin, end, client, null, nameof(LoadEnd.WrongCoffer), fetched.Server),
            FetchOutcome.Failed { Cause: FetchFailure.Refused refused } => new(begin, end, client, null, refused.Word.ToString(), null),
            FetchOutcome.Failed { Cause: FetchFailure.Broken broken } => new(begin, end, client, null, broken.Fault.ToString(), null),
            FetchOutcome.Failed failed => new(begin, end, client, null, failed.Cause.GetType().Name, null),
            _ => throw new InvalidOperationException("an outcome that there is not"),
        };
    }

    /// <summary>The revision that the coffer says it is of; null where anything else in it is not this client's.</summary>
    private long? RevisionOf(OpenCoffer coffer, int client)
    {
        var others = CofferCbor.Encode(OpenCoffer.Of(coffer.Secrets.Where(secret => secret.Key != LoadDefinition.RevisionKey)));
        return others.AsSpan().SequenceEqual(clients.Expected(client)) && coffer.Find(LoadDefinition.RevisionKey) is { Kind: SecretKind.Integer } revision ? revision.RevealInteger() : null;
    }

    private static async Task<bool> WaitAsync(long due, CancellationToken stop)
    {
        var left = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due);
        if (left > TimeSpan.Zero) await Task.Delay(left, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return !stop.IsCancellationRequested;
    }

    private static long Ticks(TimeSpan time) => (long)(time.TotalSeconds * Stopwatch.Frequency);
}
