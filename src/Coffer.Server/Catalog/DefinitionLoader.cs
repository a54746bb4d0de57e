using System.Security.Cryptography;
using Coffer.Crypto.Keys;
using Coffer.Crypto.Sealing;
using Coffer.Definitions;
using Coffer.Definitions.Sealed;
using Coffer.Server.Storage;

namespace Coffer.Server.Catalog;

/// <summary>Turns a sealed definition into the next revision of the store: opens, reads, compares, writes what changed.</summary>
/// <remarks>Thread safe. The catalog runs one load at a time; the store's own check of the revision sees to what the catalog cannot see.</remarks>
public sealed class DefinitionLoader(ICofferStore store, StorageSeal seal, ServerKeys server, IReadOnlyCollection<PublicKey> trusted, TimeProvider clock, int keepRevisions)
{
    /// <summary>Loads the bytes of a sealed file.</summary>
    /// <param name="file">The bytes.</param>
    /// <param name="name">What complaints call it.</param>
    /// <param name="allowRollback">Whether one older than the newest loaded is taken.</param>
    /// <param name="expected">The only revision that it may follow, or null.</param>
    /// <param name="known">A revision that counted: a store that is behind it has lost revisions.</param>
    /// <exception cref="StoreException">The store cannot be read or written; nothing was.</exception>
    public Task<LoadOutcome> LoadAsync(ReadOnlyMemory<byte> file, string name, bool allowRollback, long? expected, long known) =>
        LongWork.RunAsync(() => OpenAsync(file, name, allowRollback, expected, known, outcome => outcome, WriteAsync, CancellationToken.None));

    /// <summary>Says what a load would do, and does nothing.</summary>
    /// <exception cref="StoreException">The store cannot be read.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled.</exception>
    public Task<DefinitionComparison> CompareAsync(ReadOnlyMemory<byte> file, string name, bool allowRollback, CancellationToken cancellation) => LongWork.RunAsync(() => OpenAsync(
        file, name, allowRollback, expected: null, known: 0, outcome => new DefinitionComparison.NotLoadable(outcome), candidate => CompareAsync(candidate, cancellation), cancellation));

    /// <summary>What tells one sealed file from another: the SHA-256 of its bytes, in hexadecimal digits.</summary>
    public static string DigestOf(ReadOnlySpan<byte> file) => Convert.ToHexStringLower(SHA256.HashData(file));

    private async Task<T> OpenAsync<T>(
        ReadOnlyMemory<byte> file, string name, bool allowRollback, long? expected, long known, Func<LoadOutcome, T> end, Func<Candidate, Task<T>> go, CancellationToken cancellation)
    {
        switch (Open(file))
        {
            case SealOpening.Opened opened:
                using (opened)
                {
                    var state = await store.ReadStateAsync(cancellation).ConfigureAwait(false);
                    await LongWork.ResumeAsync();
                    // Of the very state that the next revision follows.
                    if (state.Revision < known) return end(CatalogWork.SetBack(state.Revision, known));
                    var digest = DigestOf(file.Span);
                    if (JudgeSerial(opened, digest, state, name, allowRollback, expected) is { } outcome) return end(outcome);
                    return DefinitionReader.Read(opened.Toml, name) switch
                    {
                        DefinitionReading.Accepted accepted => await go(new Candidate(opened, digest, name, accepted.Definition, state, allowRollback)).ConfigureAwait(false),
                        DefinitionReading.Refused refused => end(new LoadOutcome.Refused(
                            LoadRefusal.Invalid, [.. refused.Complaints.Select(c => c.ToString())], "'coffer-companion check' finds the same; seal it again once it is mended")),
                        var other => throw new InvalidOperationException($"no reading is called {other.GetType()}"),
                    };
                }
            case SealOpening.Refused refused:
                return end(new LoadOutcome.Refused(LoadRefusal.NotOurs, [$"{name}: {refused.What}"], refused.Hint));
            case var other:
                throw new InvalidOperationException($"no opening is called {other.GetType()}");
        }
    }

    // What is for neither key is complained of as if there were the first alone.
    private SealOpening Open(ReadOnlyMemory<byte> file)
    {
        var byFirst = SealedDefinition.Open(file, server.First, trusted);
        if (server.Second is not { } second || !IsForAnother(byFirst)) return byFirst;
        var bySecond = SealedDefinition.Open(file, second, trusted);
        return IsForAnother(bySecond) ? byFirst : bySecond;
    }

    private static bool IsForAnother(SealOpening opening) => opening is SealOpening.Refused { Reason: SealRefusal.WrongServerOrChanged };

    private static LoadOutcome? JudgeSerial(SealOpening.Opened opened, string file, StoreState state, string name, bool allowRollback, long? expected)
    {
        if (expected is { } revision && revision != state.Revision)
            return new LoadOutcome.Refused(LoadRefusal.Busy, [$"{name}: was compared with revision {revision}, but revision {state.Revision} counts now"], "compare it again, then load it");
        return LoadRule.Judge(state.NewestSerial, state.CurrentSerial, opened.Serial, allowRollback) switch
        {
            LoadVerdict.Same when file == state.CurrentFile => new LoadOutcome.Unchanged(state.Revision),
            LoadVerdict.RolledBack => new LoadOutcome.Refused(
                LoadRefusal.RolledBack, [$"{name}: was loaded and then rolled back (serial {opened.Serial})"], "add --allow-rollback to load it again, or seal the definition anew"),
            LoadVerdict.Older => new LoadOutcome.Refused(
                LoadRefusal.Older, [$"{name}: is older than the newest definition that was loaded (serial {opened.Serial}, newest {state.NewestSerial})"],
                "seal the definition anew, or add --allow-rollback"),
            _ => null,
        };
    }

    // Another file of the serial that counts is fine if it says the same: serials of an operator's own may come twice.
    private static LoadOutcome? JudgeContent(Candidate candidate, RevisionPlan<DefinedClient> plan)
    {
        var serial = candidate.Opened.Serial;
        if (serial != candidate.State.CurrentSerial) return null;
        if (plan.Puts.Count == 0 && plan.Removed.Count == 0) return new LoadOutcome.Unchanged(plan.Revision);
        return candidate.AllowRollback ? null : new LoadOutcome.Refused(
            LoadRefusal.Older, [$"{candidate.Name}: has the same serial as the definition that counts, {serial}, and other content"], "seal the definition anew, with a greater serial, or add --allow-rollback");
    }

    private async Task<LoadOutcome> WriteAsync(Candidate candidate)
    {
        var plan = await PlanAsync(candidate, CancellationToken.None).ConfigureAwait(false);
        if (JudgeContent(candidate, plan) is { } outcome) return outcome;
        var opened = candidate.Opened;
        var revision = new StoredRevision(
            plan.Revision + 1, RevisionKind.Load, opened.Serial, opened.Companion, opened.SealedAt, candidate.File, clock.GetUtcNow(), Source: null, Subject: null,
            plan.Clients, plan.Counts.Added, plan.Counts.Changed, plan.Counts.Removed);
        var isWritten = await store.TryWriteAsync(revision, Changes(plan, revision.Revision), keepRevisions).ConfigureAwait(false);
        return isWritten
            ? new LoadOutcome.Loaded(revision.Revision, opened.Serial, plan.Clients, plan.Counts)
            : new LoadOutcome.Refused(LoadRefusal.Busy, ["another revision was written first"], "look at its difference, then load again");
    }

    private async Task<DefinitionComparison> CompareAsync(Candidate candidate, CancellationToken cancellation)
    {
        var plan = await PlanAsync(candidate, cancellation).ConfigureAwait(false);
        if (JudgeContent(candidate, plan) is { } outcome) return new DefinitionComparison.NotLoadable(outcome);
        var changes = await StoredDifference.ReadAsync(store, seal, plan, [.. plan.Puts.Select(put => put.Content)], cancellation).ConfigureAwait(false);
        return new DefinitionComparison.Compared(candidate.File, plan.Revision, plan.Counts, changes);
    }

    private async Task<RevisionPlan<DefinedClient>> PlanAsync(Candidate candidate, CancellationToken cancellation)
    {
        var stored = await store.ReadClientsByOwnerAsync(cancellation).ConfigureAwait(false);
        await LongWork.ResumeAsync();
        return RevisionPlan<DefinedClient>.Between(
            candidate.State.Revision, stored, candidate.Definition.Clients.Select(Wanted), (before, client) => seal.IsSecondDigest(before.Digest, client.Owner, client.Content.Encoded.Span));

        WantedClient<DefinedClient> Wanted(DefinedClient client)
        {
            cancellation.ThrowIfCancellationRequested();
            return new(client.Key, client.Name, seal.Digest(client.Key, client.Encoded.Span), client);
        }
    }

    private IEnumerable<RowChange> Changes(RevisionPlan<DefinedClient> plan, long revision)
    {
        foreach (var put in plan.Puts.OrderBy(put => put.Owner))
            yield return new RowChange.Put(put.Owner, put.Name, put.Digest, seal.Seal(put.Owner, revision, put.Content.Encoded.Span));
        foreach (var owner in plan.Removed) yield return new RowChange.Remove(owner);
    }

    /// <summary>What was opened and read, and may be loaded unless its content says otherwise.</summary>
    /// <param name="Opened">The sealed file.</param>
    /// <param name="File">Its SHA-256.</param>
    /// <param name="Name">What complaints call it.</param>
    /// <param name="Definition">What is inside.</param>
    /// <param name="State">Where the store stood.</param>
    /// <param name="AllowRollback">Whether the operator wants one that is not newer.</param>
    private sealed record Candidate(SealOpening.Opened Opened, string File, string Name, Definition Definition, StoreState State, bool AllowRollback);
}

/// <summary>What a load of a definition, or a rollback, would do.</summary>
public abstract record DefinitionComparison
{
    private DefinitionComparison()
    {
    }

    /// <summary>It may be loaded.</summary>
    /// <param name="File">The <see cref="DefinitionLoader.DigestOf"/> of its file; null for a rollback.</param>
    /// <param name="Revision">The revision that it was compared with.</param>
    /// <param name="Counts">How many clients it touches.</param>
    /// <param name="Changes">What changes, in words that show no value.</param>
    public sealed record Compared(string? File, long Revision, LoadCounts Counts, IReadOnlyList<DefinitionChange> Changes) : DefinitionComparison;

    /// <summary>A load would end like this, with nothing written.</summary>
    public sealed record NotLoadable(LoadOutcome Outcome) : DefinitionComparison;
}
