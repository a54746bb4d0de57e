using Akka.Actor;
using Akka.Cluster;
using Coffer.Server.Coffers;
using Coffer.Server.Edge;
using Coffer.Server.Storage;
using Microsoft.Extensions.Logging;

namespace Coffer.Server.Catalog;

/// <summary>The cluster's singleton that alone writes revisions of the definition, and tells every node's view which one counts.</summary>
/// <remarks>
/// state      | on                       | does                                            | then
/// Starting   | RevisionRead             | tells every view                                | Idle
///            | StoreFailed              | tries again after a while                       | Starting
/// Idle       | LoadDefinition           | starts the load                                 | Loading
/// Loading    | load done, new revision  | tells every view                                | Announcing
///            | load done, otherwise     | answers                                         | Idle
/// Announcing | RevisionConfirmed by all | answers: only now may anybody believe it loaded | Idle
///            | a node is gone           | no longer waits for it                          | Idle, Announcing
///            | Remind                   | tells those again who have not confirmed        | Announcing
/// busy       | LoadDefinition           | refuses: another load is under way              | same
/// any        | a node comes             | tells its view                                  | same
/// </remarks>
public sealed partial class CatalogActor : UntypedActor, IWithTimers, IWithStash
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly DefinitionLoader _loader;
    private readonly ICofferStore _store;
    private readonly ILogger _log;
    private readonly Cluster _cluster = Cluster.Get(Context.System);
    private long _revision;

    private CatalogActor(DefinitionLoader loader, ICofferStore store, ILogger log)
    {
        _loader = loader;
        _store = store;
        _log = log;
    }

    /// <summary>The singleton's name under /user.</summary>
    public const string Name = "catalog";

    public static Props Props(DefinitionLoader loader, ICofferStore store, ILogger log) => Akka.Actor.Props.CreateBy(new Producer<CatalogActor>(() => new CatalogActor(loader, store, log)));

    public ITimerScheduler Timers { get; set; } = null!;

    public IStash Stash { get; set; } = null!;

    protected override void PreStart()
    {
        _cluster.Subscribe(Self, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsEvents, typeof(ClusterEvent.MemberUp), typeof(ClusterEvent.MemberRemoved));
        ReadRevision();
        Become(Starting);
    }

    protected override void PostStop() => _cluster.Unsubscribe(Self);

    protected override void OnReceive(object message) => Unhandled(message);

    private void Starting(object message)
    {
        switch (message)
        {
            case RevisionRead read:
                _revision = read.Revision;
                foreach (var node in Nodes()) Tell(node);
                Become(Idle);
                Stash.UnstashAll();
                break;
            case StoreFailed failed:
                LogStoreFailed(failed.Reason);
                Timers.StartSingleTimer(Again.Instance, Again.Instance, RetryAfter);
                break;
            case Again:
                ReadRevision();
                break;
            default:
                Stash.Stash();
                break;
        }
    }

    private void Idle(object message)
    {
        switch (message)
        {
            case CatalogCommands.LoadDefinition load:
                _loader.LoadAsync(load.File, load.Name, load.AllowRollback).PipeTo(Self);
                var asker = Sender;
                Become(m => Loading(m, asker));
                break;
            default:
                InEveryState(message);
                break;
        }
    }

    private void Loading(object message, IActorRef asker)
    {
        switch (message)
        {
            case LoadOutcome.Loaded loaded:
                _revision = loaded.Revision;
                Announce(asker, loaded);
                break;
            case LoadOutcome outcome:
                asker.Tell(outcome);
                Become(Idle);
                break;
            // A fault of ours: what is stored is whole, because the transaction was not committed.
            case Status.Failure failure:
                LogLoadFailed(failure.Cause);
                asker.Tell(new LoadOutcome.Refused(LoadRefusal.Store, ["the load failed inside the server; nothing was written"], "the server's log has the cause"));
                Become(Idle);
                break;
            default:
                InEveryState(message);
                break;
        }
    }

    private void Announcing(object message, IActorRef asker, LoadOutcome.Loaded loaded, HashSet<Address> waiting)
    {
        switch (message)
        {
            case CatalogSignals.RevisionConfirmed confirmed when confirmed.Revision >= _revision:
                waiting.Remove(AddressOf(Sender));
                AnswerIfConfirmed(asker, loaded, waiting);
                break;
            case ClusterEvent.MemberRemoved gone:
                waiting.Remove(gone.Member.Address);
                AnswerIfConfirmed(asker, loaded, waiting);
                break;
            case Again:
                foreach (var node in waiting) Tell(node);
                Timers.StartSingleTimer(Again.Instance, Again.Instance, RetryAfter);
                break;
            default:
                InEveryState(message);
                break;
        }
    }

    private void InEveryState(object message)
    {
        switch (message)
        {
            case CatalogCommands.LoadDefinition:
                Sender.Tell(new LoadOutcome.Refused(LoadRefusal.Busy, ["another load is under way"], "wait until it is done, look at its difference, then load again"));
                break;
            case ClusterEvent.MemberUp up:
                Tell(up.Member.Address);
                break;
            case ClusterEvent.MemberRemoved:
            case CatalogSignals.RevisionConfirmed:
            case Again:
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Announce(IActorRef asker, LoadOutcome.Loaded loaded)
    {
        var waiting = Nodes().ToHashSet();
        foreach (var node in waiting) Tell(node);
        Timers.StartSingleTimer(Again.Instance, Again.Instance, RetryAfter);
        Become(m => Announcing(m, asker, loaded, waiting));
    }

    private void AnswerIfConfirmed(IActorRef asker, LoadOutcome.Loaded loaded, HashSet<Address> waiting)
    {
        if (waiting.Count > 0) return;
        Timers.CancelAll();
        asker.Tell(loaded);
        Become(Idle);
    }

    private void Tell(Address node) =>
        Context.ActorSelection(new RootActorPath(node) / "user" / NodeViewActor.Name).Tell(new CatalogSignals.RevisionMoved(_revision));

    private IEnumerable<Address> Nodes() =>
        _cluster.State.Members.Where(m => m.Status is MemberStatus.Up or MemberStatus.Leaving && m.HasRole(CofferRegistration.Role)).Select(m => m.Address);

    // A reference of this node has no host in its address.
    private Address AddressOf(IActorRef node) => node.Path.Address.HasLocalScope ? _cluster.SelfAddress : node.Path.Address;

    private void ReadRevision() => ReadRevisionAsync().PipeTo(Self);

    private async Task<object> ReadRevisionAsync()
    {
        try
        {
            return new RevisionRead((await _store.ReadStateAsync().ConfigureAwait(false)).Revision);
        }
        catch (StoreException e)
        {
            return new StoreFailed(e.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "the catalog cannot read the store yet: {Reason}")]
    private partial void LogStoreFailed(string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "a load failed inside the server")]
    private partial void LogLoadFailed(Exception cause);

    private sealed record RevisionRead(long Revision) : INoSerializationVerificationNeeded;

    private sealed record StoreFailed(string Reason) : INoSerializationVerificationNeeded;

    private sealed class Again : INoSerializationVerificationNeeded
    {
        internal static readonly Again Instance = new();
    }
}
