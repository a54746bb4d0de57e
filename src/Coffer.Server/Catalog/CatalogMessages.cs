using Akka.Actor;
using Coffer.Crypto.Keys;

namespace Coffer.Server.Catalog;

/// <summary>What is asked of the catalog.</summary>
public static class CatalogCommands
{
    /// <summary>Loads a sealed definition; answered by a <see cref="LoadOutcome"/> once it is stored and every node serves it, or it was refused.</summary>
    /// <param name="File">The bytes of the sealed definition file.</param>
    /// <param name="Name">What complaints call it: the file's name.</param>
    /// <param name="AllowRollback">Whether a definition older than the one loaded may be taken.</param>
    public sealed record LoadDefinition(byte[] File, string Name, bool AllowRollback) : INoSerializationVerificationNeeded;
}

/// <summary>Why a definition was not loaded.</summary>
public enum LoadRefusal
{
    /// <summary>The file does not open, or its companion is not trusted.</summary>
    NotOurs,

    /// <summary>It opens, but what is inside is no valid definition.</summary>
    Invalid,

    /// <summary>It was sealed before the one that is loaded.</summary>
    Older,

    /// <summary>Another load is under way or has won.</summary>
    Busy,

    /// <summary>The store could not be written.</summary>
    Store,
}

/// <summary>How a load ended.</summary>
public abstract record LoadOutcome : INoSerializationVerificationNeeded
{
    private LoadOutcome()
    {
    }

    /// <summary>A new revision is stored and served.</summary>
    public sealed record Loaded(long Revision, long Serial, PublicKey Companion, int Clients, LoadCounts Counts) : LoadOutcome;

    /// <summary>It is the definition that was loaded last; nothing was written.</summary>
    public sealed record Unchanged(long Revision, long Serial) : LoadOutcome;

    /// <summary>Nothing was written; what was served before still is.</summary>
    public sealed record Refused(LoadRefusal Cause, IReadOnlyList<string> Lines, string Hint) : LoadOutcome;
}

/// <summary>How many clients a load touched.</summary>
public sealed record LoadCounts(int Added, int Changed, int Removed, int Unchanged);
