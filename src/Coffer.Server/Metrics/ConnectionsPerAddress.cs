using System.Net;
using Microsoft.AspNetCore.Connections;

namespace Coffer.Server.Metrics;

/// <summary>Lets one address hold so many connections and no more, so that who takes all they can get leaves room for the others.</summary>
/// <remarks>Loopback may hold any number: everybody on this machine shares it.</remarks>
internal sealed class ConnectionsPerAddress(int limit)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<IPAddress, int> _open = [];

    /// <summary>Hands a connection on to <paramref name="next"/>, or closes it without an answer.</summary>
    internal ConnectionDelegate Guard(ConnectionDelegate next) => async connection =>
    {
        var from = ((IPEndPoint)connection.RemoteEndPoint!).Address;
        var address = from.IsIPv4MappedToIPv6 ? from.MapToIPv4() : from;
        if (!TryEnter(address)) return;
        try
        {
            await next(connection).ConfigureAwait(false);
        }
        finally
        {
            Leave(address);
        }
    };

    private bool TryEnter(IPAddress address)
    {
        lock (_gate)
        {
            var open = _open.GetValueOrDefault(address);
            if (open >= limit && !IPAddress.IsLoopback(address)) return false;
            _open[address] = open + 1;
            return true;
        }
    }

    private void Leave(IPAddress address)
    {
        lock (_gate)
        {
            if (--_open[address] == 0) _open.Remove(address);
        }
    }
}
