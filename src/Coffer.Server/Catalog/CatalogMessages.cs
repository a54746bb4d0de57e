using Akka.Actor;
using Coffer.Crypto.Keys;

namespace Coffer.Server.Catalog;

/// <summary>What is asked of the catalog, each answered by a <see cref="LoadOutcome"/>. Crosses nodes.</summary>
/// <remarks>An answer that tells of a new revision comes once it is stored and every node serves it.</remarks>
public abstract record CatalogCommand
{
    private protected CatalogCommand()
    {
    }
}

/// <summary>The commands.</summary>
public static class CatalogCommands
{
    /// <summary>Loads a sealed definition.</summary>
    /// <param name="Source">A <see cref="DefinitionUpload"/>, which hands out the bytes of the sealed file and stops after the answer.</param>
    /// <param name="Name">What complaints call it: the file's name.</param>
    /// <param name="AllowRollback">Whether a definition older than the newest one loaded may be taken.</param>
    /// <param name="Expected">The revision that the operator has compared it with: any other one refuses the load. Null for whichever there is.</param>
    /// <param name="IsPatient">Whether it waits for its turn while another command is under way; otherwise that refuses it.</param>
    public sealed record LoadDefinition(IActorRef Source, string Name, bool AllowRollback, long? Expected, bool IsPatient) : CatalogCommand
    {
        public override string ToString() => $"load of {Name}";
    }

    /// <summary>Makes a new revision with the content of an earlier one.</summary>
    /// <param name="Revision">The earlier one.</param>
    /// <param name="Expected">The revision that the operator has compared it with: any other one refuses the rollback. Null for whichever there is.</param>
    public sealed record RollBack(long Revision, long? Expected = null) : CatalogCommand
    {
        public override string ToString() => $"rollback to revision {Revision}";
    }

    /// <summary>Cuts a client off, until <see cref="Restore"/>: loads do not change that.</summary>
    /// <param name="Client">The client.</param>
    /// <param name="Name">Its name in the definition, for the audit trail alone; null where it has none.</param>
    public sealed record Revoke(PublicKey Client, string? Name = null) : CatalogCommand
    {
        public override string ToString() => $"revocation of {Client}";
    }

    /// <summary>Lets a revoked client in again.</summary>
    /// <param name="Client">The client.</param>
    /// <param name="Name">Its name in the definition, for the audit trail alone; null where it has none.</param>
    public sealed record Restore(PublicKey Client, string? Name = null) : CatalogCommand
    {
        public override string ToString() => $"restoration of {Client}";
    }
}

/// <summary>Why no revision was written.</summary>
public enum LoadRefusal
{
    /// <summary>The file does not open, or its companion is not trusted.</summary>
    NotOurs,

    /// <summary>It opens, but what is inside is no valid definition.</summary>
    Invalid,

    /// <summary>It was sealed before the newest one that was loaded, or is another one of the same serial.</summary>
    Older,

    /// <summary>It is the newest one that was loaded, and was rolled back since.</summary>
    RolledBack,

    /// <summary>Another command is under way, or its revision was written first.</summary>
    Busy,

    /// <summary>The store could not be read or written.</summary>
    Store,

    /// <summary>The revision is not kept, or the client is not in the definition.</summary>
    NotFound,
}

/// <summary>How a command ended. Crosses nodes.</summary>
public abstract record LoadOutcome
{
    private LoadOutcome()
    {
    }

    /// <summary>A new revision is stored and served.</summary>
    /// <param name="Revision">Its number.</param>
    /// <param name="Serial">The definition's serial; null for what was no load.</param>
    /// <param name="Clients">How many clients there are now.</param>
    /// <param name="Counts">How many of them the command touched.</param>
    public sealed record Loaded(long Revision, long? Serial, int Clients, LoadCounts Counts) : LoadOutcome;

    /// <summary>All is so already; nothing was written.</summary>
    public sealed record Unchanged(long Revision) : LoadOutcome;

    /// <summary>Nothing was written; what was served before still is.</summary>
    /// <param name="Cause">The cause.</param>
    /// <param name="Lines">One line an error, at least one.</param>
    /// <param name="Hint">What to do about it.</param>
    public sealed record Refused(LoadRefusal Cause, IReadOnlyList<string> Lines, string Hint) : LoadOutcome;
}

/// <summary>How many clients a revision touched.</summary>
public sealed record LoadCounts(int Added, int Changed, int Removed, int Unchanged);
