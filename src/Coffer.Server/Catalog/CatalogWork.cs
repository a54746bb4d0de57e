using Coffer.Server.Storage;

namespace Coffer.Server.Catalog;

/// <summary>Does what a command asks of the store; the actor around it sees that it is one at a time, and that every node hears of it.</summary>
public sealed class CatalogWork(DefinitionLoader loader, Rollback rollback, Revocation revocation, KeyChange keyChange)
{
    // A message between nodes has room for so many lines of so many letters.
    private const int MaxLines = 100;

    /// <summary>What brings all rows under the server's first key.</summary>
    public KeyChange KeyChange { get; } = keyChange;

    /// <summary>Runs <paramref name="command"/> to its end.</summary>
    public async Task<LoadOutcome> RunAsync(CatalogCommand command)
    {
        try
        {
            return command switch
            {
                CatalogCommands.LoadDefinition load => Short(await loader.LoadAsync(
                    await DefinitionUpload.ReadAsync(load.Source).ConfigureAwait(false), load.Name, load.AllowRollback, load.Expected).ConfigureAwait(false)),
                CatalogCommands.RollBack back => await rollback.RunAsync(back.Revision).ConfigureAwait(false),
                CatalogCommands.Revoke revoke => await revocation.RunAsync(revoke.Client, isRevoked: true).ConfigureAwait(false),
                CatalogCommands.Restore restore => await revocation.RunAsync(restore.Client, isRevoked: false).ConfigureAwait(false),
                _ => throw new InvalidOperationException($"the catalog does not know {command.GetType()}"),
            };
        }
        catch (StoreException e) when (e.MayBeWritten)
        {
            return new LoadOutcome.Refused(
                LoadRefusal.Store, [$"it is not known whether this was written: {e.Message}"], "'coffer-ctl coffer history' says so once the store answers; the same command again does nothing twice");
        }
        catch (StoreException e)
        {
            return Refusal(e);
        }
    }

    /// <summary>How a load ends that the store has failed.</summary>
    internal static LoadOutcome.Refused Refusal(StoreException cause) =>
        new(LoadRefusal.Store, [$"nothing was written: {cause.Message}"], "mend the store, then try again; what was served before still is");

    /// <summary>The outcome with so many lines as are kept and sent.</summary>
    internal static LoadOutcome Short(LoadOutcome outcome) => outcome is LoadOutcome.Refused { Lines.Count: > MaxLines } refused
        ? refused with { Lines = [.. refused.Lines.Take(MaxLines), $"and {refused.Lines.Count - MaxLines} more"] }
        : outcome;
}
