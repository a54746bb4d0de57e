using System.Diagnostics;
using System.Runtime.InteropServices;
using Akka.Actor;
using Coffer.Operations;
using Coffer.Operations.Palettes;
using Coffer.Operations.Rows;
using Coffer.Server.Hosting;

namespace Coffer.Server.Operations;

/// <summary>What the palette <c>actor</c> does.</summary>
/// <param name="system">This node's actors, once they have started.</param>
internal sealed class ActorHandlers(Func<ActorSystem> system)
{
    private const int DefaultLimit = 200;

    // Children of one class beyond these are counted: a busy node has thousands of connections and entities.
    private const int AlikeChildren = 10;

    internal void AddTo(OperationHandlers handlers)
    {
        handlers.Handle(ActorPalette.Hierarchy, (call, _) => Hierarchy(call.Number(ActorPalette.Limit) ?? DefaultLimit).ToAsyncEnumerable());
        handlers.Handle(ActorPalette.System, (_, _) => Task.FromResult(System()));
    }

    private IEnumerable<ActorRow> Hierarchy(long limit)
    {
        var root = ((ExtendedActorSystem)system()).Provider.RootGuardian;
        return Below(root, depth: 0).Take((int)Math.Min(limit, int.MaxValue));
    }

    private static IEnumerable<ActorRow> Below(IActorRef actor, int depth)
    {
        yield return new ActorRow(actor.Path.ToStringWithoutAddress(), depth, actor.Path.Name.Length == 0 ? "/" : actor.Path.Name, TypeOf(actor), Count: 1);
        foreach (var alike in Children(actor).GroupBy(TypeOf).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            var children = alike.OrderBy(child => child.Path.Name, StringComparer.Ordinal).ToArray();
            foreach (var child in children.Take(AlikeChildren))
                foreach (var row in Below(child, depth + 1))
                    yield return row;
            if (children.Length > AlikeChildren) yield return new ActorRow(actor.Path.ToStringWithoutAddress() + "/*", depth + 1, "", alike.Key, children.Length - AlikeChildren);
        }
    }

    private static IEnumerable<IActorRef> Children(IActorRef actor) => actor is ActorRefWithCell { IsTerminated: false } cell ? cell.Children : [];

    private static string TypeOf(IActorRef actor) => actor is ActorRefWithCell cell ? cell.Underlying.Props.Type.Name : actor.GetType().Name;

    private ActorSystemRow System()
    {
        using var process = Process.GetCurrentProcess();
        var actors = system();
        return new ActorSystemRow(
            actors.Name,
            ServerVersion.Text,
            typeof(ActorSystem).Assembly.GetName().Version!.ToString(3),
            RuntimeInformation.FrameworkDescription,
            Environment.ProcessId,
            actors.Uptime.TotalSeconds,
            process.TotalProcessorTime.TotalSeconds,
            Environment.ProcessorCount,
            process.Threads.Count,
            ThreadPool.ThreadCount,
            ThreadPool.PendingWorkItemCount,
            process.WorkingSet64,
            GC.GetGCMemoryInfo().HeapSizeBytes,
            GC.GetTotalAllocatedBytes(),
            [.. Enumerable.Range(0, GC.MaxGeneration + 1).Select(GC.CollectionCount)],
            GC.GetTotalPauseDuration().TotalSeconds);
    }
}
