using Coffer.Operations.Rows;

namespace Coffer.Operations.Palettes;

/// <summary>The nodes and how they stand together.</summary>
public static class ClusterPalette
{
    /// <summary>Its name.</summary>
    public const string Name = "cluster";

    /// <summary>A member that the operation cannot do without.</summary>
    public static readonly OperationArgument Member = new("address", ArgumentKind.Text, "the member's address: HOST:PORT as in --cluster, or as 'coffer-ctl cluster show' prints it") { IsRequired = true, IsPositional = true, ValueName = "ADDRESS" };

    /// <summary>A member; this node unless given.</summary>
    public static readonly OperationArgument MemberOrSelf = new("address", ArgumentKind.Text, "the member's address: HOST:PORT as in --cluster, or as 'coffer-ctl cluster show' prints it; this node unless given") { IsPositional = true, ValueName = "ADDRESS" };

    public static readonly Operation<MemberRow> Show = new(
        Name, "show", "the members and their status", OperationsJson.Lines.MemberRow,
        Rendering<MemberRow>.Table(
            new("address", r => r.Address),
            new("status", r => r.Status),
            new("roles", r => string.Join(',', r.Roles)),
            new("isReachable", r => Shown.Decision(r.IsReachable)),
            new("isLeader", r => Shown.Decision(r.IsLeader)),
            new("isOldest", r => Shown.Decision(r.IsOldest)),
            new("isSelf", r => Shown.Decision(r.IsSelf))));

    public static readonly Operation<ClusterStatusRow> Status = new(
        Name, "status", "the cluster as this node sees it", OperationsJson.Lines.ClusterStatusRow,
        Rendering<ClusterStatusRow>.Fields(
            new("self", r => r.Self),
            new("status", r => r.Status),
            new("leader", r => Shown.Text(r.Leader)),
            new("members", r => Shown.Number(r.Members)),
            new("up", r => Shown.Number(r.Up)),
            new("unreachable", r => Shown.Number(r.Unreachable)),
            new("isAlone", r => Shown.Decision(r.IsAlone))));

    public static readonly Operation<LeaderRow> Leader = new(
        Name, "leader", "the member that decides about the others", OperationsJson.Lines.LeaderRow, Rendering<LeaderRow>.Lines(r => r switch
        {
            { Address: null } => "there is no leader now",
            { IsSelf: true } => $"{r.Address} (this node)",
            _ => r.Address,
        }));

    public static readonly Operation<MembershipRow> Join = new(
        Name, "join", "make this node, which is in no cluster yet, join the one that a node is in", OperationsJson.Lines.MembershipRow, Rendering<MembershipRow>.Lines(MembershipLine))
    {
        Kind = OperationKind.Command,
        Arguments = [Member],
        Examples = ["a.example.com:9190"],
    };

    public static readonly Operation<MembershipRow> Leave = new(
        Name, "leave", "let a member hand over what it holds, leave and stop", OperationsJson.Lines.MembershipRow, Rendering<MembershipRow>.Lines(MembershipLine))
    {
        Kind = OperationKind.Command,
        Arguments = [MemberOrSelf],
        Examples = ["", "b.example.com:9190"],
    };

    public static readonly Operation<MembershipRow> Down = new(
        Name, "down", "remove a member that is dead: another node then takes over what it held", OperationsJson.Lines.MembershipRow, Rendering<MembershipRow>.Lines(MembershipLine))
    {
        Kind = OperationKind.Command,
        Arguments = [Member],
        Examples = ["b.example.com:9190"],
    };

    public static readonly Operation<MembershipRow> DownUnreachable = new(
        Name, "down-unreachable", "remove all members that this node does not reach", OperationsJson.Lines.MembershipRow, Rendering<MembershipRow>.Lines(MembershipLine))
    {
        Kind = OperationKind.Command,
        WhenEmpty = "no member is unreachable",
    };

    public static readonly Operation<ClusterEventRow> Tail = new(
        Name, "tail", "the members, then what happens to them", OperationsJson.Lines.ClusterEventRow,
        Rendering<ClusterEventRow>.Lines(r => $"{Shown.Instant(r.Time)} {r.Event} {Shown.Text(r.Address)}{(r.Status is null ? "" : " " + r.Status)}"))
    {
        Follows = true,
    };

    private static string MembershipLine(MembershipRow row) => row.Done switch
    {
        "leaving" => $"{row.Address} is leaving: it stops once it has handed over what it holds",
        "joining" => $"joining {row.Address}",
        _ => $"{row.Done} {row.Address}",
    };
}
