using System.Net;
using Akka;
using Akka.Actor;
using Akka.Cluster.Hosting;
using Akka.Hosting;
using Coffer.Crypto.Keys;
using Coffer.Crypto.Sealing;
using Coffer.Server.Audit;
using Coffer.Server.Catalog;
using Coffer.Server.Coffers;
using Coffer.Server.Edge;
using Coffer.Server.Health;
using Coffer.Server.Membership;
using Coffer.Server.Metrics;
using Coffer.Server.Operations;
using Coffer.Server.Serialization;
using Coffer.Server.Sessions;
using Coffer.Server.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Systemd;
using Microsoft.Extensions.Logging;

namespace Coffer.Server.Hosting;

/// <summary>What a node is built from; all of it stays the caller's to dispose.</summary>
/// <param name="Options">From the command line.</param>
/// <param name="Config">From the configuration.</param>
/// <param name="Keys">The server's.</param>
/// <param name="Seal">Derived from them.</param>
/// <param name="Store">Where coffers are.</param>
/// <param name="Audit">Who got what.</param>
/// <param name="Leases">How nodes that share the store are kept from serving what no longer counts; null where no other process can use it.</param>
public sealed record NodeParts(ServerOptions Options, ServerConfig Config, ServerKeys Keys, StorageSeal Seal, ICofferStore Store, AuditTrail Audit, LeaseSettings? Leases)
{
    /// <summary>What the node shows the others of its cluster; null where they talk in the clear.</summary>
    internal NodeCertificate? Certificate { get; init; }
}

/// <summary>Wires a node's actors into a generic host.</summary>
public static class NodeHost
{
    /// <summary>The name of the actor system, the same on every node.</summary>
    public const string SystemName = "coffer";

    /// <summary>Builds the host; nothing runs yet.</summary>
    public static IHost Build(NodeParts parts)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.AddCofferConsole(parts.Options.LogLevel, parts.Options.LogFormat);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = parts.Config.Drain + TimeSpan.FromSeconds(25));
        builder.Services.AddSingleton(parts.Keys);
        builder.Services.AddSingleton(parts.Seal);
        builder.Services.AddSingleton(parts.Audit);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<ICofferStore>(services => services.GetRequiredService<MeasuredStore>());
        builder.Services.AddSingleton(services => new MeasuredStore(
            parts.Store, services.GetRequiredService<CofferMetrics>(), services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILogger<MeasuredStore>>()));
        builder.Services.AddSingleton<Probe>();
        builder.Services.AddSingleton(new NodeLease(BootClock.Instance, parts.Leases));
        builder.Services.AddSingleton(services => new NodeView(services.GetRequiredService<Probe>().PublicKey, services.GetRequiredService<NodeLease>()));
        builder.Services.AddSingleton<INodeView>(services => services.GetRequiredService<NodeView>());
        builder.Services.AddSingleton<OpenSessions>();
        builder.Services.AddSingleton<SecondKeyUse>();
        builder.Services.AddSingleton(services => new SessionLog(services.GetRequiredService<ILogger<SessionActor>>(), services.GetRequiredService<TimeProvider>()));
        builder.Services.AddSingleton(services => new LiveEntities(parts.Config.Coffers.Shards, services.GetRequiredService<Probe>().PublicKey));
        builder.Services.AddSingleton<Readiness>();
        builder.Services.AddSingleton(services => new DefinitionLoader(
            services.GetRequiredService<ICofferStore>(), parts.Seal, parts.Keys, parts.Options.Companions, services.GetRequiredService<TimeProvider>(), parts.Config.KeepRevisions));
        builder.Services.AddSingleton(services => new Rollback(
            services.GetRequiredService<ICofferStore>(), parts.Seal, services.GetRequiredService<TimeProvider>(), parts.Config.KeepRevisions));
        builder.Services.AddSingleton<Revocation>();
        builder.Services.AddSingleton<KeyChange>();
        builder.Services.AddSingleton<CatalogWork>();
        builder.Services.AddSingleton(services => new CatalogClient(
            services.GetRequiredService<ActorSystem>(), services.GetRequiredService<ActorRegistry>().Get<CatalogActor>(), services.GetRequiredService<CofferMetrics>(), parts.Audit));
        builder.Services.AddSingleton(services => new DefinitionFile(
            parts.Options.DefinitionFile, services.GetRequiredService<CatalogClient>(), services.GetRequiredService<TimeProvider>()));
        builder.Services.AddOperations(parts);
        AddMetrics(builder.Services, parts.Options.Metrics, parts.Options.NodeName);
        if (parts.Options.Cluster is { } cluster) builder.Services.AddEntry(cluster, parts.Config, parts.Certificate);
        builder.Services.AddSingleton<ISystemdNotifier, SystemdNotifier>();
        builder.Services.AddSingleton<Systemd>();
        builder.Services.AddHostedService(services => services.GetRequiredService<Systemd>());
        builder.Services.AddAkka(SystemName, (akka, services) => AddActors(akka, parts, services));
        var host = builder.Build();
        // Also where it stops before Akka has started.
        host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.Register(host.Services.GetRequiredService<NodeProgress>().Stop);
        parts.Audit.LogTo(host.Services.GetRequiredService<ILogger<AuditTrail>>());
        return host;
    }

    private static void AddMetrics(IServiceCollection services, IPEndPoint? address, string nodeName)
    {
        services.AddSingleton<CofferMetrics>();
        services.AddSingleton(provider =>
        {
            var metrics = provider.GetRequiredService<CofferMetrics>();
            var node = provider.GetRequiredService<StartedNode>();
            NodeGauges.AddTo(
                metrics.Meter, provider.GetRequiredService<INodeView>(), provider.GetRequiredService<LiveEntities>(),
                provider.GetRequiredService<OpenSessions>(), provider.GetRequiredService<SessionLog>(), provider.GetRequiredService<AuditTrail>(),
                () => node.IsStarted && node.Get<DefinitionFile>().Failure is not null);
            var telemetry = new Telemetry(isScraped: address is not null, nodeName);
            metrics.BeginAtZero();
            return telemetry;
        });
        services.AddHostedService(provider => provider.GetRequiredService<Telemetry>());
        if (address is not null) services.AddSingleton(provider => ActivatorUtilities.CreateInstance<MetricsEndpoint>(provider, address));
    }

    private static void AddActors(AkkaConfigurationBuilder akka, NodeParts parts, IServiceProvider services)
    {
        var logs = services.GetRequiredService<ILoggerFactory>();
        var view = services.GetRequiredService<NodeView>();
        var store = services.GetRequiredService<ICofferStore>();

        if (parts.Options.Cluster is not null) akka.AddMembership(parts.Certificate, services);
        akka.AddHocon(parts.Config.Hocon, HoconAddMode.Prepend)
            .ConfigureLoggers(loggers =>
            {
                loggers.LogLevel = LogLevels.AkkaLevel(parts.Options.LogLevel);
                loggers.ClearLoggers();
                loggers.AddLoggerFactory(new AkkaNoise(logs));
            })
            .WithCustomSerializer("coffer", CofferSerializer.Types, system => new CofferSerializer(system))
            .AddCoffers(store, parts.Config.Coffers, services.GetRequiredService<LiveEntities>(), logs.CreateLogger<CofferEntity>())
            .WithSingleton<CatalogActor>(
                CatalogActor.Name,
                CatalogActor.Props(services.GetRequiredService<CatalogWork>(), store, view, parts.Audit, BootClock.Instance, parts.Leases, logs.CreateLogger<CatalogActor>()),
                new ClusterSingletonOptions { Role = CofferRegistration.Role })
            .WithActors((system, registry) =>
            {
                registry.Register<NodeViewActor>(system.ActorOf(
                    NodeViewActor.Props(
                        view, services.GetRequiredService<NodeLease>(), services.GetRequiredService<OpenSessions>(), store, registry.Get<CatalogActor>(), logs.CreateLogger<NodeViewActor>()),
                    NodeViewActor.Name));
                registry.Register<EdgeListener>(system.ActorOf(Edge(parts, services, registry.Get<CofferRegion>()), "edge"));
                DrainOnStop(system, services.GetRequiredService<NodeProgress>(), registry.Get<EdgeListener>(), parts.Config.Drain);
            });
    }

    private static Props Edge(NodeParts parts, IServiceProvider services, IActorRef coffers)
    {
        var log = services.GetRequiredService<SessionLog>();
        var metrics = services.GetRequiredService<CofferMetrics>();
        var view = services.GetRequiredService<NodeView>();
        var sessions = new SessionServices(
            parts.Keys, parts.Seal, view, coffers, parts.Config.Sessions,
            new SessionRecord(
                services.GetRequiredService<OpenSessions>(), view, log, parts.Audit, metrics,
                services.GetRequiredService<SecondKeyUse>(), services.GetRequiredService<Probe>().PublicKey, services.GetRequiredService<TimeProvider>()));
        return EdgeListener.Props(parts.Config.Edge, from => SessionActor.Props(sessions, from), metrics, log);
    }

    // The first phase of a stop: no client is let in, and those in the middle of a conversation get to finish it.
    private static void DrainOnStop(ActorSystem system, NodeProgress progress, IActorRef listener, TimeSpan atMost)
    {
        var shutdown = CoordinatedShutdown.Get(system);
        shutdown.AddTask(CoordinatedShutdown.PhaseBeforeServiceUnbind, "say so", () =>
        {
            progress.Stop();
            return Task.FromResult(Done.Instance);
        });
        shutdown.AddTask(CoordinatedShutdown.PhaseServiceUnbind, "drain", async () =>
        {
            try
            {
                await listener.Ask<EdgeListener.Drained>(EdgeListener.Drain.Instance, atMost).ConfigureAwait(false);
            }
            // Conversations that have not ended by now are cut.
            catch (AskTimeoutException)
            {
            }
            return Done.Instance;
        });
    }
}
