using Microsoft.Extensions.Logging;

namespace Coffer.Server.Storage;

/// <summary>Why the store did not do what it was asked.</summary>
public enum StoreFault
{
    /// <summary>It cannot be reached or read now; it may be later.</summary>
    Unavailable,

    /// <summary>There is no room left.</summary>
    Full,

    /// <summary>Another server uses the same data directory.</summary>
    InUse,

    /// <summary>The directory or file cannot be made, read or written.</summary>
    NotWritable,

    /// <summary>It was made under another server key.</summary>
    OtherKey,

    /// <summary>It was made by a newer version of Coffer.</summary>
    Newer,

    /// <summary>The database server is too old.</summary>
    TooOld,

    /// <summary>The database refuses the user, the password or what the user wants to do, or cannot be trusted.</summary>
    Denied,

    /// <summary>There is no such database.</summary>
    Missing,

    /// <summary>The file is damaged, or no database of Coffer.</summary>
    Damaged,
}

/// <summary>The store did not do what it was asked; nothing was written, unless <see cref="MayBeWritten"/>. The message is for people and holds no secret.</summary>
public sealed class StoreException(StoreFault fault, string message, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>The cause.</summary>
    public StoreFault Fault { get; } = fault;

    /// <summary>Whether all of it may have been written: the answer to the transaction's end was lost.</summary>
    public bool MayBeWritten { get; init; }

    /// <summary>Whether its transaction may still be open in the database, where the next one would wait for it, until a new term ends it.</summary>
    public bool MayBeOpen { get; init; }

    /// <summary>How loud whoever could not read because of <paramref name="cause"/> says so: that the database is away is said once for all of them.</summary>
    internal static LogLevel LevelOf(Exception cause) => cause is StoreException { Fault: StoreFault.Unavailable } ? LogLevel.Debug : LogLevel.Warning;
}
