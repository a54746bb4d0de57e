using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Coffer.CommandLine;
using Coffer.Shared;

namespace Coffer.Companion.Certificates;

/// <summary>Where the certificates of a cluster are made: <c>authority/</c> stays here, and a directory a node is what that node is given.</summary>
/// <remarks>
/// <c>authority/authority.key</c> PKCS #8 PEM, mode 0600; <c>authority/authority.crt</c>; <c>HOST/node.pem</c> the node's certificate and its key, mode 0600;
/// <c>HOST/authority.crt</c>. No file is ever overwritten, and all that one run makes are there, or none.
/// </remarks>
internal sealed class CertificateDirectory(string path) : IDisposable
{
    private const UnixFileMode Secret = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Public = Secret | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode Closed = Secret | UnixFileMode.UserExecute;

    private readonly Drafts _drafts = new();
    private string _authority = "";

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
        _authority = File.ReadAllText(AuthorityCertificate).TrimEnd();
        using var certificate = X509CertificateLoader.LoadCertificateFromFile(AuthorityCertificate);
        return new Issued(certificate.CopyWithPrivateKey(key), key);
    }

    /// <summary>Adds a new authority.</summary>
    internal void Add(Issued authority)
    {
        Directory.CreateDirectory(path);
        Directory.CreateDirectory(Path.Combine(path, "authority"), Closed);
        _authority = authority.Certificate.ExportCertificatePem();
        Add(AuthorityKey, authority.Key.ExportPkcs8PrivateKeyPem(), Secret);
        Add(AuthorityCertificate, _authority, Public);
    }

    /// <summary>Adds the certificate of the node at <paramref name="host"/>, of the authority that was read or added before.</summary>
    internal void Add(string host, Issued node)
    {
        Directory.CreateDirectory(Path.Combine(path, host), Closed);
        var authority = Path.Combine(path, host, "authority.crt");
        if (!File.Exists(authority)) Add(authority, _authority, Public);
        Add(NodeFile(host), $"{node.Certificate.ExportCertificatePem()}\n{node.Key.ExportPkcs8PrivateKeyPem()}", Secret);
    }

    /// <summary>Keeps all that was added.</summary>
    internal void Keep() => _drafts.Keep();

    /// <summary>What is in the way of making those of <paramref name="hosts"/>, or null.</summary>
    internal Problem? Obstacle(IEnumerable<string> hosts)
    {
        if (hosts.Select(NodeFile).FirstOrDefault(Path.Exists) is { } file)
            return new($"{file}: is there already, and is never overwritten", "leave this node out, or, to renew its certificate, move its directory away first");
        return (HasAuthority, File.Exists(AuthorityCertificate)) switch
        {
            (true, false) => new($"{AuthorityCertificate}: is not there, and authority.key is", "each node's directory has a copy; where no node was ever given one, move authority.key away, and a new authority is made"),
            (false, true) => new($"{AuthorityKey}: is not there, and authority.crt is", "put it back from where it is kept; where no node was ever given its authority.crt, move that away, and a new authority is made"),
            _ => null,
        };
    }

    public void Dispose() => _drafts.Dispose();

    private void Add(string file, string pem, UnixFileMode mode) => _drafts.Add(file, mode).Write(Encoding.ASCII.GetBytes(pem + "\n"));
}
