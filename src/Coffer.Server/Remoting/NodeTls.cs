using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Coffer.Server.Hosting;
using Coffer.Server.Membership;

namespace Coffer.Server.Remoting;

/// <summary>Mutual TLS between nodes: both sides show their certificate, and <paramref name="refusals"/> decides about what they are shown.</summary>
/// <remarks>No session is resumed: every connection shows its certificates.</remarks>
internal sealed class NodeTls(NodeCertificate certificate, CertificateRefusals refusals)
{
    private readonly SslStreamCertificateContext _own = SslStreamCertificateContext.Create(certificate.Own, additionalCertificates: null, offline: true);

    /// <summary>This node's side of a handshake that <paramref name="peer"/> has begun.</summary>
    /// <returns>What is sent and received within; owns <paramref name="connection"/>.</returns>
    /// <exception cref="AuthenticationException">Either side refused the other, or what came was no TLS.</exception>
    /// <exception cref="IOException">The connection ended before it was done.</exception>
    internal Task<Stream> AcceptAsync(Stream connection, IPEndPoint peer, CancellationToken cancellation) => AuthenticateAsync(connection, tls => tls.AuthenticateAsServerAsync(
        new SslServerAuthenticationOptions
        {
            ServerCertificateContext = _own,
            ClientCertificateRequired = true,
            RemoteCertificateValidationCallback = (_, shown, _, _) => refusals.Accept((X509Certificate2?)shown, peer.ToString()),
            CertificateChainPolicy = certificate.ChainPolicy(),
            AllowRenegotiation = false,
            AllowTlsResume = false,
        }, cancellation));

    /// <summary>This node's side of a handshake with <paramref name="node"/> that it begins itself.</summary>
    /// <inheritdoc cref="AcceptAsync"/>
    internal Task<Stream> CallAsync(Stream connection, NodeAddress node, CancellationToken cancellation) => AuthenticateAsync(connection, tls => tls.AuthenticateAsClientAsync(
        new SslClientAuthenticationOptions
        {
            TargetHost = node.Host,
            ClientCertificateContext = _own,
            RemoteCertificateValidationCallback = (_, shown, _, _) => refusals.Accept((X509Certificate2?)shown, node.ToString()),
            CertificateChainPolicy = certificate.ChainPolicy(),
            AllowRenegotiation = false,
            AllowTlsResume = false,
        }, cancellation));

    private static async Task<Stream> AuthenticateAsync(Stream connection, Func<SslStream, Task> authenticate)
    {
        var tls = new SslStream(connection, leaveInnerStreamOpen: false);
        try
        {
            await authenticate(tls).ConfigureAwait(false);
            return tls;
        }
        catch
        {
            await tls.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
