using Akka.Actor;
using Coffer.Server.Catalog;
using Coffer.Server.Health;
using Coffer.Server.Hosting;
using Coffer.Server.Membership;
using Coffer.Server.Metrics;
using Coffer.Server.Sessions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Coffer.Server.Operations;

/// <summary>Registers what operators ask of a node.</summary>
public static class OperationsRegistration
{
    /// <summary>Serves the operations. Hosted services start in their order and stop in reverse: this one belongs before the actors, so that it outlives them.</summary>
    public static IServiceCollection AddOperations(this IServiceCollection services, NodeParts parts) => services
        .AddSingleton<NodeProgress>()
        .AddSingleton<StartedNode>()
        .AddSingleton<Comparisons>()
        .AddSingleton<IOperationsLog, OperationsLog>()
        .AddSingleton<IOperationsLog, OperationsAudit>()
        .AddSingleton(provider => Handlers(provider, parts))
        .AddSingleton(parts.Options)
        .AddSingleton<OperationsServer>()
        .AddHostedService(provider => provider.GetRequiredService<OperationsServer>());

    private static OperationHandlers Handlers(IServiceProvider services, NodeParts parts)
    {
        var node = services.GetRequiredService<StartedNode>();
        var view = services.GetRequiredService<NodeView>();
        var handlers = new OperationHandlers();
        new StatusHandler(
            parts, view, services.GetRequiredService<NodeProgress>(), services.GetRequiredService<SecondKeyUse>(), node, services.GetRequiredService<MeasuredStore>(), services.GetRequiredService<TimeProvider>()).AddTo(handlers);
        var comparisons = services.GetRequiredService<Comparisons>();
        var ownDefinition = new OwnDefinition(comparisons, node, services.GetRequiredService<ILogger<OwnDefinition>>());
        new LoadHandler(comparisons, ownDefinition, node, services.GetRequiredService<ILogger<LoadHandler>>()).AddTo(handlers);
        new RollbackHandler(comparisons, ownDefinition, node, parts.Audit).AddTo(handlers);
        new CofferHandlers(
            parts.Store, parts.Seal, parts.Keys.Public, services.GetRequiredService<Probe>().PublicKey, view, services.GetRequiredService<OpenSessions>(), node, parts.Audit).AddTo(handlers);
        new ClusterHandlers(node.Get<ActorSystem>, parts.Options.Cluster is null ? null : node.Get<ClusterEntry>).AddTo(handlers);
        new ShardingHandlers(node.Get<ActorSystem>, parts.Config.Coffers.Shards).AddTo(handlers);
        new LogHandlers(services.GetRequiredService<LogRing>(), services.GetRequiredService<LogLevelSwitch>(), node.Get<ActorSystem>).AddTo(handlers);
        new ActorHandlers(node.Get<ActorSystem>).AddTo(handlers);
        return handlers;
    }
}
