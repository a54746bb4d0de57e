using System.Net;
using System.Net.Sockets;

namespace Coffer.Cluster.Tests.Processes;

/// <summary>Ports that nobody listens on, for programs that must be told theirs.</summary>
internal static class FreePorts
{
    /// <summary><paramref name="count"/> of them, below those that the system gives to clients: none of these takes one before its program does.</summary>
    internal static int[] Find(int count)
    {
        var found = new List<int>();
        while (found.Count < count)
        {
            var port = Random.Shared.Next(20_000, 32_000);
            if (!found.Contains(port) && IsFree(port)) found.Add(port);
        }
        return [.. found];
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Any, port) { ExclusiveAddressUse = true };
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
