using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;

namespace Coffer.Server.Membership;

/// <summary>Decides about the certificates that are shown to this node, on either side of a connection, and says sparingly in the log which it refused.</summary>
internal sealed partial class CertificateRefusals(NodeCertificate certificate, TimeProvider clock, ILogger log)
{
    private readonly Sparingly _sparingly = new(clock);

    /// <summary>Whether <paramref name="shown"/> is of a node of this cluster.</summary>
    /// <param name="shown">The certificate, if there is one.</param>
    /// <param name="peer">The other side as remoting names it.</param>
    internal bool Accept(X509Certificate2? shown, string peer)
    {
        if (certificate.Complain(shown) is not { } complaint) return true;
        if (_sparingly.May(shown?.Thumbprint ?? "")) LogRefused(peer, complaint);
        return false;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "refused {Peer} as a node of this cluster: {Why}")]
    private partial void LogRefused(string peer, string why);
}
