using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;

namespace Coffer.Server.Operations;

/// <summary>Who is at the other end of a Unix socket, as the kernel tells it.</summary>
internal static class PeerCredentials
{
    // struct ucred of unix(7): pid, uid, gid.
    private const int SocketLevel = 1;
    private const int PeerCredential = 17;
    private const int CredentialSize = 12;
    private const int UserOffset = 4;

    /// <summary><c>uid 1000</c></summary>
    internal static string Of(HttpContext http)
    {
        if (http.Features.Get<IConnectionSocketFeature>()?.Socket is not { } socket) return "unknown";
        Span<byte> credential = stackalloc byte[CredentialSize];
        socket.GetRawSocketOption(SocketLevel, PeerCredential, credential);
        return string.Create(CultureInfo.InvariantCulture, $"uid {MemoryMarshal.Read<uint>(credential[UserOffset..])}");
    }
}
