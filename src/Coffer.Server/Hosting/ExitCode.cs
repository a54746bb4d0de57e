namespace Coffer.Server.Hosting;

/// <summary>How <c>coffer-server</c> ends. Shown by <c>--help</c> and docs/operations.md.</summary>
public enum ExitCode
{
    /// <summary>Stopped when asked to.</summary>
    Stopped = 0,

    /// <summary>A fault of the server itself, or a library that is missing beside it.</summary>
    Internal = 1,

    /// <summary>The command line, an environment variable or the configuration file is wrong, or a setting is not as the cluster has it.</summary>
    Usage = 2,

    /// <summary>The server's key, a companion's or the node's certificate cannot be used, or the cluster serves under another server key.</summary>
    Key = 3,

    /// <summary>The data directory or the database cannot be used: in use, not reachable, made under another key or by a newer version, not writable.</summary>
    Store = 4,

    /// <summary>The definition was refused: damaged, not trusted, not valid, or older than the one loaded.</summary>
    Definition = 5,

    /// <summary>The address cannot be listened on.</summary>
    Listen = 6,

    /// <summary>The audit trail cannot be written.</summary>
    Audit = 7,

    /// <summary>The cluster went on without this node: to be started again, which lets it join anew.</summary>
    Downed = 8,

    /// <summary>The node was not let into a cluster in time.</summary>
    NotJoined = 9,
}
