using Akka.Actor;
using Coffer.Server.Storage;

namespace Coffer.Server.Catalog;

/// <summary>Does what a command asks of the store; the actor around it sees that it is one at a time, and that every node hears of it.</summary>
public sealed class CatalogWork(ICofferStore store, DefinitionLoader loader, Rollback rollback, Revocation revocation, KeyChange keyChange)
{
    // A message between nodes has room for so many lines of so many letters.
    private const int MaxLines = 100;

    /// <summary>What brings all rows under the server's first key.</summary>
    public KeyChange KeyChange { get; } = keyChange;

    /// <summary>Runs <paramref name="command"/> to its end. On a store that is behind revision <paramref name="known"/> nothing is written: its next revision would have the number of one that counted.</summary>
    public async Task<WorkDone> RunAsync(CatalogCommand command, long known)
    {
        try
        {
            var stored = (await store.ReadStateAsync().ConfigureAwait(false)).Revision;
            return new(stored < known ? SetBack(stored, known) : await RunAsync(command).ConfigureAwait(false), IsInDoubt: false);
        }
        catch (StoreException e) when (e.MayBeWritten)
        {
            var refused = new LoadOutcome.Refused(
                LoadRefusal.Store, [$"it is not known whether this was written: {e.Message}"], "'coffer-ctl coffer history' says so once the store answers; the same command again does nothing twice");
            return new(refused, IsInDoubt: true);
        }
        catch (StoreException e)
        {
            return new(Refusal(e.Message), IsInDoubt: false);
        }
    }

    /// <summary>How a command ends on a store that has lost revisions.</summary>
    internal static LoadOutcome.Refused SetBack(long stored, long known) => new(
        LoadRefusal.Store, [$"the store was set back: it holds revision {stored}, and revision {known} counted"],
        "see to the store, which a restore or a failover may have set back; all nodes, once they are stopped and started again, serve what it holds then");

    /// <summary>How a command ends that the store has failed, for the reason <paramref name="why"/>.</summary>
    internal static LoadOutcome.Refused Refusal(string why) =>
        new(LoadRefusal.Store, [$"nothing was written: {why}"], "mend the store, then try again; what was served before still is");

    /// <summary>The outcome with so many lines as are kept and sent.</summary>
    internal static LoadOutcome Short(LoadOutcome outcome) => outcome is LoadOutcome.Refused { Lines.Count: > MaxLines } refused
        ? refused with { Lines = [.. refused.Lines.Take(MaxLines), $"and {refused.Lines.Count - MaxLines} more"] }
        : outcome;

    private async Task<LoadOutcome> RunAsync(CatalogCommand command) => command switch
    {
        CatalogCommands.LoadDefinition load => Short(await loader.LoadAsync(
            await DefinitionUpload.ReadAsync(load.Source).ConfigureAwait(false), load.Name, load.AllowRollback, load.Expected).ConfigureAwait(false)),
        CatalogCommands.RollBack back => await rollback.RunAsync(back.Revision).ConfigureAwait(false),
        CatalogCommands.Revoke revoke => await revocation.RunAsync(revoke.Client, isRevoked: true).ConfigureAwait(false),
        CatalogCommands.Restore restore => await revocation.RunAsync(restore.Client, isRevoked: false).ConfigureAwait(false),
        _ => throw new InvalidOperationException($"the catalog does not know {command.GetType()}"),
    };
}

/// <summary>What came of a command.</summary>
/// <param name="Outcome">What the operator is told.</param>
/// <param name="IsInDoubt">Whether it may be written all the same, or may still be: the answer to the transaction's end was lost.</param>
public sealed record WorkDone(LoadOutcome Outcome, bool IsInDoubt) : INoSerializationVerificationNeeded;
