using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Coffer.Client;

/// <summary>Where a server listens: a name or an address, and a TCP port. A name may stand for several addresses.</summary>
public sealed record ServerAddress
{
    /// <summary>The port where a server listens unless told otherwise.</summary>
    public const int DefaultPort = 9187;

    // The longest name that DNS has, in characters: RFC 1035 section 2.3.4.
    private const int MaxHost = 253;

    private ServerAddress(string host, int port)
    {
        Host = host;
        Port = port;
    }

    /// <summary>Which of the name's addresses is meant; null for all of them, and where <see cref="Host"/> is an address itself.</summary>
    public IPAddress? Address { get; private init; }

    /// <summary>A DNS name, or an IPv4 or IPv6 address without brackets.</summary>
    public string Host { get; }

    /// <summary>1..65535.</summary>
    public int Port { get; }

    /// <summary>Reads <c>host:port</c>, <c>host</c>, <c>[ipv6]:port</c> or a bare IPv6 address; without a port it is <see cref="DefaultPort"/>.</summary>
    public static bool TryRead(string text, [NotNullWhen(true)] out ServerAddress? address)
    {
        address = null;
        var (host, port) = Split(text.Trim());
        if (port is null) return false;
        if (!ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number == 0) return false;
        if (!IsHost(host)) return false;
        address = new(host, number);
        return true;
    }

    /// <summary>Reads several addresses, joined by commas; <paramref name="wrong"/> is the first that is none.</summary>
    public static bool TryReadList(string text, out IReadOnlyList<ServerAddress> addresses, out string wrong)
    {
        var read = new List<ServerAddress>();
        addresses = read;
        wrong = "";
        foreach (var part in text.Split(','))
        {
            if (!TryRead(part, out var address))
            {
                wrong = part;
                return false;
            }
            read.Add(address);
        }
        return true;
    }

    /// <summary>The form that <see cref="TryRead"/> takes, with its port; then <see cref="Address"/> in parentheses, where there is one.</summary>
    public override string ToString()
    {
        var host = Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host;
        return Address is null ? $"{host}:{Port}" : $"{host}:{Port} ({Address})";
    }

    /// <summary>The server at one of its name's addresses.</summary>
    internal ServerAddress At(IPAddress address) => this with { Address = address };

    private static (string Host, string? Port) Split(string text)
    {
        var defaultPort = DefaultPort.ToString(CultureInfo.InvariantCulture);
        if (text.StartsWith('['))
        {
            var end = text.IndexOf(']', StringComparison.Ordinal);
            if (end < 0 || !IsIPv6(text[1..end])) return (text, null);
            var rest = text[(end + 1)..];
            return (text[1..end], rest.Length == 0 ? defaultPort : rest[0] == ':' ? rest[1..] : null);
        }

        var colon = text.LastIndexOf(':');
        if (colon < 0) return (text, defaultPort);
        return text.IndexOf(':', StringComparison.Ordinal) == colon ? (text[..colon], text[(colon + 1)..]) : (text, IsIPv6(text) ? defaultPort : null);
    }

    private static bool IsIPv6(string text) => IPAddress.TryParse(text, out var address) && address.AddressFamily == AddressFamily.InterNetworkV6;

    private static bool IsHost(string host)
    {
        if (host.Length is 0 or > MaxHost) return false;
        if (IsIPv6(host)) return true;
        foreach (var c in host)
            if (char.IsWhiteSpace(c) || char.IsControl(c) || c is ':' or '/' or '@' or ',' or '[' or ']') return false;
        return true;
    }
}
