using System.Security.Cryptography;
using Coffer.Crypto.Sealing;
using Coffer.Definitions;
using Coffer.Protocol.Cbor;
using Coffer.Protocol.Secrets;
using Coffer.Server.Storage;

namespace Coffer.Server.Catalog;

/// <summary>What a plan changes of the clients that are stored.</summary>
internal static class StoredDifference
{
    /// <summary>The changes that <paramref name="plan"/> makes, in words that show no value.</summary>
    /// <param name="store">Where the clients of the plan's revision are.</param>
    /// <param name="seal">Opens their coffers.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="wanted">Those that it puts.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="StoreException">The store cannot be read.</exception>
    internal static async Task<IReadOnlyList<DefinitionChange>> ReadAsync<TContent>(
        ICofferStore store, StorageSeal seal, RevisionPlan<TContent> plan, IReadOnlyList<DefinedClient> wanted, CancellationToken cancellation)
    {
        var touched = plan.Removed.Concat(plan.Changed).ToHashSet();
        var before = new List<DefinedClient>(touched.Count);
        if (touched.Count > 0)
        {
            // A row that does not open is damaged: what is new of the client is shown as if it had had nothing.
            await foreach (var row in store.ReadRowsAsync(plan.Revision, cancellation).ConfigureAwait(false))
                if (touched.Contains(row.Owner)) before.Add(new DefinedClient(row.Name, row.Owner, Open(seal, row) ?? OpenCoffer.Empty));
        }
        return DefinitionDiff.Between(new Definition(before), new Definition(wanted));
    }

    /// <summary>What is in the coffer of <paramref name="row"/>; null where it does not open.</summary>
    internal static OpenCoffer? Open(StorageSeal seal, StoredRow row)
    {
        var opened = new byte[StorageSeal.OpenedSize(row.Coffer)];
        try
        {
            return seal.TryOpen(row.Owner, row.Coffer, opened) && CofferCbor.TryDecode(opened, out var coffer) ? coffer : null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(opened);
        }
    }
}
