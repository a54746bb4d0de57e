using System.Diagnostics;
using System.Globalization;
using System.Text;
using Coffer.Client;
using Coffer.Cluster.Tests.Faults;
using Coffer.Crypto.Keys;
using Coffer.Definitions.Sealed;
using Coffer.EndToEnd.Tests;
using Coffer.EndToEnd.Tests.Client;
using Coffer.EndToEnd.Tests.Server;
using Coffer.Tests.Shared;

namespace Coffer.Cluster.Tests.Processes;

/// <summary>A PostgreSQL, keys, certificates, and the published servers that are nodes of one cluster over mutual TLS: a work bench.</summary>
/// <remarks>Node i listens for the others on 127.0.0.(i+1), so that each has a certificate of its own. Whatever was started is ended by its own id.</remarks>
public sealed class ClusterBench : IAsyncDisposable
{
    private static readonly Dictionary<string, string> Environment = new() { ["PATH"] = "/usr/local/bin:/usr/bin:/bin" };

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("coffer-cluster-");
    private readonly List<RunningServer> _started = [];
    private readonly KeyPair _server;
    private readonly KeyPair _companion;
    private readonly ClusterNetwork? _network;
    private long _serial;

    private ClusterBench(PrivatePostgres postgres, IReadOnlyList<string> addresses, ClusterNetwork? network)
    {
        _network = network;
        Postgres = postgres;
        _server = MakeKey("server.pem");
        _companion = MakeKey("companion.pem");
        Client = MakeKey("client.pem");
        Addresses = addresses;
    }

    /// <summary>The database server that the nodes share.</summary>
    public PrivatePostgres Postgres { get; }

    /// <summary>The name of their database on it.</summary>
    public string Database { get; private set; } = "";

    /// <summary>Where the nodes reach each other, all of them seeds in this order.</summary>
    public IReadOnlyList<string> Addresses { get; }

    /// <summary>The key of the client that <see cref="OneClient"/> names; also in <c>client.pem</c>.</summary>
    public KeyPair Client { get; }

    public PublicKey ServerKey => _server.PublicKey;

    /// <summary>Makes all that <paramref name="nodes"/> nodes need; none is started.</summary>
    public static async Task<ClusterBench> CreateAsync(int nodes = 3)
    {
        var postgres = await PrivatePostgres.StartAsync();
        string[] addresses = [.. FreePorts.Find(nodes).Select((port, index) => $"127.0.0.{index + 1}:{port.ToString(CultureInfo.InvariantCulture)}")];
        return await CreateAsync(postgres, addresses, network: null);
    }

    /// <summary>Makes all that the nodes of <paramref name="network"/> need, which stays the caller's; none is started.</summary>
    public static async Task<ClusterBench> CreateAsync(ClusterNetwork network) => await CreateAsync(await PrivatePostgres.StartAsync(network.Host), network.NodeAddresses, network);

    /// <summary>A definition with one client, named client, that has one secret, <c>PASSWORD</c>.</summary>
    public string OneClient(string password) => $"[clients]\nclient = \"{Client.PublicKey}\"\n[client]\nPASSWORD = \"{password}\"\n";

    public string FilePath(string name) => Path.Combine(_directory.FullName, name);

    /// <summary>Where <paramref name="node"/> keeps its control socket and its audit.</summary>
    public string DataDirectory(int node) => FilePath($"node-{node}");

    /// <summary>Makes a key pair in a new file.</summary>
    public KeyPair MakeKey(string name)
    {
        Assert.True(KeyFile.TryCreate(FilePath(name), out _, out var problem), problem?.Message);
        Assert.True(KeyFile.TryRead(FilePath(name), allowOpen: false, out var pair, out problem), problem?.Message);
        return pair;
    }

    /// <summary>Makes an authority of its own and a certificate for every node's host, in a new directory.</summary>
    public async Task MakeCertificatesAsync(string directory)
    {
        var made = await RunAsync(Programs.Companion, ["cluster-certificates", "--out", FilePath(directory), .. Addresses]);
        Assert.True(made.ExitCode == 0, made.Error);
    }

    /// <summary>The directory in <paramref name="certificates"/> that <paramref name="node"/> is given.</summary>
    public string CertificatesOf(int node, string certificates = "certificates") => Path.Combine(FilePath(certificates), Addresses[node].Split(':')[0]);

    /// <summary>Seals <paramref name="toml"/>, newer than what was sealed before, and returns the file's path.</summary>
    public string Seal(string toml, string name = "definition.coffer")
    {
        using var file = File.Create(FilePath(name));
        SealedDefinition.Seal(new MemoryStream(Encoding.UTF8.GetBytes(toml)), _companion, ServerKey, ++_serial, DateTimeOffset.UtcNow, file);
        return FilePath(name);
    }

    /// <summary>Starts <paramref name="node"/> and waits for nothing. An option among <paramref name="changes"/> replaces that of the bench; one without a value leaves it out.</summary>
    public RunningServer Start(int node, params (string Option, string? Value)[] changes)
    {
        var arguments = Arguments(node, changes);
        return _network is null ? Track(Programs.Server, arguments) : Track(ClusterNetwork.Enter, [.. _network.Inside(node), Programs.Server, .. arguments]);
    }

    /// <summary>As <see cref="Start"/> on loopback, of <see cref="Programs.ServerWithFailpoints"/>, which kills itself at <paramref name="point"/>.</summary>
    public RunningServer StartWithFailpoint(int node, string point)
    {
        // What is named in the configuration is otherwise the published server's, which is there beside this one.
        File.WriteAllText(FilePath("failpoints.conf"), "akka.remote.sockets.transport-class = \"Coffer.Server.Remoting.SocketTransport, coffer-server-failpoints\"\n");
        return Track(RunningServer.StartWithFailpoint(point, Arguments(node, ("--config", FilePath("failpoints.conf")))));
    }

    /// <summary>Starts all nodes at once and waits until each of them serves.</summary>
    public async Task<IReadOnlyList<RunningServer>> ServeAsync(params (string Option, string? Value)[] changes)
    {
        RunningServer[] nodes = [.. Enumerable.Range(0, Addresses.Count).Select(node => Start(node, changes))];
        foreach (var node in nodes) await node.ServingAsync();
        return nodes;
    }

    /// <summary>Runs coffer-ctl on <paramref name="node"/> to its end.</summary>
    public Task<Ended> ControlAsync(int node, params string[] arguments) => RunAsync(Programs.Control, ["--data", DataDirectory(node), .. arguments]);

    /// <summary>Starts coffer-ctl on <paramref name="node"/>; what it prints are the lines of its log.</summary>
    public RunningServer StartControl(int node, params string[] arguments) => Track("/bin/sh", ["-c", "exec \"$0\" \"$@\" >&2", Programs.Control, "--data", DataDirectory(node), .. arguments]);

    /// <summary>Runs coffer-ctl on <paramref name="node"/>, which is interrupted after <paramref name="atMost"/>; then there is no end to tell of.</summary>
    public async Task<Ended?> ControlAsync(TimeSpan atMost, int node, params string[] arguments)
    {
        await using var running = StartProgram(Programs.Control, ["--data", DataDirectory(node), .. arguments]);
        var ended = running.EndedAsync();
        return await Task.WhenAny(ended, Task.Delay(atMost)) == ended ? await ended : null;
    }

    /// <summary>Loads a definition by way of <paramref name="node"/>; the test fails where it is not loaded.</summary>
    public async Task LoadAsync(int node, string toml)
    {
        var loaded = await ControlAsync(node, "coffer", "load", Seal(toml), "--yes");
        Assert.True(loaded.ExitCode == 0, loaded.Error);
    }

    /// <summary>The secret of <see cref="Client"/> as <paramref name="node"/> serves it; the test fails where it does not.</summary>
    public async Task<string> FetchAsync(RunningServer node) =>
        Assert.Single(Assert.IsType<FetchOutcome.Fetched>(await TryFetchAsync(node)).Coffer.Secrets).Value.RevealText();

    /// <summary>What <paramref name="node"/> gives <paramref name="client"/>, or <see cref="Client"/> unless given.</summary>
    public async Task<FetchOutcome> TryFetchAsync(RunningServer node, KeyPair? client = null)
    {
        Assert.True(ServerAddress.TryRead((await node.ServingAsync()).ToString(), out var address));
        return await CofferClient.FetchAsync(new CofferClientOptions { Servers = [address], ServerKey = ServerKey, Key = client ?? Client, Timeout = RunningServer.Patience });
    }

    /// <summary>Runs any program to its end.</summary>
    public async Task<Ended> RunAsync(string program, params string[] arguments)
    {
        await using var running = StartProgram(program, arguments);
        return await running.EndedAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _started) await server.DisposeAsync();
        await Postgres.DisposeAsync();
        foreach (var key in new[] { _server, _companion, Client }) key.Dispose();
        _directory.Delete(recursive: true);
    }

    private static async Task<ClusterBench> CreateAsync(PrivatePostgres postgres, IReadOnlyList<string> addresses, ClusterNetwork? network)
    {
        var bench = new ClusterBench(postgres, addresses, network);
        try
        {
            bench.Database = await postgres.CreateDatabaseAsync();
            await bench.MakeCertificatesAsync("certificates");
            return bench;
        }
        catch
        {
            await bench.DisposeAsync();
            throw;
        }
    }

    private string[] Arguments(int node, params (string Option, string? Value)[] changes)
    {
        var options = new Dictionary<string, string?>
        {
            ["--key"] = FilePath("server.pem"),
            ["--companion"] = _companion.PublicKey.ToString(),
            ["--listen"] = _network is null ? "127.0.0.1:0" : _network.ClientAddresses[node],
            ["--metrics"] = "off",
            ["--data"] = DataDirectory(node),
            ["--store"] = Postgres.Address(Database),
            ["--cluster"] = Addresses[node],
            ["--seeds"] = string.Join(',', Addresses),
            ["--certificates"] = CertificatesOf(node),
        };
        foreach (var (option, value) in changes) options[option] = value;
        return [.. options.Where(option => option.Value is not null).SelectMany(option => new[] { option.Key, option.Value! })];
    }

    private RunningServer Track(string program, string[] arguments) => Track(StartProgram(program, arguments));

    private RunningServer Track(RunningServer server)
    {
        _started.Add(server);
        return server;
    }

    private RunningServer StartProgram(string program, string[] arguments) => RunningServer.Start(program, arguments, _directory.FullName, Environment);
}
