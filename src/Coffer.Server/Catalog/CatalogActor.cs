using Akka.Actor;
using Akka.Cluster;
using Coffer.Server.Audit;
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
///            | CatalogCommand           | keeps it                                        | Starting
/// Idle       | CatalogCommand           | starts its work                                 | Working
/// Working    | done, new revision       | tells every view                                | Announcing
///            | done, otherwise          | answers                                         | Idle
/// Announcing | RevisionConfirmed by all | answers: only now may anybody believe it        | Idle
///            | a node is gone           | no longer waits for it                          | Idle, Announcing
///            | Again                    | tells those again who have not confirmed        | Announcing
/// busy       | CatalogCommand           | refuses: another command is under way           | same
/// any        | a node comes             | tells its view                                  | same
/// </remarks>
public sealed partial class CatalogActor : UntypedActor, IWithTimers, IWithStash
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly CatalogWork _work;
    private readonly ICofferStore _store;
    private readonly AuditTrail _audit;
    private readonly ILogger _log;
    private readonly Cluster _cluster = Cluster.Get(Context.System);
    private long _revision;

    private CatalogActor(CatalogWork work, ICofferStore store, AuditTrail audit, ILogger log)
    {
        _work = work;
        _store = store;
        _audit = audit;
        _log = log;
    }

    /// <summary>The singleton's name under /user.</summary>
    public const string Name = "catalog";

    public static Props Props(CatalogWork work, ICofferStore store, AuditTrail audit, ILogger log) =>
        Akka.Actor.Props.CreateBy(new Producer<CatalogActor>(() => new CatalogActor(work, store, audit, log)));

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
            case CatalogCommand command:
                _work.RunAsync(command).PipeTo(Self);
                var asked = new Asked(command, Sender);
                Become(m => Working(m, asked));
                break;
            default:
                InEveryState(message);
                break;
        }
    }

    private void Working(object message, Asked asked)
    {
        switch (message)
        {
            case LoadOutcome.Loaded loaded:
                _revision = loaded.Revision;
                Announce(asked, loaded);
                break;
            case LoadOutcome outcome:
                Answer(asked, outcome);
                break;
            // A fault of ours: what is stored is whole, because the transaction was not committed.
            case Status.Failure failure:
                LogWorkFailed(failure.Cause);
                Answer(asked, new LoadOutcome.Refused(LoadRefusal.Store, ["nothing was written: a fault inside the server"], "the server's log has the cause"));
                break;
            default:
                InEveryState(message);
                break;
        }
    }

    private void Announcing(object message, Asked asked, LoadOutcome.Loaded loaded, HashSet<Address> waiting)
    {
        switch (message)
        {
            case CatalogSignals.RevisionConfirmed confirmed when confirmed.Revision >= _revision:
                waiting.Remove(AddressOf(Sender));
                AnswerIfConfirmed(asked, loaded, waiting);
                break;
            case ClusterEvent.MemberRemoved gone:
                waiting.Remove(gone.Member.Address);
                AnswerIfConfirmed(asked, loaded, waiting);
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
            case CatalogCommand command:
                var busy = new LoadOutcome.Refused(LoadRefusal.Busy, ["another load, rollback or revocation is under way"], "wait until it is done, look at what it changed, then try again");
                _audit.Changed(command, busy);
                Sender.Tell(busy);
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

    private void Announce(Asked asked, LoadOutcome.Loaded loaded)
    {
        Failpoint.Reach(Failpoint.BeforeTelling);
        var waiting = Nodes().ToHashSet();
        foreach (var node in waiting) Tell(node);
        Timers.StartSingleTimer(Again.Instance, Again.Instance, RetryAfter);
        Become(m => Announcing(m, asked, loaded, waiting));
    }

    private void AnswerIfConfirmed(Asked asked, LoadOutcome.Loaded loaded, HashSet<Address> waiting)
    {
        if (waiting.Count > 0) return;
        Timers.CancelAll();
        Failpoint.Reach(Failpoint.AfterTelling);
        Answer(asked, loaded);
    }

    private void Answer(Asked asked, LoadOutcome outcome)
    {
        switch (outcome)
        {
            case LoadOutcome.Loaded loaded:
                LogLoaded(asked.Command, loaded.Revision, loaded.Clients, loaded.Counts.Added, loaded.Counts.Changed, loaded.Counts.Removed);
                break;
            case LoadOutcome.Unchanged unchanged:
                LogUnchanged(asked.Command, unchanged.Revision);
                break;
        }
        _audit.Changed(asked.Command, outcome);
        asked.By.Tell(outcome);
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
        // Whatever it was: who waits for an answer that never comes would wait for good.
        catch (Exception e)
        {
            return new StoreFailed(e.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "the catalog cannot read the store yet: {Reason}")]
    private partial void LogStoreFailed(string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "a load, rollback or revocation failed inside the server")]
    private partial void LogWorkFailed(Exception cause);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Command}: revision {Revision} counts: {Clients} clients, {Added} added, {Changed} changed, {Removed} removed")]
    private partial void LogLoaded(CatalogCommand command, long revision, int clients, int added, int changed, int removed);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Command}: nothing to do, revision {Revision} counts")]
    private partial void LogUnchanged(CatalogCommand command, long revision);

    private sealed record Asked(CatalogCommand Command, IActorRef By);

    private sealed record RevisionRead(long Revision) : INoSerializationVerificationNeeded;

    private sealed record StoreFailed(string Reason) : INoSerializationVerificationNeeded;

    private sealed class Again : INoSerializationVerificationNeeded
    {
        internal static readonly Again Instance = new();
    }
}
