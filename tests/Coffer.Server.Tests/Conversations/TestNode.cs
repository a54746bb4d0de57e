using System.Net;
using System.Text;
using Akka.Actor;
using Akka.Hosting;
using Akka.IO;
using Coffer.Client;
using Coffer.Crypto.Keys;
using Coffer.Crypto.Sealing;
using Coffer.Definitions.Sealed;
using Coffer.Protocol.Cbor;
using Coffer.Protocol.Secrets;
using Coffer.Server.Audit;
using Coffer.Server.Catalog;
using Coffer.Server.Edge;
using Coffer.Server.Health;
using Coffer.Server.Hosting;
using Coffer.Server.Metrics;
using Coffer.Server.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Coffer.Server.Tests.Conversations;

/// <summary>A node as the server starts it, in this process: its own directory, a free port, one client with a few secrets, every message serialized.</summary>
public class TestNode : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly string _directory = Directory.CreateTempSubdirectory("coffer-node-").FullName;
    private readonly KeyPair _server = KeyPair.Generate();
    private readonly KeyPair _companion = KeyPair.Generate();
    private readonly string _config;
    private StorageSeal _seal = null!;
    private OpenedStore _opened = null!;
    private AuditTrail _audit = null!;
    private IHost _host = null!;
    private long _serial;

    public TestNode() : this("")
    {
    }

    /// <param name="config">What an operator would set with <c>--config</c>.</param>
    protected TestNode(string config) => _config = config;

    public KeyPair Client { get; } = KeyPair.Generate();

    public KeyPair Stranger { get; } = KeyPair.Generate();

    public PublicKey ServerKey => _server.PublicKey;

    /// <summary>The key of the client that the node itself is.</summary>
    public PublicKey ProbeKey => _host.Services.GetRequiredService<Probe>().PublicKey;

    public IPEndPoint Address { get; private set; } = null!;

    /// <summary>Where the node keeps its database and its control socket.</summary>
    public string DataDirectory => Path.Combine(_directory, "data");

    /// <summary>The CBOR of the client's coffer.</summary>
    public byte[] ClientsCoffer { get; } = CofferCbor.Encode(OpenCoffer.Of([
        new("PASSWORD", SecretValue.OfText("not-a-real-secret")),
        new("PORT", SecretValue.OfInteger(5432))]));

    /// <summary>Where the audit trail goes unless a node opens another one.</summary>
    public string AuditFile => Path.Combine(_directory, "audit.jsonl");

    /// <summary>Where the node has its store; null for its data directory.</summary>
    protected virtual StoreAddress? Database => null;

    internal CatalogClient Catalog => _host.Services.GetRequiredService<CatalogClient>();

    /// <summary>How many entities the node has in memory.</summary>
    internal int LiveEntities => _host.Services.GetRequiredService<LiveEntities>().Count;

    internal Rollback Rollback => _host.Services.GetRequiredService<Rollback>();

    internal CofferMetrics Metrics => _host.Services.GetRequiredService<CofferMetrics>();

    internal ActorRegistry Actors => _host.Services.GetRequiredService<ActorRegistry>();

    public async ValueTask InitializeAsync()
    {
        var config = Path.Combine(_directory, "node.conf");
        await File.WriteAllTextAsync(config, $$"""
            akka.actor.serialize-messages = on
            akka.remote.in-memory.registry-key = "{{Guid.NewGuid()}}"
            {{_config}}
            """);
        var options = new ServerOptions { KeyFile = "", Companions = [_companion.PublicKey], Listen = new IPEndPoint(IPAddress.Loopback, 0), DataDirectory = DataDirectory, Audit = new AuditTarget.File(AuditFile), ConfigFile = config, LogLevel = Microsoft.Extensions.Logging.LogLevel.Error };
        _seal = new StorageSeal(_server);
        _opened = await OpenedStore.OpenAsync(Server.Storage.DataDirectory.Open(DataDirectory), Database, ServerKey);
        var parsed = ServerConfig.Read(config, cluster: null);
        _audit = OpenAudit(parsed.Audit);
        _host = NodeHost.Build(new NodeParts(options, parsed, _server, _seal, Watched(_opened.Store), _audit, Leases: null));
        await _host.StartAsync();

        await LoadAsync($"""
            [clients]
            client = "{Client.PublicKey}"
            [client]
            PASSWORD = "not-a-real-secret"
            PORT = 5432
            """);
        var listener = await Actors.GetAsync<EdgeListener>();
        var listening = await listener.Ask<EdgeListener.Listening>(new EdgeListener.Bind(options.Listen), Patience);
        Address = (IPEndPoint)listening.Address;
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await _host.StopAsync();
        _host.Dispose();
        await _audit.DisposeAsync();
        await _opened.DisposeAsync();
        _seal.Dispose();
        _server.Dispose();
        _companion.Dispose();
        Client.Dispose();
        Stranger.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    /// <summary>What the node works on instead of <paramref name="store"/>.</summary>
    internal virtual ICofferStore Watched(ICofferStore store) => store;

    internal virtual AuditTrail OpenAudit(AuditSettings settings) => AuditTrail.Open(new AuditTarget.File(AuditFile), isRequired: false, settings, "test", TimeProvider.System);

    /// <summary>Seals and loads a definition, newer than the last.</summary>
    public async Task<LoadOutcome.Loaded> LoadAsync(string toml) => Assert.IsType<LoadOutcome.Loaded>(await TryLoadAsync(toml));

    /// <summary>The serial of the newest definition.</summary>
    public long Serial => _serial;

    /// <summary>The same, however it ends, or with a serial of the test's.</summary>
    public Task<LoadOutcome> TryLoadAsync(string toml, bool isPatient = false, bool allowRollback = false, long? serial = null, CancellationToken cancellation = default)
    {
        var file = new MemoryStream();
        SealedDefinition.Seal(new MemoryStream(Encoding.UTF8.GetBytes(toml)), _companion, ServerKey, serial ?? ++_serial, DateTimeOffset.UtcNow, file);
        return Catalog.LoadAsync(file.ToArray(), "test.coffer", allowRollback, expected: null, isPatient, cancellation);
    }

    /// <summary>Asks the catalog.</summary>
    public Task<LoadOutcome> AskAsync(CatalogCommand command) => Catalog.AskAsync(command);

    /// <summary>Fetches with the client library; the test fails where that does not give the client's coffer.</summary>
    public async Task ServesAsBeforeAsync()
    {
        var outcome = await CofferClient.FetchAsync(new CofferClientOptions
        {
            Servers = [ServerAddress.TryRead(Address.ToString(), out var address) ? address : throw new InvalidOperationException()],
            ServerKey = ServerKey,
            Key = Client,
            Timeout = Patience,
        });
        var fetched = Assert.IsType<FetchOutcome.Fetched>(outcome);
        Assert.Equal(ClientsCoffer, CofferCbor.Encode(fetched.Coffer));
    }

    /// <summary>Waits until no connection is left.</summary>
    public async Task QuietAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        var listener = await Actors.GetAsync<EdgeListener>();
        while (await listener.Ask<int>(EdgeListener.CountConnections.Instance, Patience) > 0) await Task.Delay(20, patience.Token);
    }

    /// <summary>Cuts every connection, and takes none from then on.</summary>
    public async Task CutAsync() => await (await Actors.GetAsync<EdgeListener>()).GracefulStop(Patience);

    /// <summary>How many actors there are below the listener, and below what accepts for it.</summary>
    public async Task<int> ConnectionActorsAsync() => Below(await Actors.GetAsync<EdgeListener>()) + Below(_host.Services.GetRequiredService<ActorSystem>().Tcp());

    /// <summary>How many sockets this process has open.</summary>
    public static int OpenSockets() => Directory.GetFiles("/proc/self/fd").Count(IsSocket);

    private static int Below(IActorRef actor) => actor is ActorRefWithCell { IsTerminated: false } cell ? cell.Children.Sum(child => 1 + Below(child)) : 0;

    private static bool IsSocket(string descriptor)
    {
        try
        {
            return File.ResolveLinkTarget(descriptor, returnFinalTarget: false)?.Name.StartsWith("socket:", StringComparison.Ordinal) ?? false;
        }
        // It was closed since it was listed.
        catch (FileNotFoundException)
        {
            return false;
        }
    }
}
