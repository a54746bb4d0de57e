using System.Diagnostics.Metrics;
using Coffer.Server.Audit;
using Coffer.Server.Catalog;
using Coffer.Server.Sessions;

namespace Coffer.Server.Metrics;

/// <summary>What is read of a node at every scrape, from where it is known anyway.</summary>
public static class NodeGauges
{
    /// <summary>Adds the gauges to <paramref name="meter"/>.</summary>
    public static void AddTo(Meter meter, INodeView view, LiveEntities live, OpenSessions sessions, SessionLog log, AuditTrail audit, Func<bool> hasDefinitionProblem)
    {
        meter.CreateObservableUpDownCounter("coffer.session.count", () => sessions.Count, "{session}", "Conversations that are past their Hello.");
        meter.CreateObservableUpDownCounter("coffer.entity.count", () => live.Count, "{entity}", "Coffers that are live in this node's memory.");
        meter.CreateObservableUpDownCounter("coffer.shard.count", () => live.Shards, "{shard}", "Shards that hold a live coffer on this node.");
        meter.CreateObservableGauge("coffer.revision", () => view.Revision, "{revision}", "The revision of the definition that this node serves; 0: none.");
        meter.CreateObservableGauge("coffer.definition.problem", () => hasDefinitionProblem() ? 1 : 0, "{problem}", "1: the file of --definition was refused when it was read last, or would end the next start.");
        meter.CreateObservableUpDownCounter("coffer.client.count", () => view.Count, "{client}", "Clients that this node knows and lets in.");
        meter.CreateObservableCounter("coffer.log.withheld", () => log.WithheldInAll, "{line}", "Lines on refusals that the limit of their rate kept out of the log.");
        meter.CreateObservableGauge("coffer.audit.lag", () => audit.Waiting, "{line}", "Audit lines that wait to be written.");
        meter.CreateObservableCounter("coffer.audit.lost", () => audit.Lost, "{line}", "Audit lines that could not be written.");
    }
}
