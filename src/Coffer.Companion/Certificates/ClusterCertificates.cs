using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Coffer.Companion.Certificates;

/// <summary>A certificate and its secret key.</summary>
internal sealed record Issued(X509Certificate2 Certificate, ECDsa Key) : IDisposable
{
    public void Dispose()
    {
        Certificate.Dispose();
        Key.Dispose();
    }
}

/// <summary>The certificates that nodes of a cluster know each other by: a private authority's, and one a node.</summary>
/// <remarks>
/// X.509 version 3 (RFC 5280), ECDSA on P-256 with SHA-256. A node's holds its host as subject alternative name and is for both sides of TLS,
/// because every node calls every other one.
/// </remarks>
internal static class ClusterCertificates
{
    /// <summary>How long an authority's certificate is valid.</summary>
    internal const int AuthorityYears = 10;

    /// <summary>How long a node's certificate is valid, unless its authority's ends before.</summary>
    internal const int NodeYears = 2;

    private static readonly Oid ServerAuthentication = new("1.3.6.1.5.5.7.3.1");
    private static readonly Oid ClientAuthentication = new("1.3.6.1.5.5.7.3.2");

    // Clocks of machines differ.
    private static readonly TimeSpan Before = TimeSpan.FromDays(1);

    /// <summary>Makes an authority that signs nodes' certificates and nothing else.</summary>
    internal static Issued MakeAuthority(DateTimeOffset now)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        // A part of its own in the name, so that complaints tell two authorities apart.
        var request = new CertificateRequest($"CN=Coffer cluster authority {Convert.ToHexString(RandomNumberGenerator.GetBytes(4))}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: true, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        return new Issued(request.CreateSelfSigned(now - Before, now.AddYears(AuthorityYears)), key);
    }

    /// <summary>Makes the certificate of the node at <paramref name="host"/>, a DNS name or an IP address.</summary>
    internal static Issued MakeNode(Issued authority, string host, DateTimeOffset now)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var name = new X500DistinguishedNameBuilder();
        name.AddCommonName(host.Length <= 64 ? host : host[..64]);
        var request = new CertificateRequest(name.Build(), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([ServerAuthentication, ClientAuthentication], critical: false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(authority.Certificate, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        var names = new SubjectAlternativeNameBuilder();
        if (IPAddress.TryParse(host, out var address)) names.AddIpAddress(address);
        else names.AddDnsName(host);
        request.CertificateExtensions.Add(names.Build());

        DateTimeOffset authorityEnds = authority.Certificate.NotAfter;
        var ends = now.AddYears(NodeYears);
        return new Issued(request.Create(authority.Certificate, now - Before, ends < authorityEnds ? ends : authorityEnds, RandomNumberGenerator.GetBytes(16)), key);
    }
}
