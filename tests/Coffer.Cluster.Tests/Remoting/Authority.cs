using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Coffer.Server.Hosting;
using Coffer.Server.Membership;

namespace Coffer.Cluster.Tests.Remoting;

/// <summary>Certificates of nodes on 127.0.0.1 that know each other. There is one, which is its own authority.</summary>
internal sealed class Authority : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("coffer-authority-");

    internal Authority(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        File.WriteAllText(Path.Combine(_directory.FullName, "authority.crt"), made.ExportCertificatePem());
        File.WriteAllText(Path.Combine(_directory.FullName, "node.pem"), $"{made.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n");
        Certificate = NodeCertificate.Read(_directory.FullName, NodeAddress.Parse("127.0.0.1:1", null), allowOpenKey: true, DateTimeOffset.UtcNow);
    }

    internal NodeCertificate Certificate { get; }

    public void Dispose()
    {
        Certificate.Dispose();
        _directory.Delete(recursive: true);
    }
}
