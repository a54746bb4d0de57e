using System.Globalization;
using Coffer.Client;
using Coffer.Crypto.Keys;
using Coffer.EndToEnd.Tests;
using Coffer.EndToEnd.Tests.Client;
using Coffer.EndToEnd.Tests.Server;

namespace Coffer.Cluster.Tests.Procedures;

/// <summary>An operator's machine, hosts with servers, and bash to run procedures on them: a work bench.</summary>
internal sealed class ProcedureBench : IAsyncDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("coffer-procedures-");
    private readonly List<ProcedureNode> _nodes = [];
    private readonly List<KeyPair> _keys = [];
    private readonly Supervisor _supervisor;

    /// <summary>Makes the operator's files and the backup's directory; there are no nodes yet.</summary>
    internal ProcedureBench()
    {
        foreach (var folder in new[] { Operator, Backup, Stubs }) Directory.CreateDirectory(folder);
        _supervisor = new Supervisor(Stubs, (host, command) => Node(host).DoAsync(command));
        // Every host is this one: what is copied to one lands in the directory that CONF names for it.
        Supervisor.WriteProgram(Stubs, "scp", """
            target=${*: -1}
            [ "${target%%:*}" = "root@$NODE" ]
            exec cp "${@:1:$#-1}" "${target#*:}"
            """);
        Supervisor.WriteProgram(Stubs, "editor", """cp "$EDITED" "$1" """);
        ServerKey = MakeKey("server.pem").PublicKey;
        Companion = MakeKey("companion.pem").PublicKey;
        Shop = MakeKey("shop.pem");
    }

    /// <summary>What the procedures call the operator's machine, whose directory this is.</summary>
    internal string Operator => Path.Combine(_directory.FullName, "operator");

    internal string Backup => Path.Combine(_directory.FullName, "backup");

    internal PublicKey ServerKey { get; }

    internal PublicKey Companion { get; }

    /// <summary>The key of the client shop.</summary>
    internal KeyPair Shop { get; }

    /// <summary>Environment variables of every block besides those of its node.</summary>
    internal Dictionary<string, string> Variables { get; } = [];

    internal IReadOnlyList<ProcedureNode> Nodes => _nodes;

    private string Stubs => Path.Combine(_directory.FullName, "stubs");

    /// <summary>Lays out a node; it is not started.</summary>
    internal ProcedureNode AddNode(string host, int clientPort, int metricsPort, params (string Name, string Value)[] settings)
    {
        (string, string)[] all = [("COFFER_COMPANION", Companion.ToString()), .. settings];
        var node = new ProcedureNode(Path.Combine(_directory.FullName, $"node-{_nodes.Count.ToString(CultureInfo.InvariantCulture)}"), host, clientPort, metricsPort, all);
        File.Copy(FilePath("server.pem"), node.Key);
        _nodes.Add(node);
        return node;
    }

    /// <summary>A file of the operator.</summary>
    internal string FilePath(string name) => Path.Combine(Operator, name);

    internal KeyPair MakeKey(string name)
    {
        Assert.True(KeyFile.TryCreate(FilePath(name), out _, out var problem), problem?.Message);
        return ReadKey(name);
    }

    /// <summary>Reads a key pair that a procedure has made; it stays the bench's.</summary>
    internal KeyPair ReadKey(string name)
    {
        Assert.True(KeyFile.TryRead(FilePath(name), allowOpen: false, out var pair, out var problem), problem?.Message);
        _keys.Add(pair);
        return pair;
    }

    /// <summary>Runs a block for <paramref name="node"/>, on it or on the operator's machine; the test fails with what it wrote where one of its commands fails.</summary>
    internal async Task<Ended> RunAsync(ProcedureNode node, string block)
    {
        var ended = await TryAsync(node, block);
        Assert.True(ended.ExitCode == 0, $"{block}\n{ended.Text}\n{ended.Error}");
        return ended;
    }

    /// <summary>As above, whatever it ends with.</summary>
    internal async Task<Ended> TryAsync(ProcedureNode node, string block)
    {
        var environment = new Dictionary<string, string>(Variables)
        {
            ["PATH"] = $"{Stubs}:{node.ProgramFolder}:/usr/local/bin:/usr/bin:/bin",
            ["EDITOR"] = Path.Combine(Stubs, "editor"),
            ["HOST"] = node.Host,
            ["NODE"] = node.Host,
            ["CONF"] = node.Settings,
            ["PROGRAMS"] = node.ProgramFolder,
            ["COFFER_DATA"] = node.Data,
            ["HEALTH"] = $"http://{node.Metrics}/health/ready",
            ["BACKUP"] = Backup,
            ["SERVER_KEY"] = ServerKey.ToString(),
        };
        await using var bash = RunningServer.Start("/bin/bash", ["-euo", "pipefail", "-c", block], Operator, environment);
        try
        {
            return await bash.EndedAsync();
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"{block}\n{e.Message}\n{string.Join('\n', _nodes.SelectMany(each => each.Log.Select(line => $"{each.Host}: {line}")))}", e);
        }
    }

    /// <summary>Runs a block for one node after the other.</summary>
    internal async Task RunInTurnAsync(IEnumerable<ProcedureNode> nodes, string block)
    {
        foreach (var node in nodes) await RunAsync(node, block);
    }

    /// <summary>Runs a block for all nodes at once.</summary>
    internal Task RunAtOnceAsync(IEnumerable<ProcedureNode> nodes, string block) => Task.WhenAll(nodes.Select(node => RunAsync(node, block)));

    /// <summary>Seals <paramref name="toml"/>, puts it to every node and, where <paramref name="load"/> is true, loads it, by the procedure's commands.</summary>
    internal async Task EditAsync(string toml, bool load = true)
    {
        var client = Procedure.Read("A client's key", 5);
        Variables["EDITED"] = FilePath("edited.toml");
        await File.WriteAllTextAsync(FilePath("edited.toml"), toml);
        await RunAsync(_nodes[0], client[2]);
        await RunInTurnAsync(_nodes, client[3]);
        if (load) await RunAsync(_nodes[0], client[4]);
    }

    /// <summary>A definition with the clients given, each with one secret, PASSWORD.</summary>
    internal static string Define(string password, params (string Name, PublicKey Key)[] clients) =>
        "[clients]\n" + string.Concat(clients.Select(client => $"{client.Name} = \"{client.Key}\"\n")) + string.Concat(clients.Select(client => $"[{client.Name}]\nPASSWORD = \"{password}\"\n"));

    /// <summary>The PASSWORD that a node gives to whoever has <paramref name="key"/> and pins <paramref name="pinned"/>, <see cref="ServerKey"/> unless given; why there is none, where there is none.</summary>
    internal async Task<string> FetchAsync(ProcedureNode node, KeyPair key, PublicKey? pinned = null)
    {
        var outcome = await CofferClient.FetchAsync(new CofferClientOptions { Servers = [node.Address], ServerKey = pinned ?? ServerKey, Key = key, Timeout = TimeSpan.FromSeconds(30) });
        return outcome is FetchOutcome.Fetched fetched ? fetched.Coffer.Find("PASSWORD")!.RevealText() : ((FetchOutcome.Failed)outcome).Cause.GetType().Name;
    }

    /// <summary>Starts clients that fetch from <paramref name="nodes"/> all the time with <paramref name="key"/>, pinning <paramref name="pinned"/>, <see cref="ServerKey"/> unless given.</summary>
    internal Fetching Fetch(IEnumerable<ProcedureNode> nodes, KeyPair key, PublicKey? pinned = null) => new([.. nodes.Select(node => node.Address)], pinned ?? ServerKey, key);

    public async ValueTask DisposeAsync()
    {
        await _supervisor.DisposeAsync();
        foreach (var node in _nodes) await node.DisposeAsync();
        foreach (var key in _keys) key.Dispose();
        _directory.Delete(recursive: true);
    }

    private ProcedureNode Node(string host) => _nodes.Single(node => node.Host == host);
}
