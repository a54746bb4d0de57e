using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Coffer.Server.Hosting;
using Coffer.Server.Membership;
using Coffer.Server.Tests.Hosting;

namespace Coffer.Server.Tests.Membership;

/// <summary>By whose word a node takes others for nodes of its cluster. Certificates here are their own authorities.</summary>
public sealed class NodeCertificateSpecs : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("coffer-certificate-");

    private string KeyPath => Path.Combine(_directory.FullName, "node.pem");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void Takes_the_nodes_of_every_authority_in_its_file_and_no_others()
    {
        using var own = Make("own");
        using var other = Make("other");
        using var foreign = Make("foreign");
        using var certificate = Read(own, authorities: $"{own.ExportCertificatePem()}\n{other.ExportCertificatePem()}\n");

        Assert.Null(certificate.Complain(own));
        Assert.Null(certificate.Complain(other));
        Assert.Equal("its certificate (CN=foreign, of CN=foreign) is not of this cluster's authority (CN=own or CN=other)", certificate.Complain(foreign));
    }

    [Fact]
    public void Is_not_read_where_its_own_authority_is_not_in_the_file()
    {
        using var own = Make("own");
        using var other = Make("other");

        var e = Assert.Throws<StartupException>(() => Read(own, authorities: other.ExportCertificatePem()));

        Assert.Equal(ExitCode.Key, e.ExitCode);
        Assert.Contains("its certificate (CN=own, of CN=own) is not of this cluster's authority (CN=other)", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Is_not_read_where_the_file_holds_no_authority()
    {
        using var own = Make("own");

        var e = Assert.Throws<StartupException>(() => Read(own, authorities: "nothing\n"));

        Assert.Contains("node.pem or authority.crt is damaged", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("node.pem")]
    [InlineData("authority.crt")]
    public async Task Is_not_read_where_a_file_is_a_pipe(string file)
    {
        using var own = Make("own");
        Write(own, own.ExportCertificatePem());
        File.SetUnixFileMode(KeyPath, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.Delete(Path.Combine(_directory.FullName, file));
        SpecialFiles.Pipe(Path.Combine(_directory.FullName, file));

        Assert.Contains("node.pem or authority.crt cannot be read", await Task.Run(Refuse).WaitAsync(SpecialFiles.Patience), StringComparison.Ordinal);
    }

    [Fact]
    public void Lets_the_group_read_its_key_as_a_credential_of_systemd_and_nothing_more()
    {
        using var own = Make("own");
        Write(own, own.ExportCertificatePem());
        File.SetUnixFileMode(KeyPath, UnixFileMode.UserRead | UnixFileMode.GroupRead);
        Assert.Contains("group or others may read or write it", Refuse(), StringComparison.Ordinal);
        var before = Environment.GetEnvironmentVariable("CREDENTIALS_DIRECTORY");
        try
        {
            Environment.SetEnvironmentVariable("CREDENTIALS_DIRECTORY", _directory.FullName);
            using (var certificate = Read(allowOpenKey: false)) Assert.Equal(own.Thumbprint, certificate.Own.Thumbprint);

            File.SetUnixFileMode(KeyPath, UnixFileMode.UserRead | UnixFileMode.OtherRead);
            Assert.Contains("group or others may read or write it", Refuse(), StringComparison.Ordinal);
        }
        finally
        {
            Environment.SetEnvironmentVariable("CREDENTIALS_DIRECTORY", before);
        }
    }

    private string Refuse() => Assert.Throws<StartupException>(() => Read(allowOpenKey: false)).Message;

    private NodeCertificate Read(X509Certificate2 own, string authorities)
    {
        Write(own, authorities);
        return Read(allowOpenKey: true);
    }

    private NodeCertificate Read(bool allowOpenKey) => NodeCertificate.Read(_directory.FullName, NodeAddress.Parse("127.0.0.1:9190", null), allowOpenKey, DateTimeOffset.UtcNow);

    private void Write(X509Certificate2 own, string authorities)
    {
        File.WriteAllText(Path.Combine(_directory.FullName, "authority.crt"), authorities);
        File.WriteAllText(KeyPath, $"{own.ExportCertificatePem()}\n{own.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem()}\n");
    }

    private static X509Certificate2 Make(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }
}
