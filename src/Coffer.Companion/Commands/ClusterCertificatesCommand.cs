using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using Coffer.CommandLine;
using Coffer.Companion.Certificates;

namespace Coffer.Companion.Commands;

/// <summary><c>cluster-certificates --out DIR NODE…</c>: makes a private authority, unless DIR has one, and a certificate a node.</summary>
internal static class ClusterCertificatesCommand
{
    private const string Examples = """
        A NODE is HOST or HOST:PORT, as in 'coffer-server --cluster'; nodes on one host share its certificate. DIR/HOST is what that host is given for
        --certificates; DIR/authority stays here, to make certificates for more nodes later. No file is ever overwritten,
        and of one command all are made or none.
        Exit codes: 0 done, 2 it could not be done.

        Examples:
          coffer-companion cluster-certificates --out certificates a.example.com b.example.com c.example.com
          coffer-companion cluster-certificates --out certificates d.example.com

        """;

    internal static Command Create(IDictionary<Command, string> examples)
    {
        var @out = new Option<string>("--out") { HelpName = "DIR", Description = "the directory for the authority and the nodes' certificates; made where it is not there", Required = true }.RefuseEmpty();
        var nodes = new Argument<string[]>("NODE") { Description = "names or addresses that the nodes reach each other by", Arity = ArgumentArity.OneOrMore };
        var command = new Command("cluster-certificates", "make certificates that the nodes of a cluster know each other by") { @out, nodes };
        command.SetAction(parsed => (int)Run(parsed.GetValue(@out)!, parsed.GetValue(nodes)!, parsed.InvocationConfiguration.Output));
        examples[command] = Examples;
        return command;
    }

    private static ExitCode Run(string path, string[] nodes, TextWriter output)
    {
        var hosts = new List<string>();
        foreach (var node in nodes)
        {
            if (HostOf(node) is not { } host) return Failure.Say(new Problem($"{Words.Quoted(node)} is no node, expected HOST or HOST:PORT", "for example a.example.com, 10.0.0.1 or [fd00::1]:9190"));
            if (!hosts.Contains(host)) hosts.Add(host);
        }
        using var directory = new CertificateDirectory(path);
        if (directory.Obstacle(hosts) is { } obstacle) return Failure.Say(obstacle);
        try
        {
            var now = DateTimeOffset.UtcNow;
            using var authority = directory.HasAuthority ? directory.ReadAuthority() : ClusterCertificates.MakeAuthority(now);
            if (authority.Certificate.NotAfter < now.UtcDateTime.ToLocalTime())
                return Failure.Say(new Problem($"{path}: its authority's certificate ended on {Day(authority.Certificate.NotAfter)}", "make a new one in another directory, and certificates of it for all nodes"));
            if (!directory.HasAuthority) directory.Add(authority);
            var ends = new List<(string File, DateTime End)>();
            foreach (var host in hosts)
            {
                using var made = ClusterCertificates.MakeNode(authority, host, now);
                directory.Add(host, made);
                ends.Add((directory.NodeFile(host), made.Certificate.NotAfter));
            }
            directory.Keep();
            foreach (var (file, end) in ends) output.WriteLine($"{file}\tuntil {Day(end)}");
            return ExitCode.Done;
        }
        catch (CryptographicException)
        {
            return Failure.Say(new Problem($"{path}: its authority cannot be used: authority.crt or authority.key is damaged, or they are not one another's", "restore both from a backup, or make a new authority in another directory"));
        }
        catch (Exception e) when (FileFault.Is(e))
        {
            return Failure.Say(new Problem($"{path}: cannot be written ({FileFault.Describe(e)})", "the directory must be writable and have room, and its authority readable"));
        }
    }

    // The host of HOST, HOST:PORT, [IPV6]:PORT or IPV6; it becomes the name of a directory.
    private static string? HostOf(string node)
    {
        var host = Uri.CheckHostName(node) == UriHostNameType.Unknown && node.LastIndexOf(':') is > 0 and var colon && ushort.TryParse(node.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out _)
            ? node[..colon]
            : node;
        return Uri.CheckHostName(host) switch
        {
            UriHostNameType.Dns when host.ToLowerInvariant() is var name and not ("authority" or "." or "..") => name,
            UriHostNameType.IPv4 or UriHostNameType.IPv6 => System.Net.IPAddress.Parse(host).ToString(),
            _ => null,
        };
    }

    private static string Day(DateTime local) => local.ToUniversalTime().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
