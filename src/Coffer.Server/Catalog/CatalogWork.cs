using Akka.Actor;
using Coffer.Server.Storage;

namespace Coffer.Server.Catalog;

/// <summary>Does what a command asks of the store; the actor around it sees that it is one at a time, and that every node hears of it.</summary>
public sealed class CatalogWork(DefinitionLoader loader, Rollback rollback, Revocation revocation, KeyChange keyChange)
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
            return new(await DoAsync(command, known).ConfigureAwait(false), IsOpen: false);
        }
        catch (StoreException e)
        {
            return new(e.MayBeWritten ? InDoubt(e.Message) : Refusal(e.Message), e.MayBeOpen);
        }
        catch (AskTimeoutException)
        {
            return new(new LoadOutcome.Refused(LoadRefusal.Busy, ["nothing was written: the rest of the definition did not arrive"], "is the node there that it was sent to? Load it again"), IsOpen: false);
        }
    }

    /// <summary>How a command ends on a store that has lost revisions.</summary>
    internal static LoadOutcome.Refused SetBack(long stored, long known) => SetBack($"the store was set back: it holds revision {stored}, and revision {known} counted");

    /// <summary>How a command ends that made revision <paramref name="written"/> of a store of which it turned out meanwhile that it has lost revisions.</summary>
    internal static LoadOutcome.Refused WrittenSetBack(long written, long known) =>
        SetBack($"revision {written} was written, and no node serves it yet: the store was set back before, and revision {known} counted");

    /// <summary>How a command ends that the store has failed, for the reason <paramref name="why"/>.</summary>
    internal static LoadOutcome.Refused Refusal(string why) =>
        new(LoadRefusal.Store, [$"nothing was written: {why}"], "mend the store, then try again; what was served before still is");

    private static LoadOutcome.Refused SetBack(string what) =>
        new(LoadRefusal.Store, [what], "see to the store, which a restore or a failover may have set back; all nodes, once they are stopped and started again, serve what it holds then");

    private static LoadOutcome.Refused InDoubt(string why) =>
        new(LoadRefusal.Store, [$"it is not known whether this was written: {why}"], "'coffer-ctl coffer history' says so once the store answers; the same command again does nothing twice");

    /// <summary>The outcome with so many lines as are kept and sent.</summary>
    internal static LoadOutcome Short(LoadOutcome outcome) => outcome is LoadOutcome.Refused { Lines.Count: > MaxLines } refused
        ? refused with { Lines = [.. refused.Lines.Take(MaxLines), $"and {refused.Lines.Count - MaxLines} more"] }
        : outcome;

    private async Task<LoadOutcome> DoAsync(CatalogCommand command, long known) => command switch
    {
        CatalogCommands.LoadDefinition load => Short(await loader.LoadAsync(
            await DefinitionUpload.ReadAsync(load.Source).ConfigureAwait(false), load.Name, load.AllowRollback, load.Expected, known).ConfigureAwait(false)),
        CatalogCommands.RollBack back => await rollback.RunAsync(back.Revision, back.Expected, known).ConfigureAwait(false),
        CatalogCommands.Revoke revoke => await revocation.RunAsync(revoke.Client, isRevoked: true, known).ConfigureAwait(false),
        CatalogCommands.Restore restore => await revocation.RunAsync(restore.Client, isRevoked: false, known).ConfigureAwait(false),
        _ => throw new InvalidOperationException($"the catalog does not know {command.GetType()}"),
    };
}

/// <summary>What came of a command.</summary>
/// <param name="Outcome">What the operator is told.</param>
/// <param name="IsOpen">Whether its transaction may still be open: what it wrote may be there all the same, come to be there, or stand in the way of what is written next.</param>
public sealed record WorkDone(LoadOutcome Outcome, bool IsOpen) : INoSerializationVerificationNeeded;
