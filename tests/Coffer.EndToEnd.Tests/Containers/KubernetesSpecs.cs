using System.Globalization;
using System.Text.Json;
using Coffer.EndToEnd.Tests.Server;

namespace Coffer.EndToEnd.Tests.Containers;

/// <summary>docker/kubernetes: the manifests against each other, the server and the page.</summary>
public sealed class KubernetesSpecs
{
    private const string Place = "docker/kubernetes";

    // What a container finds, for the command behind the directories of the programs and the Secret.
    private const string Container = """
        for place in /opt /run /var/lib; do mount -t tmpfs -o mode=0755 tmpfs "$place"; done
        mkdir -p /opt/coffer /run/secrets/coffer /var/lib/coffer
        mount --bind "$1" /opt/coffer
        mount --bind "$2" /run/secrets/coffer
        mount -t tmpfs -o mode=2770,gid=10001 tmpfs /var/lib/coffer
        mount -t tmpfs tmpfs /tmp
        for place in / /opt /run /var/lib /tmp; do mount -o remount,bind,ro "$place"; done
        ip link set lo up
        shift 2
        exec "$@"
        """;

    private readonly JsonElement _kustomization = Assert.Single(Yaml.ReadAll($"{Place}/kustomization.yaml"));
    private readonly IReadOnlyList<JsonElement> _manifests;
    private readonly JsonElement _nodes;
    private readonly JsonElement _container;

    public KubernetesSpecs()
    {
        _manifests = [.. _kustomization.Texts("resources").SelectMany(file => Yaml.ReadAll($"{Place}/{file}"))];
        _nodes = Assert.Single(_manifests, manifest => manifest.Text("kind") == "StatefulSet");
        _container = Assert.Single(_nodes.Items("spec/template/spec/containers"));
    }

    private string[] Names => [.. Enumerable.Range(0, _nodes.At("spec/replicas").GetInt32()).Select(index => $"{_nodes.Text("metadata/name")}-{index}")];

    private Dictionary<string, string> Values => _container.Items("env").Where(variable => variable.TryGetProperty("value", out _))
        .ToDictionary(variable => variable.Text("name"), variable => variable.Text("value"));

    private Dictionary<string, string> Ports => _container.Items("ports").ToDictionary(port => port.Text("name"), port => port.Text("containerPort"));

    [Fact]
    public void Every_manifest_is_part_of_the_kustomization()
    {
        var files = Directory.GetFiles(Repository.FilePath(Place)).Select(Path.GetFileName).Where(file => file != "kustomization.yaml");

        Assert.Equal(files.Order(), _kustomization.Texts("resources").Order());
        Assert.Contains(_kustomization.Items("images"), image => image.Text("name") == _container.Text("image"));
    }

    [Fact]
    public async Task Every_variable_is_one_of_the_servers()
    {
        await using var bench = new ServerBench();
        var known = await Variables.OfAsync(bench, "coffer-server");

        Assert.Subset(known, Variables.OurOwn(Values.Keys).Concat(Literals().Keys).ToHashSet());
    }

    [Fact]
    public void Every_file_that_a_node_reads_is_mounted_from_a_secret_and_no_other()
    {
        var volumes = _nodes.Items("spec/template/spec/volumes").ToDictionary(volume => volume.Text("name"), volume => Keys(volume.Text("secret/secretName")));
        var mounts = _container.Items("volumeMounts").Where(mount => mount.Text("name") != "data").ToList();
        var parts = mounts.Where(IsPart).ToList();

        MountedFiles.AssertTheSame(
            Values.Values.Concat(Literals().Values),
            [.. parts.Select(mount => mount.Text("mountPath")), .. mounts.Where(mount => !IsPart(mount)).SelectMany(mount => volumes[mount.Text("name")].Select(key => $"{mount.Text("mountPath")}/{key}"))]);
        Assert.All(mounts, mount => Assert.True(mount.At("readOnly").GetBoolean()));
        foreach (var name in Names)
            Assert.All(parts, mount => Assert.Contains(mount.TryGetProperty("subPath", out var key) ? key.GetString()! : mount.Text("subPathExpr").Replace("$(POD_NAME)", name, StringComparison.Ordinal), volumes[mount.Text("name")]));
        Assert.All(_nodes.Items("spec/template/spec/volumes"), volume => Assert.Equal(Convert.ToInt32("400", 8), volume.At("secret/defaultMode").GetInt32()));
        Assert.Contains(_container.Items("volumeMounts"), mount => mount.Text("name") == "data" && mount.Text("mountPath") == Dockerfile.Of("coffer-server").Only("VOLUME").Arguments);

        static bool IsPart(JsonElement mount) => mount.TryGetProperty("subPath", out _) || mount.TryGetProperty("subPathExpr", out _);
    }

    [Fact]
    public void The_nodes_find_each_other_by_names_that_the_headless_service_gives_them()
    {
        var service = Service(_nodes.Text("spec/serviceName"));
        var node = Values["COFFER_CLUSTER"];

        Assert.Equal($"$(POD_NAME).{service.Text("metadata/name")}.$(POD_NAMESPACE).svc.cluster.local:{Ports["cluster"]}", node);
        Assert.Equal(Names.Select(name => node.Replace("$(POD_NAME)", name, StringComparison.Ordinal)), Values["COFFER_SEEDS"].Split(','));
        Assert.Equal("None", service.Text("spec/clusterIP"));
        Assert.True(service.At("spec/publishNotReadyAddresses").GetBoolean());
        // A variable is put into those that come after it.
        Assert.Equal(["POD_NAME", "POD_NAMESPACE"], _container.Items("env").Take(2).Select(variable => variable.Text("name")));
    }

    [Fact]
    public void Ports_and_labels_agree()
    {
        var labels = _nodes.Map("spec/template/metadata/labels");

        Assert.Equal(Dockerfile.Of("coffer-server").Environment["COFFER_LISTEN"].Split(':')[1], Ports["clients"]);
        Assert.Equal($"0.0.0.0:{Ports["metrics"]}", Values["COFFER_METRICS"]);
        Assert.Equal("/health/live metrics", $"{_container.Text("livenessProbe/httpGet/path")} {_container.Text("livenessProbe/httpGet/port")}");
        Assert.Equal("/health/ready metrics", $"{_container.Text("readinessProbe/httpGet/path")} {_container.Text("readinessProbe/httpGet/port")}");
        foreach (var service in _manifests.Where(manifest => manifest.Text("kind") == "Service"))
        {
            Assert.All(service.Items("spec/ports"), port => Assert.Equal(port.Text("port"), Ports[port.Text("targetPort")]));
            Assert.Equal(labels, service.Map("spec/selector"));
        }
        Assert.Equal(Ports["clients"], Assert.Single(Service("coffer").Items("spec/ports")).Text("port"));
        Assert.Equal(labels, _nodes.Map("spec/selector/matchLabels"));
        Assert.Equal(labels, Only("PodDisruptionBudget").Map("spec/selector/matchLabels"));
        Assert.Equal(labels, _nodes.Map("spec/template/spec/affinity/podAntiAffinity/requiredDuringSchedulingIgnoredDuringExecution/0/labelSelector/matchLabels"));
    }

    [Fact]
    public void None_but_nodes_come_to_the_port_of_the_cluster_and_nobody_to_the_metrics()
    {
        var policy = Only("NetworkPolicy");
        var labels = _nodes.Map("spec/template/metadata/labels");

        Assert.Equal(labels, policy.Map("spec/podSelector/matchLabels"));
        var open = Assert.Single(policy.Items("spec/ingress"), rule => !rule.TryGetProperty("from", out _));
        Assert.Equal("clients", Assert.Single(open.Items("ports")).Text("port"));
        var closed = Assert.Single(policy.Items("spec/ingress"), rule => rule.TryGetProperty("from", out _));
        Assert.Equal("cluster", Assert.Single(closed.Items("ports")).Text("port"));
        Assert.Equal(labels, Assert.Single(closed.Items("from")).Map("podSelector/matchLabels"));
    }

    [Fact]
    public void A_node_may_do_nothing()
    {
        var pod = _nodes.At("spec/template/spec");
        var user = Dockerfile.Of("coffer-server").Only("USER").Arguments.Split(':');

        Assert.Equal((user[0], user[1], user[1]), (pod.Text("securityContext/runAsUser"), pod.Text("securityContext/runAsGroup"), pod.Text("securityContext/fsGroup")));
        Assert.True(pod.At("securityContext/runAsNonRoot").GetBoolean());
        Assert.Equal("RuntimeDefault", pod.Text("securityContext/seccompProfile/type"));
        Assert.False(pod.At("automountServiceAccountToken").GetBoolean());
        Assert.False(pod.At("enableServiceLinks").GetBoolean());
        Assert.False(_container.At("securityContext/allowPrivilegeEscalation").GetBoolean());
        Assert.True(_container.At("securityContext/readOnlyRootFilesystem").GetBoolean());
        Assert.Equal(["ALL"], _container.Texts("securityContext/capabilities/drop"));
    }

    [Fact]
    public async Task The_pages_commands_make_every_secret()
    {
        await using var bench = new ServerBench();

        await new PageCommands(bench).RunAsync(PageCommands.After("Run by KubernetesSpecs").Replace("; cat >", "; echo not-a-real-secret >", StringComparison.Ordinal));

        var files = _kustomization.Items("secretGenerator").SelectMany(secret => secret.Texts("files")).Select(file => file.Split('=')[^1]).ToList();
        Assert.All(files, file => Assert.True(File.Exists(bench.FilePath($"{Place}/{file}")), $"{file} was not made"));
        Assert.Equal(Names.Length, files.Count(file => file.EndsWith("/node.pem", StringComparison.Ordinal)));
        Assert.All(Names, name => Assert.Contains(files, file => file == $"secrets/{name}.coffer-nodes.{_kustomization.Text("namespace")}.svc.cluster.local/node.pem"));
    }

    [Fact]
    public async Task A_node_serves_on_a_read_only_root_as_its_user_without_capabilities_from_files_that_the_kubelet_has_mounted()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "mounts of its own and another user take root");
        await using var bench = new ServerBench();
        var image = Dockerfile.Of("coffer-server");
        foreach (var (name, value) in image.Environment) bench.Environment[name] = value.Replace("$PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", StringComparison.Ordinal);
        // Alone and on SQLite: what a container may do is the same, and its database and other nodes are elsewhere.
        foreach (var (name, value) in Values) if (name is not ("COFFER_CLUSTER" or "COFFER_SEEDS" or "COFFER_CERTIFICATES")) bench.Environment[name] = value;
        bench.Options.Clear();
        var user = image.Only("USER").Arguments.Split(':');
        string[] asUser = ["/usr/bin/setpriv", $"--reuid={user[0]}", $"--regid={user[1]}", "--clear-groups", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"];

        await using var server = RunningServer.Start(
            "/usr/bin/unshare",
            ["--mount", "--net", "/bin/sh", "-ec", Container, "sh", Programs.Folder, await SecretsAsync(bench, user[1]), .. asUser, .. image.Only("ENTRYPOINT").Exec],
            "/",
            bench.Environment);
        await server.ServingAsync();
        var process = server.ProcessId.ToString(CultureInfo.InvariantCulture);
        var healthy = await bench.RunAsync("/usr/bin/nsenter", [$"--target={process}", "--mount", "--net", .. asUser, .. image.Only("HEALTHCHECK").Exec]);
        var status = (await File.ReadAllLinesAsync($"/proc/{process}/status", TestContext.Current.CancellationToken)).Select(line => line.Split(":\t")).ToDictionary(field => field[0], field => field[1]);
        var ended = await server.StopAsync();

        Assert.True(healthy.ExitCode == 0, healthy.Error);
        Assert.Contains("state\tserving\n", healthy.Text, StringComparison.Ordinal);
        Assert.StartsWith($"{user[0]}\t", status["Uid"], StringComparison.Ordinal);
        Assert.Equal(("0000000000000000", "0000000000000000", "1"), (status["CapEff"], status["CapBnd"], status["NoNewPrivs"]));
        Assert.Equal(0, ended.ExitCode);
    }

    // A directory as the kubelet fills one from a Secret, for the pod's group.
    private async Task<string> SecretsAsync(ServerBench bench, string group)
    {
        var version = Directory.CreateDirectory(bench.FilePath("secrets/..version")).FullName;
        File.Copy(bench.FilePath("server.pem"), Path.Combine(version, "server.pem"));
        await File.WriteAllTextAsync(Path.Combine(version, "companion.pub"), bench.CompanionKey.ToString(), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(version, "database-password"), "not-a-real-secret", TestContext.Current.CancellationToken);
        File.CreateSymbolicLink(bench.FilePath("secrets/..data"), "..version");
        foreach (var key in Keys("coffer"))
        {
            File.SetUnixFileMode(Path.Combine(version, key), UnixFileMode.UserRead | UnixFileMode.GroupRead);
            Assert.Equal(0, (await bench.RunAsync("/bin/chown", $"0:{group}", Path.Combine(version, key))).ExitCode);
            File.CreateSymbolicLink(bench.FilePath($"secrets/{key}"), $"..data/{key}");
        }
        return bench.FilePath("secrets");
    }

    private JsonElement Only(string kind) => Assert.Single(_manifests, manifest => manifest.Text("kind") == kind);

    private JsonElement Service(string name) => Assert.Single(_manifests, manifest => manifest.Text("kind") == "Service" && manifest.Text("metadata/name") == name);

    private Dictionary<string, string> Literals()
    {
        var map = Assert.Single(_kustomization.Items("configMapGenerator"));
        Assert.Equal(map.Text("name"), Assert.Single(_container.Items("envFrom")).Text("configMapRef/name"));
        return map.Texts("literals").Select(literal => literal.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);
    }

    private List<string> Keys(string secret) =>
        [.. Assert.Single(_kustomization.Items("secretGenerator"), made => made.Text("name") == secret).Texts("files").Select(file => file.Contains('=', StringComparison.Ordinal) ? file.Split('=')[0] : Path.GetFileName(file))];
}
