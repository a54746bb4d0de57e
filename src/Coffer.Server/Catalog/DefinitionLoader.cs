using System.Formats.Cbor;
using Coffer.Crypto.Keys;
using Coffer.Crypto.Sealing;
using Coffer.Definitions;
using Coffer.Definitions.Sealed;
using Coffer.Protocol.Cbor;
using Coffer.Server.Storage;

namespace Coffer.Server.Catalog;

/// <summary>Turns a sealed definition into the next revision of the store: opens, reads, compares, writes what changed.</summary>
/// <remarks>Runs on any thread, one load at a time: the catalog sees to that, and the store's own check of the revision to what the catalog cannot see.</remarks>
public sealed class DefinitionLoader(ICofferStore store, StorageSeal seal, KeyPair server, IReadOnlyCollection<PublicKey> trusted, TimeProvider clock, int keepRevisions)
{
    /// <summary>Loads the bytes of a sealed file; <paramref name="name"/> is what complaints call it.</summary>
    public async Task<LoadOutcome> LoadAsync(byte[] file, string name, bool allowRollback)
    {
        // Off the caller's thread: opening and reading a large file takes seconds.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            switch (SealedDefinition.Open(new MemoryStream(file, writable: false), server, trusted))
            {
                case SealOpening.Opened opened:
                    using (opened) return await LoadAsync(opened, name, allowRollback).ConfigureAwait(false);
                case SealOpening.Refused refused:
                    return new LoadOutcome.Refused(LoadRefusal.NotOurs, [$"{name}: {refused.What}"], refused.Hint);
                case var other:
                    throw new InvalidOperationException($"no opening is called {other.GetType()}");
            }
        }
        catch (StoreException e)
        {
            return new LoadOutcome.Refused(LoadRefusal.Store, [$"{name}: not loaded: {e.Message}"], "mend the store, then load again; what was served before still is");
        }
    }

    private async Task<LoadOutcome> LoadAsync(SealOpening.Opened opened, string name, bool allowRollback)
    {
        var state = await store.ReadStateAsync().ConfigureAwait(false);
        switch (LoadRule.Judge(state.NewestSerial, opened.Serial, allowRollback))
        {
            case LoadVerdict.Same:
                return new LoadOutcome.Unchanged(state.Revision, opened.Serial);
            case LoadVerdict.Older:
                return new LoadOutcome.Refused(
                    LoadRefusal.Older, [$"{name}: is older than the definition that was loaded last (serial {opened.Serial}, loaded {state.NewestSerial})"],
                    "seal the definition anew, or allow the rollback");
        }

        return DefinitionReader.Read(opened.Toml, name) switch
        {
            DefinitionReading.Accepted accepted => await WriteAsync(opened, accepted.Definition, state.Revision).ConfigureAwait(false),
            DefinitionReading.Refused refused => new LoadOutcome.Refused(
                LoadRefusal.Invalid, [.. refused.Complaints.Select(c => c.ToString())], "'coffer-companion check' finds the same; seal it again once it is mended"),
            var other => throw new InvalidOperationException($"no reading is called {other.GetType()}"),
        };
    }

    private async Task<LoadOutcome> WriteAsync(SealOpening.Opened opened, Definition definition, long current)
    {
        var plan = await PlanAsync(definition).ConfigureAwait(false);
        var revision = new StoredRevision(
            current + 1, RevisionKind.Load, opened.Serial, opened.Companion, opened.SealedAt, clock.GetUtcNow(), Source: null, Subject: null,
            definition.Clients.Count, plan.Counts.Added, plan.Counts.Changed, plan.Counts.Removed);
        return await store.TryWriteAsync(revision, Changes(plan, revision.Revision), keepRevisions).ConfigureAwait(false)
            ? new LoadOutcome.Loaded(revision.Revision, opened.Serial, opened.Companion, definition.Clients.Count, plan.Counts)
            : new LoadOutcome.Refused(LoadRefusal.Busy, ["another load was written first"], "look at its difference, then load again");
    }

    // Compares by keyed digests: the coffers that are stored stay sealed.
    private async Task<LoadPlan> PlanAsync(Definition definition)
    {
        var stored = new Dictionary<PublicKey, StoredClient>();
        await foreach (var client in store.ReadClientsAsync().ConfigureAwait(false)) stored.Add(client.Owner, client);

        var puts = new List<(DefinedClient Client, byte[] Digest)>();
        var changed = 0;
        var writer = new CborWriter(CborConformanceMode.Strict);
        foreach (var client in definition.Clients)
        {
            var digest = seal.Digest(client.Key, Encode(writer, client));
            if (stored.Remove(client.Key, out var before))
            {
                if (before.Name == client.Name && before.Digest.AsSpan().SequenceEqual(digest)) continue;
                changed++;
            }
            puts.Add((client, digest));
        }
        var added = puts.Count - changed;
        return new LoadPlan(puts, [.. stored.Keys], new LoadCounts(added, changed, stored.Count, definition.Clients.Count - puts.Count));
    }

    private IEnumerable<RowChange> Changes(LoadPlan plan, long revision)
    {
        var writer = new CborWriter(CborConformanceMode.Strict);
        foreach (var (client, digest) in plan.Puts)
            yield return new RowChange.Put(client.Key, client.Name, digest, seal.Seal(client.Key, revision, Encode(writer, client)));
        foreach (var owner in plan.Removed) yield return new RowChange.Remove(owner);
    }

    private static byte[] Encode(CborWriter writer, DefinedClient client)
    {
        writer.Reset();
        CofferCbor.Write(writer, client.Coffer);
        return writer.Encode();
    }

    private sealed record LoadPlan(IReadOnlyList<(DefinedClient Client, byte[] Digest)> Puts, IReadOnlyList<PublicKey> Removed, LoadCounts Counts);
}
