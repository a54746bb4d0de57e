using Coffer.Crypto.Keys;
using Coffer.Server.Storage;

namespace Coffer.Server.Catalog;

/// <summary>What a client is to be in the next revision.</summary>
/// <param name="Owner">Its key.</param>
/// <param name="Name">Its name in the definition.</param>
/// <param name="Digest">The keyed digest of its content.</param>
/// <param name="Content">Where the content comes from.</param>
public readonly record struct WantedClient<TContent>(PublicKey Owner, string Name, byte[] Digest, TContent Content);

/// <summary>Which rows lead from the stored revision to a wanted one. Decides by names and digests alone: the coffers that are stored stay sealed.</summary>
/// <param name="Revision">The stored revision that it starts from.</param>
/// <param name="Puts">Clients that are new, or have another coffer or name.</param>
/// <param name="Removed">Clients that are gone.</param>
/// <param name="Changed">The keys of those among <paramref name="Puts"/> that are stored already.</param>
/// <param name="Counts">How many of each.</param>
public sealed record RevisionPlan<TContent>(
    long Revision, IReadOnlyList<WantedClient<TContent>> Puts, IReadOnlyList<PublicKey> Removed, IReadOnlySet<PublicKey> Changed, LoadCounts Counts)
{
    /// <summary>How many clients there are afterwards.</summary>
    public int Clients => Counts.Added + Counts.Changed + Counts.Unchanged;

    /// <param name="revision">The stored revision.</param>
    /// <param name="stored">Its clients; those that stay are taken out.</param>
    /// <param name="wanted">The clients of the next revision, each once.</param>
    /// <param name="isSame">Whether content is the same although the digests differ, which only digests under two keys do.</param>
    public static RevisionPlan<TContent> Between(
        long revision, Dictionary<PublicKey, StoredClient> stored, IEnumerable<WantedClient<TContent>> wanted, Func<StoredClient, WantedClient<TContent>, bool> isSame)
    {
        var puts = new List<WantedClient<TContent>>();
        var changed = new HashSet<PublicKey>();
        var unchanged = 0;
        foreach (var client in wanted)
        {
            if (!stored.Remove(client.Owner, out var before))
            {
                puts.Add(client);
            }
            else if (before.Name != client.Name || !(before.Digest.AsSpan().SequenceEqual(client.Digest) || isSame(before, client)))
            {
                changed.Add(client.Owner);
                puts.Add(client);
            }
            else
            {
                unchanged++;
            }
        }
        return new(revision, puts, [.. stored.Keys], changed, new LoadCounts(puts.Count - changed.Count, changed.Count, stored.Count, unchanged));
    }
}
