using System.Net;
using System.Text;
using Akka;
using Akka.Actor;
using Akka.Cluster;
using Akka.Hosting;
using Coffer.Client;
using Coffer.Cluster.Tests.Processes;
using Coffer.Crypto.Keys;
using Coffer.Crypto.Sealing;
using Coffer.Definitions.Sealed;
using Coffer.Server.Audit;
using Coffer.Server.Catalog;
using Coffer.Server.Edge;
using Coffer.Server.Hosting;
using Coffer.Server.Membership;
using Coffer.Server.Operations;
using Coffer.Server.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Coffer.Cluster.Tests.Formation;

/// <summary>Nodes of one cluster in this process, on loopback addresses and one store: what there is to see of a cluster from within.</summary>
internal sealed class NodesInProcess : IAsyncDisposable
{
    internal static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly string _directory = Directory.CreateTempSubdirectory("coffer-cluster-").FullName;
    private readonly KeyPair _server = KeyPair.Generate();
    private readonly KeyPair _companion = KeyPair.Generate();
    private readonly StorageSeal _seal;
    private readonly List<Node> _started = [];
    private readonly List<OpenedStore> _stores = [];
    private readonly StoreAddress? _database;

    /// <param name="nodes">How many there may be.</param>
    /// <param name="database">The database that each opens for itself; null for a file that they share.</param>
    internal NodesInProcess(int nodes, StoreAddress? database = null)
    {
        _database = database;
        _seal = new StorageSeal(_server);
        Addresses = [.. FreePorts.Find(nodes).Select(port => NodeAddress.Parse($"127.0.0.1:{port}", null))];
    }

    /// <summary>Where the nodes are, all of them seeds.</summary>
    internal IReadOnlyList<NodeAddress> Addresses { get; }

    internal KeyPair Client { get; } = KeyPair.Generate();

    internal PublicKey ServerKey => _server.PublicKey;

    /// <summary>Starts the node at <see cref="Addresses"/>[<paramref name="index"/>] and waits for nothing.</summary>
    internal async Task<Node> StartAsync(int index)
    {
        var options = new ServerOptions
        {
            KeyFile = "",
            Companions = [_companion.PublicKey],
            Listen = new IPEndPoint(IPAddress.Loopback, 0),
            DataDirectory = Path.Combine(_directory, $"node-{index}"),
            Audit = new AuditTarget.Off(),
            Cluster = new ClusterOptions(Addresses[index], Addresses, Certificates: null),
            LogLevel = Microsoft.Extensions.Logging.LogLevel.Warning,
        };
        Directory.CreateDirectory(options.DataDirectory);
        var config = ServerConfig.Read(await WriteConfigAsync(), options.Cluster);
        var store = await OpenStoreAsync(options.DataDirectory);
        var audit = AuditTrail.Open(options.Audit, isRequired: false, config.Audit, options.NodeName, TimeProvider.System);
        var node = new Node(NodeHost.Build(new NodeParts(options, config, _server, _seal, store, audit, config.Leases)), audit, _server.PublicKey);
        _started.Add(node);
        await node.Host.StartAsync();
        node.Entering = node.Host.Services.GetRequiredService<ClusterEntry>().EnterAsync(CancellationToken.None);
        return node;
    }

    /// <summary>Starts those of <paramref name="order"/>, one after the other without waiting, and waits until each is in the one cluster of them all and serves.</summary>
    internal async Task<IReadOnlyList<Node>> FormAsync(params int[] order)
    {
        var nodes = new List<Node>();
        foreach (var index in order) nodes.Add(await StartAsync(index));
        foreach (var node in nodes) await node.Entering;
        foreach (var node in nodes) await node.SeesAsync(order.Length);
        foreach (var node in nodes) await node.ListenAsync();
        return nodes;
    }

    /// <summary>Loads a definition that has <see cref="Client"/> with one secret, on <paramref name="node"/>.</summary>
    internal async Task LoadAsync(Node node, string password, long serial)
    {
        var toml = $"[clients]\nclient = \"{Client.PublicKey}\"\n[client]\nPASSWORD = \"{password}\"\n";
        Assert.IsType<LoadOutcome.Loaded>(await TryLoadAsync(node, toml, serial));
    }

    /// <summary>Loads any definition on <paramref name="node"/>, however that ends.</summary>
    internal Task<LoadOutcome> TryLoadAsync(Node node, string toml, long serial)
    {
        var file = new MemoryStream();
        SealedDefinition.Seal(new MemoryStream(Encoding.UTF8.GetBytes(toml)), _companion, _server.PublicKey, serial, DateTimeOffset.UtcNow, file);
        return node.Catalog.LoadAsync(file.ToArray(), "test.coffer", allowRollback: false, expected: null);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _started) await node.DisposeAsync();
        foreach (var store in _stores) await store.DisposeAsync();
        _seal.Dispose();
        foreach (var key in new[] { _server, _companion, Client }) key.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    // Clients are in this process, too, and no slower than the nodes.
    private async Task<string> WriteConfigAsync()
    {
        var file = Path.Combine(_directory, "node.conf");
        await File.WriteAllTextAsync(file, "coffer.limits { hello = 10m, get = 10m, bye = 10m }\n");
        return file;
    }

    // A file is locked for the first that opens it.
    private async Task<ICofferStore> OpenStoreAsync(string nodesDirectory)
    {
        if (_database is null && _stores is [var shared]) return shared.Store;
        var opened = await OpenedStore.OpenAsync(DataDirectory.Open(_database is null ? Path.Combine(_directory, "store") : nodesDirectory), _database, _server.PublicKey);
        _stores.Add(opened);
        return opened.Store;
    }

    /// <summary>One of the nodes.</summary>
    internal sealed class Node(IHost host, AuditTrail audit, PublicKey serverKey) : IAsyncDisposable
    {
        private bool _isStopped;

        internal IHost Host => host;

        /// <summary>Where clients come to, once the node listens.</summary>
        internal IPEndPoint ClientAddress { get; private set; } = null!;

        /// <summary>Ends when the node is in the cluster.</summary>
        internal Task Entering { get; set; } = Task.CompletedTask;

        internal ActorSystem System => host.Services.GetRequiredService<ActorSystem>();

        internal CatalogClient Catalog => host.Services.GetRequiredService<CatalogClient>();

        private Akka.Cluster.Cluster Cluster => Akka.Cluster.Cluster.Get(System);

        /// <summary>Waits until the node sees <paramref name="members"/> members that are all up, and no more.</summary>
        internal async Task SeesAsync(int members)
        {
            using var patience = new CancellationTokenSource(Patience);
            while (Cluster.State.Members.Count != members || Cluster.State.Members.Any(m => m.Status != MemberStatus.Up)) await Task.Delay(50, patience.Token);
        }

        internal async Task ListenAsync()
        {
            var listener = await host.Services.GetRequiredService<ActorRegistry>().GetAsync<EdgeListener>();
            ClientAddress = (IPEndPoint)(await listener.Ask<EdgeListener.Listening>(new EdgeListener.Bind(new IPEndPoint(IPAddress.Loopback, 0)), Patience)).Address;
        }

        /// <summary>The client's secret as this node serves it.</summary>
        internal async Task<string> FetchAsync(KeyPair client)
        {
            Assert.True(ServerAddress.TryRead(ClientAddress.ToString(), out var address));
            var outcome = await CofferClient.FetchAsync(new CofferClientOptions { Servers = [address], ServerKey = serverKey, Key = client, Timeout = Patience });
            return Assert.Single(Assert.IsType<FetchOutcome.Fetched>(outcome).Coffer.Secrets).Value.RevealText();
        }

        internal void LogFrom(Microsoft.Extensions.Logging.LogLevel least) => host.Services.GetRequiredService<LogLevelSwitch>().Least = least;

        /// <summary>Keeps the actors until the watch over the members has handled all that the end of the cluster told it.</summary>
        internal void HearsOutItsClusterBeforeItStops() => CoordinatedShutdown.Get(System).AddTask(CoordinatedShutdown.PhaseBeforeActorSystemTerminate, "hear-out", async () =>
        {
            await System.ActorSelection("/user/cluster-watch").Ask<ActorIdentity>(new Identify(null), Patience);
            return Done.Instance;
        });

        /// <summary>What the node has said until now.</summary>
        internal ValueTask<List<string>> LogAsync() =>
            Tail.Of(cancellation => host.Services.GetRequiredService<LogRing>().Follow(LogRing.Capacity, cancellation), once: true, CancellationToken.None).Select(line => line.Text).ToListAsync();

        /// <summary>Has the node leave, and waits until it has stopped.</summary>
        internal Task StopAsync()
        {
            _isStopped = true;
            return host.StopAsync();
        }

        public async ValueTask DisposeAsync()
        {
            if (!_isStopped) await StopAsync();
            host.Dispose();
            await audit.DisposeAsync();
        }
    }
}
