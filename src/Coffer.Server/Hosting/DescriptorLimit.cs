using System.Globalization;
using Coffer.Server.Edge;

namespace Coffer.Server.Hosting;

/// <summary>Keeps the number of connections below what the process may have open: beyond that, nothing works any more, the database least of all.</summary>
public static class DescriptorLimit
{
    // Assemblies, database, log, sockets of its own: an idle server has some 280 open.
    private const int Own = 512;

    /// <summary>How many files and sockets this process may have open; null where there is no limit.</summary>
    /// <remarks>Source: proc(5), /proc/pid/limits. The runtime has raised it to the hard limit.</remarks>
    public static int? Read()
    {
        var line = File.ReadLines("/proc/self/limits").FirstOrDefault(line => line.StartsWith("Max open files", StringComparison.Ordinal));
        return line?.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, _, _, var soft, ..] && int.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) ? limit : null;
    }

    /// <summary>The limits that fit into <paramref name="descriptors"/>; <paramref name="edge"/> itself where it does.</summary>
    /// <exception cref="StartupException">Not even one connection does.</exception>
    public static EdgeLimits Fit(EdgeLimits edge, int? descriptors)
    {
        if (descriptors is not { } limit || edge.Connections + edge.BusyConnections <= limit - Own) return edge;
        var room = limit - Own;
        if (room < 2) throw new StartupException(ExitCode.Usage, $"this process may have {limit} files open, expected more than {Own}", "raise the limit: 'ulimit -n 65536', or LimitNOFILE= in its unit");
        var busy = Math.Clamp(room / 10, 1, edge.BusyConnections);
        return edge with { Connections = Math.Min(edge.Connections, room - busy), BusyConnections = busy };
    }
}
