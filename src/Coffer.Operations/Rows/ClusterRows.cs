namespace Coffer.Operations.Rows;

/// <summary>A member of the cluster.</summary>
/// <param name="Address">Its address between nodes.</param>
/// <param name="Status"><c>joining</c>, <c>up</c>, <c>leaving</c>, <c>exiting</c>, <c>down</c>, …</param>
/// <param name="Roles">Its roles.</param>
/// <param name="IsReachable">Whether this node reaches it.</param>
/// <param name="IsLeader">Whether it is the leader.</param>
/// <param name="IsOldest">Whether the catalog runs there.</param>
/// <param name="IsSelf">Whether it is this node.</param>
public sealed record MemberRow(string Address, string Status, IReadOnlyList<string> Roles, bool IsReachable, bool IsLeader, bool IsOldest, bool IsSelf);

/// <summary>The cluster as this node sees it.</summary>
/// <param name="Self">This node's address.</param>
/// <param name="Status">This node's status.</param>
/// <param name="Leader">The leader's address; null while there is none.</param>
/// <param name="Members">How many members there are.</param>
/// <param name="Up">How many of them are up.</param>
/// <param name="Unreachable">How many of them are not reached.</param>
/// <param name="IsAlone">Whether the node was started alone, for no cluster.</param>
public sealed record ClusterStatusRow(string Self, string Status, string? Leader, int Members, int Up, int Unreachable, bool IsAlone);

/// <summary>The leader.</summary>
public sealed record LeaderRow(string? Address, bool IsSelf);

/// <summary>What a command on the membership did.</summary>
/// <param name="Done"><c>joining</c>, <c>leaving</c> or <c>downed</c>.</param>
/// <param name="Address">The member.</param>
public sealed record MembershipRow(string Done, string Address);

/// <summary>Something that happened in the cluster.</summary>
/// <param name="Time">When this node heard of it.</param>
/// <param name="Event"><c>member</c>, <c>unreachable</c>, <c>reachable</c> or <c>leader</c>.</param>
/// <param name="Address">Whom it is about; null for no leader.</param>
/// <param name="Status">The member's status.</param>
public sealed record ClusterEventRow(DateTimeOffset Time, string Event, string? Address, string? Status);
