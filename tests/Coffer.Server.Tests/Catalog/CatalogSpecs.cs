using Akka.Actor;
using Akka.Cluster;
using Akka.TestKit;
using Akka.TestKit.Xunit;
using Coffer.Crypto.Keys;
using Coffer.Crypto.Sealing;
using Coffer.Server.Audit;
using Coffer.Server.Catalog;
using Coffer.Server.Storage;
using Coffer.Server.Tests.Storage;
using Coffer.Server.Tests.Audit;
using Microsoft.Extensions.Logging.Abstractions;

namespace Coffer.Server.Tests.Catalog;

/// <summary>The catalog on a real store, and the node's view, each with a probe in the other's place; a cluster of one, whose clock the spec moves.</summary>
public abstract class CatalogSpecs() : TestKit("""
    akka {
      loglevel = OFF
      stdout-loglevel = OFF
      log-dead-letters = off
      log-dead-letters-during-shutdown = off
      test.single-expect-default = 30s
      test.default-timeout = 30s
      actor {
        provider = cluster
        serialize-messages = on
        serializers.coffer = "Coffer.Server.Serialization.CofferSerializer, coffer-server"
        serialization-bindings {
          "Coffer.Server.Catalog.ICatalogSignal, coffer-server" = coffer
          "Coffer.Server.Catalog.CatalogCommand, coffer-server" = coffer
          "Coffer.Server.Catalog.LoadOutcome, coffer-server" = coffer
          "Coffer.Server.Catalog.DefinitionUpload+IUploadMessage, coffer-server" = coffer
        }
      }
      remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0 }
      cluster { roles = [coffer], log-info = off, gossip-interval = 100ms, leader-actions-interval = 100ms }
    }
    """)
{
    private protected static readonly LeaseSettings Settings = new(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(2));
    private protected static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(300);

    private readonly string _directory = Directory.CreateTempSubdirectory("coffer-lease-").FullName;
    private readonly GatedSink _sink = new();
    private AuditTrail? _audit;
    private PublicKey _server;

    private protected KeyPair Client { get; } = KeyPair.Generate();

    private protected HandClock Clock { get; } = new();

    private protected OpenedStore Opened { get; private set; } = null!;

    private protected WatchedStore Store { get; private set; } = null!;

    private protected NodeView View { get; private set; } = null!;

    private protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        using var server = KeyPair.Generate();
        _server = server.PublicKey;
        await OpenAsync(server.PublicKey);
        View = new NodeView(server.PublicKey, new NodeLease(Clock, Settings));
        await Store.TryWriteAsync(Revision(1), [new RowChange.Put(Client.PublicKey, "client", new byte[16], new(1, new byte[40]))], keep: 20, Cancellation);
        var cluster = Cluster.Get(Sys);
        await cluster.JoinAsync(cluster.SelfAddress, Cancellation);
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        if (_audit is not null) await _audit.DisposeAsync();
        await Opened.DisposeAsync();
        Client.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    /// <summary>Opens the store again, under <paramref name="key"/> and with the one that it was made under.</summary>
    private protected async Task ReopenAsync(PublicKey key)
    {
        await Opened.DisposeAsync();
        await OpenAsync(new ServerPublicKeys(key, _server));
    }

    private async Task OpenAsync(ServerPublicKeys keys)
    {
        Opened = await OpenedStore.OpenAsync(DataDirectory.Open(_directory), address: null, keys, Cancellation);
        Store = new WatchedStore(Opened.Store);
    }

    private protected async Task RevokeAsync(IActorRef catalog, TestProbe view)
    {
        catalog.Tell(new CatalogCommands.Revoke(Client.PublicKey), TestActor);
        await view.FishForMessageAsync(message => message is CatalogSignals.RevisionMoved { Revision: 2 }, cancellationToken: Cancellation);
        catalog.Tell(new CatalogSignals.RevisionConfirmed(2), view.Ref);
        await ExpectMsgAsync<LoadOutcome.Loaded>(cancellationToken: Cancellation);
    }

    private protected Task ExecuteAsync(string sql) => SqliteFile.ExecuteAsync(_directory, sql);

    // Begun, which it has told the view.
    private protected async Task<(IActorRef Catalog, TestProbe View)> StartCatalogAsync(StorageSeal? seal = null)
    {
        var (catalog, view) = MakeCatalog(seal);
        await view.ExpectMsgAsync<CatalogSignals.RevisionMoved>(cancellationToken: Cancellation);
        return (catalog, view);
    }

    private protected (IActorRef Catalog, TestProbe View) MakeCatalog(StorageSeal? seal = null)
    {
        var view = CreateTestProbe(NodeViewActor.Name);
        var forward = Sys.ActorOf(Props.Create(() => new Forward(view.Ref)), NodeViewActor.Name);
        Assert.Equal($"/user/{NodeViewActor.Name}", forward.Path.ToStringWithoutAddress());
        var work = new CatalogWork(null!, null!, new Revocation(Store, TimeProvider.System), new KeyChange(Store, seal!, NullLogger<KeyChange>.Instance));
        _audit ??= AuditTrail.Over(_sink, isRequired: false, new AuditSettings(), "test", TimeProvider.System);
        return (Sys.ActorOf(CatalogActor.Props(work, Store, View, _audit, Clock, Settings, NullLogger.Instance)), view);
    }

    /// <summary>Stops the catalog, and returns all that it has written to the audit trail.</summary>
    private protected async Task<string[]> StopAsync(IActorRef catalog)
    {
        Assert.True(await catalog.GracefulStop(Trail.Patience));
        await _audit!.DisposeAsync();
        return _sink.Lines;
    }

    private protected static async Task GrantAsync(IActorRef catalog, TestProbe view)
    {
        catalog.Tell(new CatalogSignals.LeaseWanted(0, 1), view.Ref);
        await view.FishForMessageAsync(message => message is CatalogSignals.LeaseGranted, cancellationToken: Cancellation);
    }

    private protected static StoredRevision Revision(long number) =>
        new(number, RevisionKind.Load, number, null, null, null, DateTimeOffset.UnixEpoch, null, null, Clients: 1, Added: 1, Changed: 0, Removed: 0);

    /// <summary>Stands where the catalog looks for the node's view. Passes the first revision on once: a member that comes up is told of it as well.</summary>
    private sealed class Forward(IActorRef to) : UntypedActor
    {
        private bool _isBegun;

        protected override void OnReceive(object message)
        {
            if (message is CatalogSignals.RevisionMoved { Revision: 1 } && _isBegun) return;
            _isBegun = true;
            to.Forward(message);
        }
    }
}
