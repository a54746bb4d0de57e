using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Coffer.CommandLine;

namespace Coffer.Companion.Certificates;

/// <summary>Where the certificates of a cluster are made: <c>authority/</c> stays here, and a directory a node is what that node is given.</summary>
/// <remarks>
/// <c>authority/authority.key</c> PKCS #8 PEM, mode 0600; <c>authority/authority.crt</c>; <c>HOST/node.pem</c> the node's certificate and its key, mode 0600;
/// <c>HOST/authority.crt</c>. No file is ever overwritten; one that could not be written whole is removed.
/// </remarks>
internal sealed class CertificateDirectory(string path)
{
    private const UnixFileMode Secret = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Public = Secret | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode Closed = Secret | UnixFileMode.UserExecute;

    private string AuthorityKey => Path.Combine(path, "authority", "authority.key");

    private string AuthorityCertificate => Path.Combine(path, "authority", "authority.crt");

    /// <summary>The file with the certificate and the key of the node at <paramref name="host"/>.</summary>
    internal string NodeFile(string host) => Path.Combine(path, host, "node.pem");

    /// <summary>Whether there is an authority already.</summary>
    internal bool HasAuthority => File.Exists(AuthorityKey);

    /// <summary>Reads the authority that was made before.</summary>
    /// <exception cref="CryptographicException">A file is damaged.</exception>
    internal Issued ReadAuthority()
    {
        var key = ECDsa.Create();
        var pem = File.ReadAllText(AuthorityKey);
        try
        {
            key.ImportFromPem(pem);
        }
        catch (ArgumentException e)
        {
            throw new CryptographicException("no PEM of a key", e);
        }
        using var certificate = X509CertificateLoader.LoadCertificateFromFile(AuthorityCertificate);
        return new Issued(certificate.CopyWithPrivateKey(key), key);
    }

    /// <summary>Keeps a new authority.</summary>
    internal void Keep(Issued authority)
    {
        Directory.CreateDirectory(path);
        Directory.CreateDirectory(Path.Combine(path, "authority"), Closed);
        Write(AuthorityCertificate, authority.Certificate.ExportCertificatePem(), Public);
        // Last: where it is, there is an authority.
        Write(AuthorityKey, authority.Key.ExportPkcs8PrivateKeyPem(), Secret);
    }

    /// <summary>Keeps the certificate of the node at <paramref name="host"/>.</summary>
    internal void Keep(string host, Issued node)
    {
        Directory.CreateDirectory(Path.Combine(path, host), Closed);
        var authority = Path.Combine(path, host, "authority.crt");
        if (!File.Exists(authority)) Write(authority, File.ReadAllText(AuthorityCertificate).TrimEnd(), Public);
        Write(NodeFile(host), $"{node.Certificate.ExportCertificatePem()}\n{node.Key.ExportPkcs8PrivateKeyPem()}", Secret);
    }

    /// <summary>What is in the way of making those of <paramref name="hosts"/>, or null.</summary>
    internal Problem? Obstacle(IEnumerable<string> hosts) => hosts.Select(NodeFile).FirstOrDefault(Path.Exists) is { } file
        ? new($"{file}: is there already, and is never overwritten", "to renew a certificate, move its directory away first")
        : null;

    private static void Write(string file, string pem, UnixFileMode mode)
    {
        using var stream = new FileStream(file, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = mode, BufferSize = 0 });
        try
        {
            stream.Write(Encoding.ASCII.GetBytes(pem + "\n"));
            stream.Flush(flushToDisk: true);
        }
        catch
        {
            File.Delete(file);
            throw;
        }
    }
}
