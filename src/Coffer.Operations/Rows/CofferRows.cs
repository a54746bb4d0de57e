namespace Coffer.Operations.Rows;

/// <summary>How a node is.</summary>
/// <param name="State"><c>starting</c>, <c>loading</c>, <c>serving</c>, <c>waiting</c> (no lease or store) or <c>stopping</c>.</param>
/// <param name="Version">The server's version.</param>
/// <param name="Node">The node's address in its cluster; null before it has one.</param>
/// <param name="Process">Its process id.</param>
/// <param name="StartedAt">When the process began.</param>
/// <param name="UptimeSeconds">For how long it has been running.</param>
/// <param name="Listen">Where clients come to; null before it is bound.</param>
/// <param name="ServerKey">The public key that clients pin.</param>
/// <param name="SecondKey">The other one of <c>--second-key</c>, which clients may pin, too; null without it, as the next three are.</param>
/// <param name="LeftToSeal">How many stored rows may be sealed under another key than <paramref name="ServerKey"/> yet; null where the database does not answer within a second.</param>
/// <param name="SecondKeyFetches">How many fetches there were by the second key since the node started.</param>
/// <param name="LastSecondKeyFetch">When the last of them was.</param>
/// <param name="Revision">The revision that this node serves; 0 before a definition was ever loaded.</param>
/// <param name="Clients">How many clients are known.</param>
/// <param name="Connections">How many connections are open; null before clients are let in.</param>
/// <param name="Definition">The file of <c>--definition</c>, or null.</param>
/// <param name="DefinitionProblem">Why that file was refused when it was read last; null where it was not.</param>
/// <param name="Data">The data directory.</param>
public sealed record StatusRow(
    string State, string Version, string? Node, int Process, DateTimeOffset StartedAt, double UptimeSeconds, string? Listen, string ServerKey,
    string? SecondKey, long? LeftToSeal, long? SecondKeyFetches, DateTimeOffset? LastSecondKeyFetch, long Revision, int Clients, int? Connections, string? Store, string? Definition, string? DefinitionProblem, string Data);

/// <summary>What a load or a rollback does, line by line: first what would change, then what was done.</summary>
/// <param name="Step"><c>change</c>, <c>compared</c>, <c>loaded</c>, <c>rolled-back</c>, <c>note</c> or <c>unchanged</c>.</param>
/// <param name="Change">One difference, its values masked; of a change.</param>
/// <param name="Revision">The revision compared with, or the one that counts now; of all others.</param>
/// <param name="Clients">How many clients the definition has.</param>
/// <param name="Added">How many of them are new.</param>
/// <param name="Changed">How many have another coffer or name.</param>
/// <param name="Removed">How many are gone.</param>
/// <param name="Unchanged">How many are as they were.</param>
/// <param name="File">The SHA-256 of the file that was compared, in hexadecimal digits; of <c>compared</c>, where a file was.</param>
/// <param name="Note">What the operator has to do besides; of a note.</param>
public sealed record LoadRow(
    string Step, string? Change = null, long? Revision = null, int? Clients = null, int? Added = null, int? Changed = null, int? Removed = null, int? Unchanged = null,
    string? File = null, string? Note = null)
{
    /// <summary>The <see cref="Step"/> of a difference.</summary>
    public const string ChangeStep = "change";

    /// <summary>The <see cref="Step"/> that ends a dry run.</summary>
    public const string ComparedStep = "compared";

    /// <summary>The <see cref="Step"/> of a load that made a new revision.</summary>
    public const string LoadedStep = "loaded";

    /// <summary>The <see cref="Step"/> of a rollback that made a new revision.</summary>
    public const string RolledBackStep = "rolled-back";

    /// <summary>The <see cref="Step"/> of what follows a load that leaves something to do.</summary>
    public const string NoteStep = "note";

    /// <summary>The <see cref="Step"/> of one that had nothing to do.</summary>
    public const string UnchangedStep = "unchanged";
}

/// <summary>A client.</summary>
/// <param name="Name">Its name in the definition; null for a revoked key that is in none.</param>
/// <param name="Key">Its public key.</param>
/// <param name="Revision">The revision in which its coffer changed last; likewise.</param>
/// <param name="IsRevoked">Whether it is cut off.</param>
/// <param name="LastFetch">When this node gave it its coffer last, since the node was started.</param>
public sealed record ClientRow(string? Name, string Key, long? Revision, bool IsRevoked, DateTimeOffset? LastFetch);

/// <summary>A client and what its coffer holds; never a value.</summary>
/// <param name="Name">Its name in the definition.</param>
/// <param name="Key">Its public key.</param>
/// <param name="Revision">The revision in which its coffer changed last.</param>
/// <param name="IsRevoked">Whether it is cut off.</param>
/// <param name="LastFetch">When this node gave it its coffer last, since the node was started.</param>
/// <param name="Bytes">How much its coffer takes, encoded.</param>
/// <param name="Secrets">What it holds.</param>
public sealed record ClientDetailRow(string Name, string Key, long Revision, bool IsRevoked, DateTimeOffset? LastFetch, long Bytes, IReadOnlyList<SecretRow> Secrets);

/// <summary>A secret of a client: its name, its type and how much it takes, encoded.</summary>
public sealed record SecretRow(string Key, string Type, int Bytes);

/// <summary>A revision.</summary>
/// <param name="Revision">Its number.</param>
/// <param name="Kind"><c>load</c>, <c>rollback</c>, <c>revoke</c> or <c>restore</c>.</param>
/// <param name="At">When it was written.</param>
/// <param name="Clients">How many clients it has.</param>
/// <param name="Added">How many of them were new.</param>
/// <param name="Changed">How many had another coffer or name.</param>
/// <param name="Removed">How many were gone.</param>
/// <param name="Serial">The definition's serial; of a load.</param>
/// <param name="Companion">Who sealed the definition; of a load.</param>
/// <param name="SealedAt">When; of a load.</param>
/// <param name="Source">The revision whose content it has; of a rollback.</param>
/// <param name="Subject">The client; of a revoke or restore.</param>
public sealed record HistoryRow(
    long Revision, string Kind, DateTimeOffset At, int Clients, int Added, int Changed, int Removed,
    long? Serial, string? Companion, DateTimeOffset? SealedAt, long? Source, string? Subject);

/// <summary>What a revocation or its end did.</summary>
/// <param name="Done"><c>revoked</c>, <c>restored</c>, or <c>unchanged</c> where all was so already.</param>
/// <param name="Revision">The revision that counts now.</param>
/// <param name="Clients">How many clients there are; null where nothing changed.</param>
/// <param name="Client">The client's name; null where the definition does not have the key.</param>
/// <param name="Key">The client's public key.</param>
public sealed record CatalogRow(string Done, long Revision, int? Clients, string? Client, string Key);

/// <summary>A conversation that is open on this node.</summary>
/// <param name="From">The client's address.</param>
/// <param name="State">The protocol's state that it is in.</param>
/// <param name="Client">The client's name or, before it is known, null.</param>
/// <param name="Key">The client's public key; null before its Hello.</param>
/// <param name="Since">When it began.</param>
public sealed record SessionRow(string From, string State, string? Client, string? Key, DateTimeOffset Since);
