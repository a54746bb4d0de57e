using System.Diagnostics;
using System.Globalization;
using System.Net;

namespace Coffer.Cluster.Tests.Faults;

/// <summary>A network namespace for each of three nodes, and one for the switch between them and this process: links that can be cut, made lossy and led astray.</summary>
/// <remarks>
/// Node i is at .(i+1) of a /24 in the range that RFC 2544 sets aside for benchmarks, this process and the database at .254. All rules are made inside of the namespaces, and go with them.
/// It takes root.
/// </remarks>
public sealed class ClusterNetwork : IAsyncDisposable
{
    /// <summary>The program that runs another one inside of a namespace, and becomes it.</summary>
    internal const string Enter = "/usr/bin/nsenter";

    /// <summary>How many nodes there are.</summary>
    internal const int Nodes = 3;

    private const int Port = 9190;
    private const int ClientPort = 9187;

    private readonly string _name = string.Create(CultureInfo.InvariantCulture, $"cf{Random.Shared.Next():x8}");
    private readonly string _prefix = string.Create(CultureInfo.InvariantCulture, $"198.{Random.Shared.Next(18, 20)}.{Random.Shared.Next(256)}.");
    private readonly List<string> _namespaces = [];

    private ClusterNetwork()
    {
    }

    /// <summary>This process's address on the network.</summary>
    internal IPAddress Host => IPAddress.Parse(_prefix + "254");

    /// <summary>Where the nodes reach each other.</summary>
    internal IReadOnlyList<string> NodeAddresses => [.. Enumerable.Range(0, Nodes).Select(node => Address(node, Port))];

    /// <summary>Where clients reach the nodes.</summary>
    internal IReadOnlyList<string> ClientAddresses => [.. Enumerable.Range(0, Nodes).Select(node => Address(node, ClientPort))];

    internal static async Task<ClusterNetwork> CreateAsync()
    {
        var made = new ClusterNetwork();
        try
        {
            await made.BuildAsync();
            return made;
        }
        catch
        {
            await made.DisposeAsync();
            throw;
        }
    }

    /// <summary>What <see cref="Enter"/> is told before a program that is to run where <paramref name="node"/> is.</summary>
    internal string[] Inside(int node) => [$"--net=/run/netns/{Namespace(node)}", "--"];

    /// <summary>No packet goes between <paramref name="node"/> and the other ones any more, nor to <paramref name="further"/> at this process's address, where that is given.</summary>
    internal async Task CutOffAsync(int node, int? further = null)
    {
        foreach (var other in Others(node))
        {
            await FilterAsync(node, "-A", "INPUT", "-s", Address(other), "-j", "DROP");
            await FilterAsync(node, "-A", "OUTPUT", "-d", Address(other), "-j", "DROP");
        }
        if (further is { } port) await FilterAsync(node, "-A", "OUTPUT", "-p", "tcp", "-d", Host.ToString(), "--dport", Text(port), "-j", "DROP");
    }

    /// <summary>Of the packets between the two nodes, this share is lost, in either direction.</summary>
    internal async Task LoseAsync(int node, int other, double share)
    {
        string[] some = ["-m", "statistic", "--mode", "random", "--probability", share.ToString(CultureInfo.InvariantCulture), "-j", "DROP"];
        await FilterAsync(node, ["-A", "INPUT", "-s", Address(other), .. some]);
        await FilterAsync(node, ["-A", "OUTPUT", "-d", Address(other), .. some]);
    }

    /// <summary>How many packets the rules of <paramref name="node"/> have dropped so far: of those that came, and of those that were to go.</summary>
    internal async Task<(long Came, long Went)> DroppedAsync(int node) => (await DroppedAsync(node, "INPUT"), await DroppedAsync(node, "OUTPUT"));

    /// <summary>What connects <paramref name="node"/> to <paramref name="other"/> is cut, and led to <paramref name="port"/> of this process when it is made anew.</summary>
    internal async Task DetourAsync(int node, int other, int port)
    {
        await FilterAsync(node, "-t", "nat", "-A", "OUTPUT", "-p", "tcp", "-d", Address(other), "--dport", Text(Port), "-j", "DNAT", "--to-destination", $"{Host}:{Text(port)}");
        await RunAsync(Enter, [.. Inside(node), "ss", "-K", "-Htn", "dst", Address(other)]);
    }

    /// <summary>Whether <paramref name="node"/> has taken a connection on its port that <paramref name="other"/> made without a detour.</summary>
    internal async Task<bool> IsReachedDirectlyAsync(int node, int other) =>
        (await RunAsync(Enter, [.. Inside(node), "ss", "-Htn", "state", "established", "src", Address(node, Port), "dst", Address(other)])).Length > 0;

    /// <summary>Every link is whole again.</summary>
    internal async Task HealAsync()
    {
        for (var node = 0; node < Nodes; node++)
        {
            await FilterAsync(node, "-F");
            await FilterAsync(node, "-t", "nat", "-F");
        }
    }

    public async ValueTask DisposeAsync()
    {
        // The devices inside of a namespace go with it, and their other ends with them.
        foreach (var made in _namespaces) await RunAsync("ip", "netns", "del", made);
    }

    private async Task BuildAsync()
    {
        await AddNamespaceAsync(Switch);
        await RunAsync("ip", "-n", Switch, "link", "add", "switch", "type", "bridge");
        await RunAsync("ip", "-n", Switch, "link", "set", "switch", "up");
        for (var node = 0; node < Nodes; node++)
        {
            await AddNamespaceAsync(Namespace(node));
            await RunAsync("ip", "link", "add", "eth0", "netns", Namespace(node), "type", "veth", "peer", "name", $"node{Text(node)}", "netns", Switch);
            await RunAsync("ip", "-n", Switch, "link", "set", $"node{Text(node)}", "master", "switch", "up");
            await RunAsync("ip", "-n", Namespace(node), "addr", "add", Address(node) + "/24", "dev", "eth0");
            await RunAsync("ip", "-n", Namespace(node), "link", "set", "eth0", "up");
            await RunAsync("ip", "-n", Namespace(node), "link", "set", "lo", "up");
        }
        await RunAsync("ip", "link", "add", _name, "type", "veth", "peer", "name", "host", "netns", Switch);
        await RunAsync("ip", "-n", Switch, "link", "set", "host", "master", "switch", "up");
        await RunAsync("ip", "addr", "add", $"{Host}/24", "dev", _name);
        await RunAsync("ip", "link", "set", _name, "up");
    }

    private async Task AddNamespaceAsync(string name)
    {
        await RunAsync("ip", "netns", "add", name);
        _namespaces.Add(name);
    }

    private static IEnumerable<int> Others(int node) => Enumerable.Range(0, Nodes).Where(other => other != node);

    private string Switch => $"{_name}-switch";

    private string Namespace(int node) => $"{_name}-{Text(node)}";

    private string Address(int node) => _prefix + Text(node + 1);

    private string Address(int node, int port) => $"{Address(node)}:{Text(port)}";

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    // Of each rule its packets come first, as a plain number.
    private async Task<long> DroppedAsync(int node, string chain)
    {
        var rules = (await FilterAsync(node, "-nvxL", chain)).Split('\n').Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        return rules.Where(rule => rule.Contains("DROP")).Sum(rule => long.Parse(rule[0], CultureInfo.InvariantCulture));
    }

    private Task<string> FilterAsync(int node, params string[] arguments) => RunAsync(Enter, [.. Inside(node), "iptables", "-w", .. arguments]);

    private static async Task<string> RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo("/usr/bin/env", [program, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        // Where Debian has ip and iptables, and where not even every root looks.
        start.Environment["PATH"] += ":/usr/sbin:/sbin";
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {await error} (this test makes network namespaces, which takes root)");
    }
}
