using System.Globalization;
using Coffer.Crypto.Keys;
using Coffer.Server.Hosting;

namespace Coffer.Server.Membership;

/// <summary>What a node must have in common with every other one of its cluster. Crosses nodes.</summary>
/// <param name="Server">The keys that it serves under; each node of a cluster holds the first key of every other.</param>
/// <param name="LeaseMilliseconds">How long its leases last: the catalog counts with its own, and a longer one could serve what that believes has run out.</param>
/// <param name="Shards">How many shards there are: with another number the same client has another place, and then two.</param>
public sealed record CommonGround(ServerPublicKeys Server, long LeaseMilliseconds, int Shards)
{
    /// <summary>What a node of these keys and this configuration stands on.</summary>
    /// <remarks>Rounded, because parts of a unit are not read exactly: 1.13m comes out a tick short of 67800ms.</remarks>
    internal static CommonGround Of(ServerPublicKeys server, ServerConfig config) => new(server, (long)Math.Round(config.Leases.Length.TotalMilliseconds), config.Coffers.Shards);

    /// <summary>What keeps a node that stands on <paramref name="other"/> from being in one cluster with this one, or null where nothing does.</summary>
    internal Difference? Compare(CommonGround other)
    {
        if (!Server.Matches(other.Server))
            return new("server key", Server.ToString(), other.Server.ToString(), ExitCode.Key, "all nodes of a cluster have the same --key or, while that is being changed, the other one as --second-key");
        if (LeaseMilliseconds != other.LeaseMilliseconds) return OfSetting("coffer.catalog.lease", Time(LeaseMilliseconds), Time(other.LeaseMilliseconds));
        return Shards == other.Shards ? null : OfSetting("coffer.coffers.shards", Number(Shards), Number(other.Shards));
    }

    private static Difference OfSetting(string name, string own, string other) =>
        new(name, own, other, ExitCode.Usage, $"{name} in --config is the same on all nodes of a cluster; to change it, stop all of them first");

    // As it may stand in the file.
    private static string Time(long milliseconds) => milliseconds % 1000 == 0 ? $"{Number(milliseconds / 1000)}s" : $"{Number(milliseconds)}ms";

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Something that two nodes of a cluster must have in common, and have not.</summary>
/// <param name="What">Its name.</param>
/// <param name="Own">This node's.</param>
/// <param name="Other">The other one's.</param>
/// <param name="ExitCode">How a node ends that is refused for it.</param>
/// <param name="Hint">What to do about it.</param>
internal sealed record Difference(string What, string Own, string Other, ExitCode ExitCode, string Hint);
