using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Coffer.Server.Hosting;

/// <summary>Where the nodes of a cluster reach one of them.</summary>
/// <remarks>Text: <c>name:port</c>, <c>10.0.0.1:port</c> or <c>[fd00::1]:port</c>, the port 1..65535.</remarks>
public sealed record NodeAddress : IParsable<NodeAddress>
{
    private NodeAddress(string host, int port)
    {
        Host = host;
        Port = port;
    }

    /// <summary>A DNS name, an IPv4 address, or an IPv6 address without brackets.</summary>
    public string Host { get; }

    /// <summary>1..65535.</summary>
    public int Port { get; }

    /// <summary>Whether only this machine's programs can reach it.</summary>
    public bool IsLoopback => Host == "localhost" || (IPAddress.TryParse(Host, out var address) && IPAddress.IsLoopback(address));

    /// <inheritdoc/>
    public static NodeAddress Parse(string s, IFormatProvider? provider) =>
        TryParse(s, provider, out var address) ? address : throw new FormatException($"'{s}' is no address of a node");

    /// <inheritdoc/>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, [MaybeNullWhen(false)] out NodeAddress result)
    {
        result = null;
        var colon = s?.LastIndexOf(':') ?? -1;
        if (colon < 0 || !ushort.TryParse(s.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port == 0) return false;
        var host = s![..colon];
        result = Uri.CheckHostName(host) switch
        {
            UriHostNameType.Dns => new(host.ToLowerInvariant(), port),
            UriHostNameType.IPv4 => new(IPAddress.Parse(host).ToString(), port),
            UriHostNameType.IPv6 when host.StartsWith('[') => new(IPAddress.Parse(host).ToString(), port),
            _ => null,
        };
        return result is not null;
    }

    /// <summary>The address as Akka writes it.</summary>
    internal string ToAkka(bool overTls) => ToAkka(overTls ? "akka.ssl.tcp" : "akka.tcp");

    /// <summary>Likewise, of a node that is reached by <paramref name="protocol"/>.</summary>
    internal string ToAkka(string protocol) => $"{protocol}://{NodeHost.SystemName}@{this}";

    /// <summary>The one address to listen on, or to connect to: the last IPv4 address that a name has.</summary>
    /// <exception cref="SocketException">The name has none.</exception>
    internal async Task<IPEndPoint> ResolveAsync(CancellationToken cancellation)
    {
        if (IPAddress.TryParse(Host, out var numeric)) return new IPEndPoint(numeric, Port);
        return new IPEndPoint((await Dns.GetHostAddressesAsync(Host, AddressFamily.InterNetwork, cancellation).ConfigureAwait(false))[^1], Port);
    }

    /// <inheritdoc/>
    public override string ToString() => Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}
