using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Coffer.CommandLine;
using Coffer.Crypto.Keys;
using Coffer.Server.Hosting;

namespace Coffer.Server.Membership;

/// <summary>What a node shows the others, and by whose word it takes them for nodes of its cluster.</summary>
/// <remarks>
/// Files as <c>coffer-companion cluster-certificates</c> makes them: <c>node.pem</c>, certificate and key, and <c>authority.crt</c>, PEM both. The latter may hold
/// several authorities, as it does while a cluster goes from one to the next. Both may be credentials of systemd.
/// </remarks>
internal sealed class NodeCertificate : IDisposable
{
    private const string Renew = "'coffer-companion cluster-certificates' makes it; copy the directory of this node's host as it is";

    private readonly X509Certificate2Collection _authorities;

    private NodeCertificate(X509Certificate2 own, X509Certificate2Collection authorities)
    {
        Own = own;
        _authorities = authorities;
    }

    /// <summary>This node's, with its key.</summary>
    internal X509Certificate2 Own { get; }

    /// <summary>When this node's ends, UTC.</summary>
    internal DateTimeOffset End => Own.NotAfter.ToUniversalTime();

    /// <summary>Reads what <paramref name="directory"/> holds for the node at <paramref name="node"/>.</summary>
    /// <exception cref="StartupException">A file is missing, damaged or open to others, the certificate is of none of the authorities, has ended, or is another host's.</exception>
    internal static NodeCertificate Read(string directory, NodeAddress node, bool allowOpenKey, DateTimeOffset now)
    {
        var (file, authorityFile) = (Path.Combine(directory, "node.pem"), Path.Combine(directory, "authority.crt"));
        try
        {
            var pem = RegularFile.ReadAllText(file);
            if (!allowOpenKey && KeyFile.IsOpenToOthers(file, File.GetUnixFileMode(file))) throw Unusable(file, "group or others may read or write it, and it holds a key", $"chmod 600 {file}, or --allow-open-key");
            var authorities = new X509Certificate2Collection();
            authorities.ImportFromPem(RegularFile.ReadAllText(authorityFile));
            // A file without any certificate is no mistake to the platform.
            if (authorities.Count == 0) throw new CryptographicException("no PEM of a certificate");
            var certificate = new NodeCertificate(X509Certificate2.CreateFromPem(pem, pem), authorities);
            certificate.Check(file, node, now);
            return certificate;
        }
        catch (CryptographicException)
        {
            throw Unusable(directory, "node.pem or authority.crt is damaged", Renew);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unusable(directory, "node.pem or authority.crt cannot be read", Renew);
        }
    }

    /// <summary>Why the certificate that a node has shown is none of this cluster's, or null where it is one.</summary>
    internal string? Complain(X509Certificate2? shown)
    {
        if (shown is null) return "it showed no certificate";
        using var chain = new X509Chain { ChainPolicy = ChainPolicy() };
        if (chain.Build(shown)) return null;
        var name = $"its certificate ({shown.Subject}, of {shown.Issuer})";
        return chain.ChainStatus.Any(status => status.Status.HasFlag(X509ChainStatusFlags.NotTimeValid))
            ? $"{name} is not valid at this time, but from {shown.NotBefore.ToUniversalTime():u} to {shown.NotAfter.ToUniversalTime():u}"
            : $"{name} is not of this cluster's authority ({string.Join(" or ", _authorities.Select(authority => authority.Subject))})";
    }

    /// <summary>What a chain of one of this cluster's certificates is built by: its authorities alone, and nothing from the network.</summary>
    internal X509ChainPolicy ChainPolicy()
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
        policy.CustomTrustStore.AddRange(_authorities);
        return policy;
    }

    public void Dispose()
    {
        Own.Dispose();
        foreach (var authority in _authorities) authority.Dispose();
    }

    private void Check(string file, NodeAddress node, DateTimeOffset now)
    {
        if (now > End) throw Unusable(file, $"the certificate ended on {End:yyyy-MM-dd}", "make a new one with 'coffer-companion cluster-certificates': docs/operations.md");
        if (!Own.MatchesHostname(node.Host)) throw Unusable(file, $"the certificate is not for {node.Host}, which --cluster names", Renew);
        if (Complain(Own) is { } complaint) throw Unusable(file, complaint, Renew);
    }

    private static StartupException Unusable(string path, string why, string hint) => new(ExitCode.Key, $"--certificates: {path}: {why}", hint);
}
