using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Coffer.EndToEnd.Tests.Server;
using Coffer.Tests.Shared;

namespace Coffer.Cluster.Tests.Processes;

/// <summary>Whom a cluster does not let in, and what both sides say of it. Two nodes of three are the cluster, the third is the one refused.</summary>
[Takes(seconds: 30)]
public sealed class RefusalSpecs(RefusalSpecs.Two two) : IClassFixture<RefusalSpecs.Two>
{
    [Fact]
    public async Task A_node_with_another_authoritys_certificate_is_refused_and_both_sides_say_so()
    {
        await two.Bench.MakeCertificatesAsync("foreign");

        await File.WriteAllTextAsync(two.Bench.FilePath("impatient.conf"), "coffer.cluster.join = 10s\n");
        var refused = two.Bench.Start(2, ("--certificates", two.Bench.CertificatesOf(2, "foreign")), ("--config", two.Bench.FilePath("impatient.conf")));
        var ended = await refused.EndedAsync();

        Assert.Equal(9, ended.ExitCode);
        Assert.Contains("as a node of this cluster: its certificate (CN=127.0.0.1, of CN=Coffer cluster authority", ended.Error, StringComparison.Ordinal);
        Assert.Contains($"coffer-server: error: not let into a cluster within 10 s: {two.Bench.Addresses[0]} (the TLS handshake failed: ", ended.Error, StringComparison.Ordinal);
        await two.Nodes[0].LineAsync(line => line.Contains("as a node of this cluster: its certificate (CN=127.0.0.3, of", StringComparison.Ordinal), "about the foreign certificate");
        AssertReadable(ended.Error.Split('\n'));
        await StillServesAsync();
    }

    [Fact]
    public async Task A_node_with_another_server_key_is_refused_and_both_sides_say_so()
    {
        using var other = two.Bench.MakeKey("other.pem");

        var refused = two.Bench.Start(2, ("--key", two.Bench.FilePath("other.pem")), ("--store", two.Bench.Postgres.Address(await two.Bench.Postgres.CreateDatabaseAsync())));
        var ended = await refused.EndedAsync();

        Assert.Equal(3, ended.ExitCode);
        Assert.Contains($"its cluster's server key is {two.Bench.ServerKey}, this node's {other.PublicKey}", ended.Error, StringComparison.Ordinal);
        await two.Nodes[0].LineAsync(line => line.Contains($"as a node of this cluster: its server key is {other.PublicKey}, the cluster's {two.Bench.ServerKey}", StringComparison.Ordinal), "about the other key");
        AssertReadable(ended.Error.Split('\n'));
        await StillServesAsync();
    }

    [Theory]
    [InlineData("coffer.catalog.lease", "20s", "10s")]
    [InlineData("coffer.coffers.shards", "1024", "128")]
    public async Task A_node_with_another_value_of_what_all_nodes_have_the_same_is_refused_and_both_sides_say_so(string setting, string own, string clusters)
    {
        await File.WriteAllTextAsync(two.Bench.FilePath("other.conf"), $"{setting} = {own}\n");

        var ended = await two.Bench.Start(2, ("--config", two.Bench.FilePath("other.conf"))).EndedAsync();

        Assert.Equal(2, ended.ExitCode);
        Assert.Matches(
            $"coffer-server: error: refused by ({two.Bench.Addresses[0]}|{two.Bench.Addresses[1]}): its cluster's {setting} is {clusters}, this node's {own}\n.*{setting} in --config is the same on all nodes of a cluster; to change it, stop all of them first\n",
            ended.Error);
        await two.Nodes[0].LineAsync(line => line.Contains($"as a node of this cluster: its {setting} is {own}, the cluster's {clusters}", StringComparison.Ordinal), $"about the other {setting}");
        AssertReadable(ended.Error.Split('\n'));
        await StillServesAsync();
    }

    [Fact]
    public async Task Garbage_on_the_port_of_the_cluster_is_refused_in_a_line_and_does_no_harm()
    {
        var address = IPEndPoint.Parse(two.Bench.Addresses[0]);
        for (var i = 0; i < 50; i++)
        {
            using var peer = new TcpClient();
            await peer.ConnectAsync(address);
            await peer.GetStream().WriteAsync(RandomNumberGenerator.GetBytes(1000));
        }

        await two.Nodes[0].LineAsync(line => line.Contains("refused a connection to the cluster's port", StringComparison.Ordinal), "about the garbage");
        await StillServesAsync();
    }

    private async Task StillServesAsync()
    {
        foreach (var node in two.Nodes)
        {
            Assert.Equal("not-a-real-secret", await two.Bench.FetchAsync(node));
            AssertReadable(node.Log);
        }
    }

    private static void AssertReadable(IEnumerable<string> lines) => Assert.All(lines, line =>
    {
        Assert.DoesNotContain("Exception", line, StringComparison.Ordinal);
        Assert.DoesNotContain("Akka.", line, StringComparison.Ordinal);
    });

    /// <summary>Nodes 0 and 1, in a cluster.</summary>
    public sealed class Two : IAsyncLifetime
    {
        public ClusterBench Bench { get; private set; } = null!;

        public IReadOnlyList<RunningServer> Nodes { get; private set; } = [];

        public async ValueTask InitializeAsync()
        {
            Bench = await ClusterBench.CreateAsync();
            Nodes = [Bench.Start(0), Bench.Start(1)];
            foreach (var node in Nodes) await node.ServingAsync();
            await Bench.LoadAsync(0, Bench.OneClient("not-a-real-secret"));
        }

        public async ValueTask DisposeAsync() => await Bench.DisposeAsync();
    }
}
