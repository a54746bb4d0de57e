using System.Net;
using Coffer.Crypto.Keys;
using Coffer.Server.Audit;
using Coffer.Server.Storage;
using Microsoft.Extensions.Logging;

namespace Coffer.Server.Hosting;

/// <summary>How logs are written to stderr.</summary>
public enum LogFormat
{
    /// <summary>One line of text an event.</summary>
    Text,

    /// <summary>One JSON object an event.</summary>
    Json,
}

/// <summary>How a node takes part in a cluster.</summary>
/// <param name="Self">Where the other nodes reach this one, and what it binds.</param>
/// <param name="Seeds">Whom it asks to be let in; the same list, in the same order, on every node. The first forms the cluster where there is none yet.</param>
/// <param name="Certificates">The directory with this node's certificate and its authority's, or null for remoting in the clear, which loopback addresses alone may have.</param>
public sealed record ClusterOptions(NodeAddress Self, IReadOnlyList<NodeAddress> Seeds, string? Certificates)
{
    /// <summary>How many nodes must be there before any of them serves: more than half of the seeds, so that there are never two clusters that do.</summary>
    internal int Majority => (Seeds.Count / 2) + 1;
}

/// <summary>What the operator asked for, checked as far as the words alone allow.</summary>
public sealed record ServerOptions
{
    /// <summary>The file with the server's secret key.</summary>
    public required string KeyFile { get; init; }

    /// <summary>The file with the secret key that is being replaced, or that will replace the first one; null where the server's key is not being changed.</summary>
    public string? SecondKeyFile { get; init; }

    /// <summary>Whether a key file that others may read is taken.</summary>
    public bool AllowOpenKey { get; init; }

    /// <summary>The companions whose definitions are taken.</summary>
    public required IReadOnlyList<PublicKey> Companions { get; init; }

    /// <summary>The sealed definition to load at the start, or null to start on what is stored.</summary>
    public string? DefinitionFile { get; init; }

    /// <summary>Whether the definition is loaded again when its file has changed.</summary>
    public bool Watch { get; init; }

    /// <summary>Where clients come to.</summary>
    public required IPEndPoint Listen { get; init; }

    /// <summary>Where metrics and health are told, or null for nowhere.</summary>
    public IPEndPoint? Metrics { get; init; }

    /// <summary>Where the database is, or null for a file in the data directory.</summary>
    public StoreAddress? Store { get; init; }

    /// <summary>Where the control socket, the lock and, unless told otherwise, the database and the audit trail are.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>The cluster that this node is one of, or null for a node alone.</summary>
    public ClusterOptions? Cluster { get; init; }

    /// <summary>What audit and telemetry call this node: nodes of a cluster may share a machine.</summary>
    public string NodeName => Cluster?.Self.ToString() ?? Environment.MachineName;

    /// <summary>Where the audit trail goes.</summary>
    public required AuditTarget Audit { get; init; }

    /// <summary>Whether no coffer leaves before its line in the trail is written and flushed.</summary>
    public bool IsAuditRequired { get; init; }

    /// <summary>The operator's HOCON, or null.</summary>
    public string? ConfigFile { get; init; }

    /// <summary>The least that is written.</summary>
    public LogLevel LogLevel { get; init; } = LogLevel.Information;

    /// <summary>How it is written.</summary>
    public LogFormat LogFormat { get; init; }
}
