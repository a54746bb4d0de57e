using System.Globalization;
using System.Text.Json;
using Coffer.Cluster.Tests.Processes;
using Coffer.EndToEnd.Tests.Server;
using Coffer.Tests.Shared;

namespace Coffer.EndToEnd.Tests.Containers;

/// <summary>docker/compose.yaml: what it says, and its nodes as processes.</summary>
public sealed class ComposeSpecs : IAsyncDisposable
{
    private const string Directory = "docker";

    private readonly ServerBench _bench = new();
    private readonly JsonElement _compose = Assert.Single(Yaml.ReadAll("docker/compose.yaml"));
    private readonly Dockerfile _image = Dockerfile.Of("coffer-server");

    private Dictionary<string, JsonElement> Nodes =>
        _compose.At("services").EnumerateObject().Where(service => service.Name.StartsWith("node-", StringComparison.Ordinal)).ToDictionary(service => service.Name, service => service.Value);

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task Every_variable_is_one_of_the_servers()
    {
        var known = await Variables.OfAsync(_bench, "coffer-server");

        Assert.All(Nodes.Values, node => Assert.Subset(known, node.Map("environment").Keys.ToHashSet()));
    }

    [Fact]
    public void Every_file_that_a_node_reads_is_mounted_and_no_other()
    {
        foreach (var (name, node) in Nodes)
        {
            MountedFiles.AssertTheSame(node.Map("environment").Values, Mounts(node).Keys);
            Assert.Contains($"{name}:{_image.Only("VOLUME").Arguments}", node.Texts("volumes"));
            Assert.Contains($"{name}.pem", Mounts(node).Values);
        }
        Assert.Equal(Nodes.Keys.Append("database").Order(), _compose.Map("volumes").Keys.Order());
    }

    [Fact]
    public void The_nodes_meet_where_nobody_else_comes_and_clients_come_to_the_port_that_is_served()
    {
        var port = _image.Environment["COFFER_LISTEN"].Split(':')[1];
        var seeds = Nodes.Values.Select(node => node.Text("environment/COFFER_SEEDS")).Distinct().ToList();

        Assert.Equal(Nodes.Values.Select(node => node.Text("environment/COFFER_CLUSTER")), Assert.Single(seeds).Split(','));
        Assert.Equal(port, _image.Only("EXPOSE").Arguments);
        foreach (var node in Nodes.Values)
        {
            Assert.Equal(node.Text("environment/COFFER_CLUSTER").Split(':')[0], Assert.Single(node.Texts("networks/cluster/aliases")));
            Assert.Equal(port, Assert.Single(node.Texts("ports")).Split(':')[1]);
        }
        Assert.All(new[] { "cluster", "database" }, network => Assert.True(_compose.At($"networks/{network}/internal").GetBoolean()));
        Assert.Equal(["database"], _compose.Texts("services/database/networks"));
        Assert.False(_compose.At("services/database").TryGetProperty("ports", out _));
        Assert.Contains($"--server {string.Join(',', Nodes.Values.Select(Published))} ", PageCommands.After("clients name all of them"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_node_may_do_nothing_and_is_started_anew()
    {
        Assert.Equal(3, Nodes.Count);
        Assert.All(Nodes.Values, node =>
        {
            Assert.True(node.At("read_only").GetBoolean());
            Assert.Equal(["ALL"], node.Texts("cap_drop"));
            Assert.Equal(["no-new-privileges:true"], node.Texts("security_opt"));
            Assert.Equal("unless-stopped", node.Text("restart"));
            Assert.Equal("docker/coffer-server.Dockerfile", node.Text("build/dockerfile"));
            Assert.Equal("service_healthy", node.Text("depends_on/database/condition"));
        });
    }

    [Fact]
    public async Task The_pages_commands_make_every_secret()
    {
        var commands = new PageCommands(_bench);

        await commands.RunAsync(PageCommands.After("Run by ComposeSpecs"));

        Assert.All(_compose.At("secrets").EnumerateObject(), secret => Assert.True(File.Exists(_bench.FilePath($"{Directory}/{secret.Value.Text("file")}")), $"{secret.Name} was not made"));
        var open = await _bench.RunAsync("/usr/bin/find", _bench.FilePath("docker/secrets"), "-type", "f", "-perm", "/077", "-not", "-name", "companion.pub", "-not", "-name", "authority.crt");
        Assert.Equal("", open.Text);
        Assert.DoesNotContain("authority.key", (await _bench.RunAsync("/usr/bin/find", _bench.FilePath("docker/secrets"))).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Three_nodes_come_up_tell_that_they_are_healthy_and_serve_what_the_page_loads()
    {
        await using var postgres = await PrivatePostgres.StartAsync();
        var database = await postgres.CreateDatabaseAsync();
        var commands = new PageCommands(_bench);
        var hosts = Nodes.Keys.Select((name, index) => (Name: $"{name}.cluster", Address: $"127.0.0.{index + 1}")).ToList();
        await commands.RunAsync(OnLoopback(PageCommands.After("Run by ComposeSpecs")).Replace("node-*.cluster", "127.0.0.*", StringComparison.Ordinal));
        await File.WriteAllTextAsync(_bench.FilePath("docker/secrets/database-password"), postgres.Password, TestContext.Current.CancellationToken);
        var port = FreePorts.Find(1)[0].ToString(CultureInfo.InvariantCulture);
        var health = _image.Only("HEALTHCHECK").Exec;
        var path = _bench.Environment["PATH"];
        _bench.Options.Clear();

        var servers = new List<RunningServer>();
        foreach (var name in Nodes.Keys)
        {
            Enter(name);
            Assert.NotEqual(0, (await HealthAsync()).ExitCode);
            servers.Add(_bench.Start());
        }
        var addresses = new List<string>();
        foreach (var server in servers) addresses.Add((await server.ServingAsync()).ToString());
        foreach (var name in Nodes.Keys)
        {
            Enter(name);
            var healthy = await HealthAsync();
            Assert.True(healthy.ExitCode == 0, healthy.Error);
        }

        Enter("node-1");
        var load = PageCommands.After("clients name all of them").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        await commands.RunAsync($"cd docker; {load[0]} >shop.pub; printf '[clients]\\nshop = \"%s\"\\n[shop]\\nPASSWORD = \"not-a-real-secret\"\\n' \"$(cat shop.pub)\" >definition.toml; {load[1]}");
        await commands.RunAsync($"cd docker; {load[2].Replace("docker compose exec -T node-1 ", "", StringComparison.Ordinal)}");
        foreach (var address in addresses)
        {
            var fetched = await commands.RunAsync($"cd docker; {load[3].Replace(string.Join(',', Nodes.Values.Select(Published)), address, StringComparison.Ordinal)}");
            Assert.Contains("not-a-real-secret", fetched.Text, StringComparison.Ordinal);
        }
        foreach (var server in servers) Assert.Equal(0, (await server.StopAsync()).ExitCode);

        // As the container would find itself: with its files, in its environment.
        void Enter(string name)
        {
            var node = Nodes[name];
            var root = _bench.FilePath(name);
            foreach (var (target, secret) in Mounts(node))
            {
                var file = _bench.FilePath($"{Directory}/{OnLoopback(_compose.Text($"secrets/{secret}/file"))}");
                System.IO.Directory.CreateDirectory(Path.GetDirectoryName(root + target)!);
                File.Copy(file, root + target, overwrite: true);
            }
            System.IO.Directory.CreateDirectory(root + _image.Only("VOLUME").Arguments);
            _bench.Environment.Clear();
            foreach (var (variable, value) in _image.Environment.Concat(node.Map("environment"))) _bench.Environment[variable] = Placed(value, root);
            _bench.Environment["COFFER_METRICS"] = "127.0.0.1:0";
            _bench.Environment["PATH"] = path;
        }

        string Placed(string value, string root) => OnLoopback(value)
            .Replace("/run/secrets/", $"{root}/run/secrets/", StringComparison.Ordinal)
            .Replace("/var/lib/coffer", $"{root}/var/lib/coffer", StringComparison.Ordinal)
            .Replace("@database/coffer?", $"@127.0.0.1:{postgres.Port}/{database}?", StringComparison.Ordinal)
            .Replace("0.0.0.0:9187", "127.0.0.1:0", StringComparison.Ordinal)
            .Replace(":9190", $":{port}", StringComparison.Ordinal);

        string OnLoopback(string text) => hosts.Aggregate(text, (placed, host) => placed.Replace(host.Name, host.Address, StringComparison.Ordinal));

        Task<Client.Ended> HealthAsync() => _bench.RunAsync(Path.Combine(Programs.Folder, Path.GetFileName(health[0])), health[1..]);
    }

    private static string Published(JsonElement node) => $"localhost:{Assert.Single(node.Texts("ports")).Split(':')[0]}";

    // Where each secret is in the container, as Compose has it.
    private static Dictionary<string, string> Mounts(JsonElement service) => service.Items("secrets").ToDictionary(
        secret => secret.ValueKind == JsonValueKind.String ? $"/run/secrets/{secret.GetString()}" : secret.Text("target"),
        secret => secret.ValueKind == JsonValueKind.String ? secret.GetString()! : secret.Text("source"));
}
