using Akka.Actor;
using Akka.Cluster;
using Coffer.Crypto.Keys;
using Coffer.Server.Audit;
using Coffer.Server.Coffers;
using Coffer.Server.Edge;
using Coffer.Server.Storage;
using Microsoft.Extensions.Logging;

namespace Coffer.Server.Catalog;

/// <summary>The cluster's singleton that alone writes revisions of the definition, tells every node's view which one counts, and renews the nodes' leases.</summary>
/// <remarks>
/// state      | on                       | does                                            | then
/// Starting   | TermBegun                | tells every view                                | Idle
///            | TermBegun, the store is  | tells nobody                                    | SetBack
///            | behind what is known     |                                                 |
///            | StoreFailed              | tries again after a while                       | Starting
///            | CatalogCommand           | keeps it; refuses it once the store has failed  | Starting
/// Idle       | CatalogCommand           | starts its work                                 | Working
///            | SealNext                 | seals some rows anew under the first key        | Sealing
/// Sealing    | SealedNext, more         | goes on after a pause                           | Idle
///            | SealedNext, done         | says that it is                                 | Idle
///            | StoreFailed              | tries again after a while                       | Idle, Resolving
///            | CatalogCommand           | keeps it                                        | Sealing
/// Working    | done, a revision that    | tells every view                                | Announcing
///            | may not be everywhere    |                                                 |
///            | done, otherwise          | answers                                         | Idle
///            | done, its transaction    | answers; begins a term, which ends it: nothing  | Resolving
///            | may still be open        | is written late, or waits for it                |
/// Resolving  | TermBegun                | tells every view                                | Idle
///            | StoreFailed              | tries again after a while                       | Resolving
///            | CatalogCommand           | refuses: the store has failed                   | Resolving
/// Announcing | RevisionConfirmed by all | answers: only now may anybody believe it        | Idle
///            | who may serve, or their  |                                                 |
///            | leases run out           |                                                 |
///            | Again                    | tells those again who have not confirmed        | Announcing
/// any but    | RevisionConfirmed, newer | reads which revision the store has              | same
/// Starting   | RevisionRead, TermProved,| refuses what it is about, grants nothing        | SetBack, once idle
///            | the store is behind what |                                                 |
///            | is known                 |                                                 |
/// SetBack    | CatalogCommand           | refuses: the store has lost revisions           | SetBack
///            | RevisionRead, no longer  | begins a term of its own                        | Starting
///            | behind                   |                                                 |
/// Deposed    | CatalogCommand           | refuses: another catalog writes                 | Deposed
///            | Again, no sign of life   | begins a term of its own                        | Starting
/// busy       | LoadDefinition, patient, | keeps it: whoever cuts a client off does not    | same
///            | Revoke, Restore          | care what else there is, and is not to try again|
///            | ... whose asker leaves   | does not do it                                  | same
///            | CatalogCommand           | refuses: another command is under way           | same
/// not        | LeaseWanted              | finds out whether this is still the newest term | same
/// Starting,  | TermProved               | grants the leases that were asked for before    | same
/// Deposed    | TermProved, not the case | grants nothing                                  | Deposed, once idle
/// any but    | RevisionRead, newer      | tells every view                                | same
/// Starting   |                          |                                                 |
/// any        | it is stopped            | has the audit trail say which commands are left | stopped
///            |                          | without an answer, and what of them is written  |
/// any        | FindCatalog              | says where it is                                | same
/// any        | ProgressAsked            | says whether an answer is still to come         | same
/// any        | a node comes             | tells its view                                  | same
///
/// A term is proved by the store; and while that does not answer, in which time nobody can write either, by most of the cluster's nodes.
///
/// A revision may be in the store without anybody having been told of it: the catalog that wrote it went away, or the answer to its COMMIT was lost, and it may even be written later. So
/// after such an answer a new term begins, which ends what is still open, before anything else is done; and "unchanged" is an acknowledgement like any other.
///
/// The store may also lose revisions that were acknowledged, in a restore or a failover. Numbers would then be given a second time, and nodes that know the first one of a number would
/// never hear of the second: so nothing is written or served on such a store, until every node has forgotten what was lost.
/// </remarks>
public sealed partial class CatalogActor : UntypedActor, IWithTimers, IWithStash
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    // What a proof may take; a store that needs longer counts as not answering.
    private static readonly TimeSpan ProofTimeout = TimeSpan.FromSeconds(1.5);

    // Longer than a catalog that lives leaves between two renewals.
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromSeconds(15);

    // Leaves the machine to whoever fetches.
    private static readonly TimeSpan SealNextAfter = TimeSpan.FromMilliseconds(20);

    private static readonly TimeSpan SealAgainAfter = TimeSpan.FromSeconds(5);

    private readonly CatalogWork _work;
    private readonly ICofferStore _store;
    private readonly INodeView _view;
    private readonly AuditTrail _audit;
    private readonly ILogger _log;
    private readonly Cluster _cluster = Cluster.Get(Context.System);
    private readonly LeaseBook _leases;
    private readonly Dictionary<IActorRef, long> _wanted = [];

    // The commands that are under way or kept, by those who wait for the answers.
    private readonly Dictionary<IActorRef, Unanswered> _waiting = [];
    private long _term;
    private long _revision;

    // The greatest that this catalog or a node has found in the store.
    private long _known;

    // No node can serve anything older.
    private long _settled;
    private Poll? _poll;
    private long _rounds;
    private bool _isProving;
    private bool _isDeposed;
    private bool _isSetBack;
    private bool _isResolving;

    private CatalogActor(CatalogWork work, ICofferStore store, INodeView view, AuditTrail audit, TimeProvider clock, LeaseSettings? leases, ILogger log)
    {
        _work = work;
        _store = store;
        _view = view;
        _audit = audit;
        _leases = new LeaseBook(clock, leases);
        _log = log;
    }

    /// <summary>The singleton's name under /user.</summary>
    public const string Name = "catalog";

    /// <param name="work">What it does on command.</param>
    /// <param name="store">Where its term is.</param>
    /// <param name="view">The view of the node that it is on.</param>
    /// <param name="audit">Told of every command.</param>
    /// <param name="clock">Its timestamps must go on while the process is suspended.</param>
    /// <param name="leases">Null for a node that shares its store with nobody.</param>
    /// <param name="log">Told of what was done.</param>
    public static Props Props(CatalogWork work, ICofferStore store, INodeView view, AuditTrail audit, TimeProvider clock, LeaseSettings? leases, ILogger log) =>
        Akka.Actor.Props.CreateBy(new Producer<CatalogActor>(() => new CatalogActor(work, store, view, audit, clock, leases, log)));

    public ITimerScheduler Timers { get; set; } = null!;

    public IStash Stash { get; set; } = null!;

    protected override void PreStart()
    {
        _known = _view.Revision;
        _cluster.Subscribe(Self, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsEvents, typeof(ClusterEvent.MemberUp));
        Start();
    }

    protected override void PostStop()
    {
        _cluster.Unsubscribe(Self);
        foreach (var left in _waiting.Values) _audit.Unanswered(left.Command, left.Stored);
    }

    // What is kept comes to the next incarnation.
    protected override void PreRestart(Exception reason, object message)
    {
        foreach (var (by, left) in _waiting)
            if (!left.IsUnderWay) _waiting.Remove(by);
        base.PreRestart(reason, message);
    }

    protected override void OnReceive(object message) => Unhandled(message);

    protected override bool AroundReceive(Receive receive, object message)
    {
        if (message is CatalogSignals.ProgressAsked)
        {
            Sender.Tell(new CatalogSignals.ProgressTold(_waiting.ContainsKey(Sender)));
            return true;
        }
        if (message is Terminated left)
        {
            if (_waiting.TryGetValue(left.ActorRef, out var kept) && !kept.IsUnderWay) _waiting[left.ActorRef] = kept with { IsCalledOff = true };
            return true;
        }
        if (message is not CatalogCommand command) return base.AroundReceive(receive, message);

        // Whoever called it off was told so.
        if (_waiting.GetValueOrDefault(Sender) is { IsCalledOff: true })
        {
            _waiting.Remove(Sender);
            _audit.Unanswered(command, null);
            return true;
        }
        _waiting[Sender] = new Unanswered(command);
        return base.AroundReceive(receive, message);
    }

    // For later, unless its asker leaves before it is begun.
    private void Keep()
    {
        Context.Watch(Sender);
        Stash.Stash();
    }

    // Whoever has asked for something may be gone by the time that a store answers which has failed before.
    private void Starting(object message, string? failure)
    {
        switch (message)
        {
            case TermBegun { Term: var begun }:
                Begin(begun);
                break;
            case StoreFailed failed:
                LogStoreFailed(failed.Reason);
                Timers.StartSingleTimer(Again.Instance, Again.Instance, RetryAfter);
                Become(m => Starting(m, failed.Reason));
                Stash.UnstashAll();
                break;
            case Again:
                BeginTermAsync().PipeTo(Self);
                break;
            case CatalogCommand command when failure is not null && !IsPatient(command):
                Refuse(command, CatalogWork.Refusal(failure));
                break;
            // Asked again before long.
            case CatalogSignals.LeaseWanted wanted:
                _known = Math.Max(_known, wanted.Revision);
                break;
            // The term says whether rows are to be.
            case SealNext:
                break;
            case CatalogCommand:
                Keep();
                break;
            case CatalogSignals.FindCatalog:
                Sender.Tell(CatalogSignals.CatalogHere.Instance);
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
                _work.RunAsync(command, _known).PipeTo(Self);
                var asked = new Asked(command, Sender);
                _waiting[Sender] = new Unanswered(command, IsUnderWay: true);
                Become(m => Working(m, asked));
                break;
            case SealNext:
                FromStoreAsync(async _ => new SealedNext(await _work.KeyChange.SealNextAsync().ConfigureAwait(false))).PipeTo(Self);
                Become(Sealing);
                break;
            case TermProved:
                InEveryState(message);
                if (_isDeposed) Depose();
                break;
            case RevisionRead:
                InEveryState(message);
                if (_isSetBack) Become(SetBack);
                break;
            default:
                InEveryState(message);
                break;
        }
    }

    private void Sealing(object message)
    {
        switch (message)
        {
            case CatalogCommand:
                Keep();
                break;
            case SealedNext sealedNext:
                if (sealedNext.Step == SealingStep.More) SealAfter(SealNextAfter);
                else if (sealedNext.Step == SealingStep.Done) LogSealed(_work.KeyChange.Key);
                Rest();
                break;
            case StoreFailed failed:
                LogSealingFailed(failed.Reason);
                SealAfter(SealAgainAfter);
                if (failed.MayBeOpen) Resolve();
                else Rest();
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
            case WorkDone { Outcome: LoadOutcome.Loaded loaded }:
                Announce(asked, loaded, loaded.Revision);
                break;
            // Nobody is told so but a node that starts, and need not wait for the leases of an earlier term.
            case WorkDone { Outcome: LoadOutcome.Unchanged unchanged } when IsPatient(asked.Command):
                MoveTo(unchanged.Revision);
                Answer(asked, unchanged);
                break;
            case WorkDone { Outcome: LoadOutcome.Unchanged unchanged } when unchanged.Revision > _settled:
                Announce(asked, unchanged, unchanged.Revision);
                break;
            case WorkDone { IsOpen: true } done:
                Reply(asked, done.Outcome);
                Resolve();
                break;
            // Another revision than was thought may be there.
            case WorkDone { Outcome: LoadOutcome.Refused { Cause: LoadRefusal.Store or LoadRefusal.Busy } refused }:
                ReadRevision();
                Answer(asked, refused);
                break;
            case WorkDone done:
                Answer(asked, done.Outcome);
                break;
            // A fault of ours: what is stored is whole, as a transaction is.
            case Status.Failure failure:
                LogWorkFailed(failure.Cause);
                Reply(asked, new LoadOutcome.Refused(LoadRefusal.Store, ["a fault inside the server"], "the server's log has the cause, and 'coffer-ctl coffer history' what counts"));
                Resolve();
                break;
            default:
                InEveryState(message);
                break;
        }
    }

    private void Announcing(object message, Asked asked, LoadOutcome outcome, long announced, LeaseBook.Holders holders)
    {
        switch (message)
        {
            case CatalogSignals.RevisionConfirmed confirmed when confirmed.Revision >= announced && confirmed.Revision <= _revision:
                holders.Confirmed(AddressOf(Sender));
                AnswerIfNoneIsBehind(asked, outcome, announced, holders);
                break;
            case Again:
                foreach (var node in holders.Waiting) Tell(node);
                Timers.StartSingleTimer(Again.Instance, Again.Instance, RetryAfter);
                AnswerIfNoneIsBehind(asked, outcome, announced, holders);
                break;
            case RevisionRead { IsBehind: true }:
                InEveryState(message);
                Timers.Cancel(Again.Instance);
                Answer(asked, outcome);
                break;
            default:
                InEveryState(message);
                break;
        }
    }

    private void Resolving(object message, string failure)
    {
        switch (message)
        {
            case TermBegun { Term: var begun }:
                Begin(begun);
                break;
            case TermTaken:
                LogDeposed(_term);
                Depose();
                break;
            case StoreFailed failed:
                Timers.StartSingleTimer(Again.Instance, Again.Instance, RetryAfter);
                Become(m => Resolving(m, failed.Reason));
                break;
            case Again:
                BeginNextTermAsync().PipeTo(Self);
                break;
            case CatalogCommand command when !IsPatient(command):
                Refuse(command, CatalogWork.Refusal(failure));
                break;
            default:
                InEveryState(message);
                break;
        }
    }

    private void SetBack(object message)
    {
        switch (message)
        {
            case CatalogCommand command:
                Refuse(command, CatalogWork.SetBack(_revision, _known));
                break;
            case RevisionRead { Revision: { } stored } when stored >= _known:
                Start();
                break;
            case RevisionRead:
                Timers.StartSingleTimer(ReadAgain.Instance, ReadAgain.Instance, RetryAfter);
                break;
            case CatalogSignals.LeaseWanted wanted:
                Heard(wanted.Revision);
                break;
            case SealNext:
                break;
            default:
                InEveryState(message);
                break;
        }
    }

    private void Deposed(object message, TermBeat? seen)
    {
        switch (message)
        {
            case CatalogCommand command:
                Refuse(command, new LoadOutcome.Refused(LoadRefusal.Busy, ["another catalog has taken over the database"], "look whether two clusters use it; ask a node of the other one"));
                break;
            case Again:
                LookAtTerm();
                break;
            case TermLookedAt look when look.Beat == seen || look.Beat.IsOver:
                LogTakesOver();
                Start();
                break;
            case TermLookedAt look:
                Become(m => Deposed(m, look.Beat));
                Timers.StartSingleTimer(Again.Instance, Again.Instance, LookAgainAfter);
                break;
            case StoreFailed:
                Timers.StartSingleTimer(Again.Instance, Again.Instance, LookAgainAfter);
                break;
            case CatalogSignals.LeaseWanted:
            case SealNext:
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
            case CatalogCommand command when IsPatient(command) || command is CatalogCommands.Revoke or CatalogCommands.Restore:
                Keep();
                break;
            case CatalogCommand command:
                Refuse(command, new LoadOutcome.Refused(LoadRefusal.Busy, ["another load, rollback or revocation is under way"], "wait until it is done, look at what it changed, then try again"));
                break;
            case CatalogSignals.FindCatalog:
                Sender.Tell(CatalogSignals.CatalogHere.Instance);
                break;
            case CatalogSignals.LeaseWanted wanted:
                Heard(wanted.Revision);
                _wanted[Sender] = wanted.Asked;
                Prove();
                break;
            case TermProved proved:
                Proved(proved);
                break;
            case CatalogSignals.TermKnown known when _poll is { } poll && known.Round == poll.Round:
                Count(poll, AddressOf(Sender));
                break;
            case PollExpired:
                EndProof();
                break;
            case RevisionRead { IsBehind: true, Revision: { } revision }:
                FoundSetBack(revision);
                break;
            case RevisionRead { Revision: { } revision }:
                MoveTo(revision);
                break;
            case RevisionRead:
                Timers.StartSingleTimer(ReadAgain.Instance, ReadAgain.Instance, RetryAfter);
                break;
            case ReadAgain:
                ReadRevision();
                break;
            case ClusterEvent.MemberUp up:
                Tell(up.Member.Address);
                break;
            case SealNext:
                SealAfter(RetryAfter);
                break;
            case CatalogSignals.RevisionConfirmed confirmed:
                Heard(confirmed.Revision);
                break;
            case CatalogSignals.TermKnown:
            case Again:
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Begin(StoreTerm begun)
    {
        // Where there was no other term in between, this catalog knows what it has granted and acknowledged.
        if (!_isResolving || begun.Term != _term + 1)
        {
            _settled = begun.Term == 1 ? begun.Revision : 0;
            _leases.Begin(isFirst: begun.Term == 1);
        }
        else if (begun.Revision > _revision)
        {
            LogFound(begun.Revision);
        }
        // Where rows are being sealed anew already, the next are due after a pause.
        var isSealing = Timers.IsTimerActive(SealNext.Instance);
        _term = begun.Term;
        _revision = begun.Revision;
        _isDeposed = _isSetBack = _isResolving = false;
        if (_revision < _known)
        {
            FoundSetBack(_revision);
        }
        else
        {
            _known = _revision;
            foreach (var node in Nodes()) Tell(node);
            if (begun.IsSealingDue && !isSealing) BeginSealing();
        }
        Rest();
    }

    private void FoundSetBack(long stored)
    {
        if (!_isSetBack) LogSetBack(stored, _known);
        _isSetBack = true;
        Timers.StartSingleTimer(ReadAgain.Instance, ReadAgain.Instance, RetryAfter);
    }

    // What a node's view is of was in the store.
    private void Heard(long revision)
    {
        if (revision <= _known) return;
        _known = revision;
        ReadRevision();
    }

    private static bool IsPatient(CatalogCommand command) => command is CatalogCommands.LoadDefinition { IsPatient: true };

    private void BeginSealing()
    {
        LogSeals(_work.KeyChange.Key);
        SealAfter(SealNextAfter);
    }

    private void SealAfter(TimeSpan pause) => Timers.StartSingleTimer(SealNext.Instance, SealNext.Instance, pause);

    // Commands that were kept meanwhile go before the next rows.
    private void Rest()
    {
        if (_isDeposed) Depose();
        else if (_isSetBack) Become(SetBack);
        else Become(Idle);
        Stash.UnstashAll();
    }

    // Where it was written, although the answer to that was lost.
    private void MoveTo(long revision)
    {
        if (revision <= _revision) return;
        LogFound(revision);
        _known = Math.Max(_known, revision);
        _revision = revision;
        foreach (var node in Nodes()) Tell(node);
    }

    private void Announce(Asked asked, LoadOutcome outcome, long revision)
    {
        _revision = Math.Max(_revision, revision);
        _known = Math.Max(_known, _revision);
        _waiting[asked.By] = new Unanswered(asked.Command, IsUnderWay: true, outcome);
        Failpoint.Reach(Failpoint.BeforeTelling);
        var nodes = Nodes().ToHashSet();
        var holders = _leases.Now(nodes);
        foreach (var node in nodes.Union(holders.Waiting)) Tell(node);
        Timers.StartSingleTimer(Again.Instance, Again.Instance, RetryAfter);
        Become(m => Announcing(m, asked, outcome, revision, holders));
        AnswerIfNoneIsBehind(asked, outcome, revision, holders);
    }

    // Who holds no lease, or one that was granted with this revision, cannot serve an older one.
    private void AnswerIfNoneIsBehind(Asked asked, LoadOutcome outcome, long announced, LeaseBook.Holders holders)
    {
        if (!holders.AreNone()) return;
        _settled = Math.Max(_settled, announced);
        Timers.Cancel(Again.Instance);
        Failpoint.Reach(Failpoint.AfterTelling);
        Answer(asked, outcome);
    }

    private void Answer(Asked asked, LoadOutcome outcome)
    {
        Reply(asked, outcome);
        Rest();
    }

    private void Reply(Asked asked, LoadOutcome outcome)
    {
        // However many have confirmed it: the number may have had another meaning before.
        if (_isSetBack) outcome = outcome switch
        {
            LoadOutcome.Loaded loaded => CatalogWork.WrittenSetBack(loaded.Revision, _known),
            LoadOutcome.Unchanged => CatalogWork.SetBack(_revision, _known),
            _ => outcome,
        };
        switch (outcome)
        {
            case LoadOutcome.Loaded loaded:
                LogLoaded(asked.Command, loaded.Revision, loaded.Clients, loaded.Counts.Added, loaded.Counts.Changed, loaded.Counts.Removed);
                break;
            case LoadOutcome.Unchanged unchanged:
                LogUnchanged(asked.Command, unchanged.Revision);
                break;
        }
        End(asked, outcome);
    }

    private void Refuse(CatalogCommand command, LoadOutcome.Refused refused) => End(new Asked(command, Sender), refused);

    private void End(Asked asked, LoadOutcome outcome)
    {
        _audit.Changed(asked.Command, outcome);
        _waiting.Remove(asked.By);
        asked.By.Tell(outcome);
    }

    // One proof at a time; it counts for whoever asked before it began.
    private void Prove()
    {
        if (_isProving || _isDeposed || _isSetBack || _wanted.Count == 0) return;
        _isProving = true;
        var asked = _wanted.ToArray();
        _wanted.Clear();
        // A term that is about to be followed by the next one is not the store's to prove any more.
        if (_isResolving) StartPoll(asked);
        else ProveAsync(asked, _term, _known).PipeTo(Self);
    }

    private async Task<TermProved> ProveAsync(KeyValuePair<IActorRef, long>[] asked, long term, long known)
    {
        using var timeout = new CancellationTokenSource(ProofTimeout);
        try
        {
            var revision = await _store.RenewTermAsync(timeout.Token).WaitAsync(timeout.Token).ConfigureAwait(false);
            return new TermProved(asked, term, IsNewest: revision is not null, new RevisionRead(revision, known));
        }
        // Whatever it was: the store has not answered.
        catch (Exception)
        {
            return new TermProved(asked, term, IsNewest: null, new RevisionRead(null, known));
        }
    }

    private void Proved(TermProved proved)
    {
        switch (_isResolving || proved.Term != _term ? null : proved.IsNewest)
        {
            case true when proved.Read.IsBehind:
                Self.Tell(proved.Read);
                EndProof();
                break;
            case true:
                Grant(proved.Asked);
                break;
            case false:
                _isProving = false;
                _isDeposed = true;
                LogDeposed(_term);
                break;
            case null:
                StartPoll(proved.Asked);
                break;
        }
    }

    private void StartPoll(KeyValuePair<IActorRef, long>[] asked)
    {
        _poll = new Poll(++_rounds, asked);
        foreach (var node in Nodes()) Tell(node, new CatalogSignals.TermAsked(_term, _poll.Round));
        Timers.StartSingleTimer(PollExpired.Instance, PollExpired.Instance, ProofTimeout);
    }

    private void Count(Poll poll, Address node)
    {
        poll.Known.Add(node);
        var nodes = Nodes().ToHashSet();
        if (2 * poll.Known.Count(nodes.Contains) > nodes.Count) Grant(poll.Asked);
    }

    private void Grant(KeyValuePair<IActorRef, long>[] asked)
    {
        foreach (var (view, at) in _isSetBack || _known > _revision ? [] : asked)
        {
            _leases.Granted(AddressOf(view));
            view.Tell(new CatalogSignals.LeaseGranted(at, _term, _revision));
        }
        EndProof();
    }

    private void EndProof()
    {
        _poll = null;
        Timers.Cancel(PollExpired.Instance);
        _isProving = false;
        Prove();
    }

    private void Depose()
    {
        _isDeposed = true;
        _isResolving = false;
        Become(m => Deposed(m, seen: null));
        Stash.UnstashAll();
        LookAtTerm();
    }

    // The next look is a while after this one is answered: two at once would find no sign of life between them.
    private void LookAtTerm() => FromStoreAsync(async store => new TermLookedAt(await store.ReadTermAsync().ConfigureAwait(false))).PipeTo(Self);

    private void Tell(Address node) => Tell(node, new CatalogSignals.RevisionMoved(_revision));

    private static void Tell(Address node, ICatalogSignal signal) =>
        Context.ActorSelection(new RootActorPath(node) / "user" / NodeViewActor.Name).Tell(signal);

    private IEnumerable<Address> Nodes() =>
        _cluster.State.Members.Where(m => m.Status is MemberStatus.Up or MemberStatus.Leaving && m.HasRole(CofferRegistration.Role)).Select(m => m.Address);

    // A reference of this node has no host in its address.
    private Address AddressOf(IActorRef node) => node.Path.Address.HasLocalScope ? _cluster.SelfAddress : node.Path.Address;

    // Until the store answers: a command that failed may have been written all the same.
    private void ReadRevision()
    {
        var known = _known;
        LongWork.RunAsync(() => ReadRevisionAsync(known)).PipeTo(Self);
    }

    private async Task<RevisionRead> ReadRevisionAsync(long known)
    {
        try
        {
            return new RevisionRead((await _store.ReadStateAsync().ConfigureAwait(false)).Revision, known);
        }
        // Whatever it was: it is asked again.
        catch (Exception)
        {
            return new RevisionRead(null, known);
        }
    }

    private void Start()
    {
        BeginTermAsync().PipeTo(Self);
        Become(m => Starting(m, failure: null));
    }

    private void Resolve()
    {
        if (_isDeposed)
        {
            Depose();
            return;
        }
        _isResolving = true;
        BeginNextTermAsync().PipeTo(Self);
        Become(m => Resolving(m, "the store has not answered since it failed before"));
        Stash.UnstashAll();
    }

    private Task<object> BeginTermAsync() => FromStoreAsync(async store => new TermBegun(await store.BeginTermAsync().ConfigureAwait(false)));

    private Task<object> BeginNextTermAsync() => FromStoreAsync<object>(async store =>
        await store.BeginNextTermAsync().ConfigureAwait(false) is { } begun ? new TermBegun(begun) : TermTaken.Instance);

    private Task<object> FromStoreAsync<T>(Func<ICofferStore, Task<T>> work) where T : class => LongWork.RunAsync<object>(async () =>
    {
        try
        {
            return await work(_store).ConfigureAwait(false);
        }
        // Whatever it was: who waits for an answer that never comes would wait for good.
        catch (Exception e)
        {
            return new StoreFailed(e.Message, e is StoreException { MayBeOpen: true });
        }
    });

    [LoggerMessage(Level = LogLevel.Warning, Message = "the catalog cannot begin its term in the store yet: {Reason}")]
    private partial void LogStoreFailed(string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "a load, rollback or revocation failed inside the server")]
    private partial void LogWorkFailed(Exception cause);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Command}: revision {Revision} counts: {Clients} clients, {Added} added, {Changed} changed, {Removed} removed")]
    private partial void LogLoaded(CatalogCommand command, long revision, int clients, int added, int changed, int removed);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Command}: nothing to do, revision {Revision} counts")]
    private partial void LogUnchanged(CatalogCommand command, long revision);

    [LoggerMessage(Level = LogLevel.Warning, Message = "revision {Revision} is in the store, although the store did not say so when it was written: it counts")]
    private partial void LogFound(long revision);

    [LoggerMessage(Level = LogLevel.Error, Message = "the store was set back: it holds revision {Stored}, and revision {Known} counted; no lease is renewed and nothing is written until it is put right, or all nodes were stopped and started again")]
    private partial void LogSetBack(long stored, long known);

    [LoggerMessage(Level = LogLevel.Error, Message = "another catalog has begun a later term than {Term} in the same database, so this one renews no lease and writes nothing: do two clusters use it?")]
    private partial void LogDeposed(long term);

    [LoggerMessage(Level = LogLevel.Warning, Message = "the other catalog gives no sign of life, so this one begins a new term")]
    private partial void LogTakesOver();

    [LoggerMessage(Level = LogLevel.Information, Message = "seals all that is stored anew under server key {Key}, while it is served")]
    private partial void LogSeals(PublicKey key);

    [LoggerMessage(Level = LogLevel.Information, Message = "all that is stored is sealed under server key {Key} now, and nothing under another one")]
    private partial void LogSealed(PublicKey key);

    [LoggerMessage(Level = LogLevel.Warning, Message = "sealing anew waits, because the store cannot be written: {Reason}")]
    private partial void LogSealingFailed(string reason);

    private sealed record Asked(CatalogCommand Command, IActorRef By);

    /// <summary>A command, whether it was begun, what the store is known to hold of it, and whether its asker left before it was begun.</summary>
    private sealed record Unanswered(CatalogCommand Command, bool IsUnderWay = false, LoadOutcome? Stored = null, bool IsCalledOff = false);

    /// <summary>Asks the cluster's nodes whether the term is the newest, for those who wanted leases before.</summary>
    private sealed record Poll(long Round, KeyValuePair<IActorRef, long>[] Asked)
    {
        internal HashSet<Address> Known { get; } = [];
    }

    private sealed record TermBegun(StoreTerm Term) : INoSerializationVerificationNeeded;

    private sealed record TermLookedAt(TermBeat Beat) : INoSerializationVerificationNeeded;

    private sealed record SealedNext(SealingStep Step) : INoSerializationVerificationNeeded;

    // IsNewest is null where the store has not answered; Read is of the same moment.
    private sealed record TermProved(KeyValuePair<IActorRef, long>[] Asked, long Term, bool? IsNewest, RevisionRead Read) : INoSerializationVerificationNeeded;

    /// <summary>What the store holds; null where it has not answered.</summary>
    /// <param name="Known">The greatest that was known when it was asked: one that was written meanwhile makes no store behind.</param>
    private sealed record RevisionRead(long? Revision, long Known) : INoSerializationVerificationNeeded
    {
        internal bool IsBehind => Revision < Known;
    }

    private sealed record TermTaken : INoSerializationVerificationNeeded
    {
        internal static readonly TermTaken Instance = new();
    }

    private sealed record StoreFailed(string Reason, bool MayBeOpen) : INoSerializationVerificationNeeded;

    private sealed class Again : INoSerializationVerificationNeeded
    {
        internal static readonly Again Instance = new();
    }

    private sealed class ReadAgain : INoSerializationVerificationNeeded
    {
        internal static readonly ReadAgain Instance = new();
    }

    private sealed class PollExpired : INoSerializationVerificationNeeded
    {
        internal static readonly PollExpired Instance = new();
    }

    private sealed class SealNext : INoSerializationVerificationNeeded
    {
        internal static readonly SealNext Instance = new();
    }
}
