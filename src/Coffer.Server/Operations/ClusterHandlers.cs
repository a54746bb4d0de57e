using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Akka.Actor;
using Akka.Cluster;
using Coffer.Operations;
using Coffer.Operations.Palettes;
using Coffer.Operations.Rows;
using Coffer.Server.Coffers;
using Coffer.Server.Hosting;
using Coffer.Server.Membership;

namespace Coffer.Server.Operations;

/// <summary>What the palette <c>cluster</c> does.</summary>
/// <param name="system">This node's actors, once they have started.</param>
/// <param name="entry">Its way into its cluster, once they have started; null where this node was started for none.</param>
internal sealed class ClusterHandlers(Func<ActorSystem> system, Func<ClusterEntry>? entry)
{
    private Cluster Cluster => Cluster.Get(system());

    internal void AddTo(OperationHandlers handlers)
    {
        handlers.Handle(ClusterPalette.Show, (_, _) => Members().ToAsyncEnumerable());
        handlers.Handle(ClusterPalette.Status, (_, _) => Task.FromResult(Status()));
        handlers.Handle(ClusterPalette.Leader, (_, _) => Task.FromResult(new LeaderRow(Cluster.State.Leader?.ToString(), Cluster.SelfAddress.Equals(Cluster.State.Leader))));
        handlers.Handle(ClusterPalette.Join, JoinAsync);
        handlers.Handle(ClusterPalette.Leave, (call, _) => Task.FromResult(Leave(call)));
        handlers.Handle(ClusterPalette.Down, (call, _) => Task.FromResult(Down(call)));
        handlers.Handle(ClusterPalette.DownUnreachable, (_, _) => DownUnreachable().ToAsyncEnumerable());
        handlers.Handle(ClusterPalette.Tail, TailAsync);
    }

    private IEnumerable<MemberRow> Members()
    {
        var state = Cluster.State;
        var oldest = state.Members.Where(m => m.HasRole(CofferRegistration.Role) && m.Status == MemberStatus.Up).Order(Member.AgeOrdering).FirstOrDefault();
        return state.Members.Select(member => new MemberRow(
            member.Address.ToString(),
            Word(member.Status),
            [.. member.Roles.Order(StringComparer.Ordinal)],
            !state.Unreachable.Contains(member),
            member.Address.Equals(state.Leader),
            member.UniqueAddress == oldest?.UniqueAddress,
            member.UniqueAddress == Cluster.SelfUniqueAddress));
    }

    private ClusterStatusRow Status()
    {
        var state = Cluster.State;
        return new ClusterStatusRow(
            Cluster.SelfAddress.ToString(), Word(Cluster.SelfMember.Status), state.Leader?.ToString(), state.Members.Count,
            state.Members.Count(m => m.Status == MemberStatus.Up), state.Unreachable.Count, IsAlone: entry is null);
    }

    private async Task<MembershipRow> JoinAsync(OperationCall call, CancellationToken cancellation)
    {
        var address = ReadAddress(call.Required(ClusterPalette.Member));
        if (entry is null) throw Alone("it is a cluster of its own, which no node joins and which joins none");
        await entry().JoinByAsync(address, cancellation).ConfigureAwait(false);
        return new MembershipRow("joining", address.ToString());
    }

    private MembershipRow Leave(OperationCall call)
    {
        if (entry is null) throw Alone("there is no cluster that it could leave");
        var address = call.Text(ClusterPalette.MemberOrSelf) is { } text ? FindMember(text).Address : Cluster.SelfAddress;
        Cluster.Leave(address);
        return new MembershipRow("leaving", address.ToString());
    }

    private MembershipRow Down(OperationCall call)
    {
        var member = FindMember(call.Required(ClusterPalette.Member));
        if (member.UniqueAddress == Cluster.SelfUniqueAddress)
            throw new OperationException(OperationFault.Refused, "this node is not dead: it answers", "'coffer-ctl cluster leave' lets it hand over and stop");
        Cluster.Down(member.Address);
        return new MembershipRow("downed", member.Address.ToString());
    }

    private List<MembershipRow> DownUnreachable()
    {
        var rows = new List<MembershipRow>();
        foreach (var member in Cluster.State.Unreachable)
        {
            Cluster.Down(member.Address);
            rows.Add(new MembershipRow("downed", member.Address.ToString()));
        }
        return rows;
    }

    private async IAsyncEnumerable<ClusterEventRow> TailAsync(OperationCall call, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var events = Channel.CreateUnbounded<ClusterEventRow>(new UnboundedChannelOptions { SingleReader = true });
        var tail = system().ActorOf(ClusterTail.Props(events.Writer));
        try
        {
            await foreach (var row in events.Reader.ReadAllAsync(cancellation).ConfigureAwait(false)) yield return row;
        }
        finally
        {
            system().Stop(tail);
        }
    }

    private Member FindMember(string text)
    {
        var address = ReadAddress(text);
        return Cluster.State.Members.FirstOrDefault(m => m.Address.Equals(address))
            ?? throw new OperationException(OperationFault.NotFound, $"no member has the address {address}", "'coffer-ctl cluster show' lists the members");
    }

    // As operators name nodes to each other, or as Akka names them.
    private Address ReadAddress(string text)
    {
        if (NodeAddress.TryParse(text, null, out var node)) return Address.Parse(node.ToAkka(Cluster.SelfAddress.Protocol));
        return ActorPath.TryParseAddress(text, out var address) && address.HasGlobalScope
            ? address
            : throw new OperationException(OperationFault.Usage, $"address: '{text}' is none, expected HOST:PORT", "for example a.example.com:9190; 'coffer-ctl cluster show' prints the addresses of the members");
    }

    private static OperationException Alone(string why) =>
        new(OperationFault.Refused, $"this node was started alone: {why}", "to stop it, end its process: systemctl stop coffer-server, or SIGTERM");

    internal static string Word(MemberStatus status) => status.ToString().ToLowerInvariant();
}
