using System.Globalization;
using Akka.Actor;
using Akka.Cluster;
using Coffer.Server.Edge;
using Coffer.Server.Sessions;
using Coffer.Server.Storage;
using Microsoft.Extensions.Logging;

namespace Coffer.Server.Catalog;

/// <summary>Keeps the node's view at the revision that counts, and its lease: reads all clients once, then what each revision changed.</summary>
/// <remarks>
/// state   | on                          | does                                     | then
/// Idle    | RevisionMoved, newer        | reads the changes since                  | Reading
///         | RevisionMoved, known        | confirms                                 | Idle
///         | LeaseGranted, newer         | reads the changes since                  | Reading
/// Reading | RevisionMoved               | keeps the asker                          | Reading
///         | ChangesRead                 | moves the view, ends the sessions of     | Idle, Reading
///         |                             | clients cut off, confirms to the askers, |
///         |                             | holds the lease that waited for this     |
///         | ReadFailed                  | tries again after a while, and gives the | Reading
///         |                             | store more time where that was missing   |
/// any     | Renew                       | asks the catalog for the lease           | same
///         | LeaseGranted, of this view  | holds the lease                          | same
///         | TermAsked by a member, not  | confirms the term                        | same
///         | older than any known        |                                          |
/// </remarks>
public sealed partial class NodeViewActor : UntypedActor, IWithTimers
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    // A connection whose other end is gone in the middle of a statement says nothing for minutes, while a new one would be answered.
    private static readonly TimeSpan FirstPatience = TimeSpan.FromSeconds(10);

    private readonly NodeView _view;
    private readonly NodeLease _lease;
    private readonly OpenSessions _sessions;
    private readonly ICofferStore _store;
    private readonly IActorRef _catalog;
    private readonly ILogger _log;
    private readonly Cluster _cluster = Cluster.Get(Context.System);
    private readonly List<(IActorRef Ref, long Revision)> _askers = [];
    private CatalogSignals.LeaseGranted? _grantAhead;
    private TimeSpan _patience = FirstPatience;
    private long _term;
    private bool _wasServing;

    private NodeViewActor(NodeView view, NodeLease lease, OpenSessions sessions, ICofferStore store, IActorRef catalog, ILogger log)
    {
        _view = view;
        _lease = lease;
        _sessions = sessions;
        _store = store;
        _catalog = catalog;
        _log = log;
    }

    /// <param name="view">What this actor alone writes.</param>
    /// <param name="lease">Likewise.</param>
    /// <param name="sessions">Those of clients that are cut off are ended.</param>
    /// <param name="store">Where clients are read.</param>
    /// <param name="catalog">The proxy that finds the catalog in the cluster.</param>
    /// <param name="log">Where it says that it may not serve.</param>
    public static Props Props(NodeView view, NodeLease lease, OpenSessions sessions, ICofferStore store, IActorRef catalog, ILogger log) =>
        Akka.Actor.Props.CreateBy(new Producer<NodeViewActor>(() => new NodeViewActor(view, lease, sessions, store, catalog, log)));

    /// <summary>The name under /user that the catalog reaches every node's view by.</summary>
    public const string Name = "node-view";

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        Read();
        if (_lease.Settings is not { } settings) return;
        Self.Tell(Renew.Instance);
        Timers.StartPeriodicTimer(Renew.Instance, Renew.Instance, settings.RenewAfter);
    }

    protected override void OnReceive(object message) => Unhandled(message);

    private void Idle(object message)
    {
        switch (message)
        {
            case CatalogSignals.RevisionMoved moved:
                _askers.Add((Sender, moved.Revision));
                Confirm();
                if (IsAwaited) Read();
                break;
            case CatalogSignals.LeaseGranted granted:
                Take(granted);
                if (IsAwaited) Read();
                break;
            default:
                InEveryState(message);
                break;
        }
    }

    private void Reading(object message)
    {
        switch (message)
        {
            case CatalogSignals.RevisionMoved moved:
                _askers.Add((Sender, moved.Revision));
                break;
            case CatalogSignals.LeaseGranted granted:
                Take(granted);
                break;
            case ChangesRead read:
                _patience = FirstPatience;
                var hasMoved = !_view.IsRead || read.Revision > _view.Revision;
                if (hasMoved)
                {
                    _view.Move(read.Revision, read.HasDefinition, read.Clients);
                    _sessions.EndUnknown(_view);
                }
                if (_grantAhead is { } ahead) Take(ahead);
                Confirm();
                if (!IsAwaited) Become(Idle);
                else if (hasMoved) Read();
                else ReadLater();
                break;
            case ReadFailed failed:
                LogReadFailed(failed.Level, failed.Reason);
                if (failed.IsTooSlow) _patience *= 2;
                ReadLater();
                break;
            case Again:
                Read();
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
            case Renew:
                TellWhetherServing();
                _catalog.Tell(new CatalogSignals.LeaseWanted(_lease.Now, _view.Revision));
                break;
            case CatalogSignals.TermAsked asked when asked.Term >= _term && IsMember(Sender.Path.Address):
                _term = asked.Term;
                Sender.Tell(new CatalogSignals.TermKnown(asked.Round));
                break;
            case CatalogSignals.TermAsked:
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    // A lease is of the revision that it was granted with: until the view has come so far, it does not count.
    private void Take(CatalogSignals.LeaseGranted granted)
    {
        _term = Math.Max(_term, granted.Term);
        var isOfThisView = _view.IsRead && granted.Revision <= _view.Revision;
        _grantAhead = isOfThisView ? null : granted;
        if (isOfThisView) _view.Hold(granted.Asked);
        TellWhetherServing();
    }

    private void Read()
    {
        // All clients may take minutes, and until then there is nothing to serve.
        var (since, clients, patience) = (_view.Revision, _view.Clients, _view.IsRead ? _patience : Timeout.InfiniteTimeSpan);
        LongWork.RunAsync(() => ReadChangesAsync(since, clients, patience)).PipeTo(Self);
        Become(Reading);
    }

    private void ReadLater() => Timers.StartSingleTimer(Again.Instance, Again.Instance, RetryAfter);

    // Whether somebody waits for a revision that the last read did not reach.
    private bool IsAwaited => _askers.Count > 0 || _grantAhead is not null;

    private void Confirm()
    {
        foreach (var asker in _askers)
            if (asker.Revision <= _view.Revision) asker.Ref.Tell(new CatalogSignals.RevisionConfirmed(_view.Revision));
        _askers.RemoveAll(asker => asker.Revision <= _view.Revision);
    }

    // One that was downed here may have come back to life, and not know it yet.
    private bool IsMember(Address node) => node.HasLocalScope
        || _cluster.State.Members.Any(member => member.Address == node && member.Status is MemberStatus.Up or MemberStatus.Leaving or MemberStatus.WeaklyUp);

    private void TellWhetherServing()
    {
        if (_view.IsServing == _wasServing) return;
        _wasServing = !_wasServing;
        if (_wasServing) LogServes();
        else if (_grantAhead is { } ahead) LogIsBehind(ahead.Revision);
        else LogServesNot();
    }

    private async Task<object> ReadChangesAsync(long since, KnownClients clients, TimeSpan patience)
    {
        using var cancellation = new CancellationTokenSource(patience);
        try
        {
            var changes = await _store.ReadChangesAsync(since, cancellation.Token).ConfigureAwait(false);
            await LongWork.ResumeAsync();
            return new ChangesRead(changes.Revision, changes.HasContent, changes.IsWhole ? clients.Only(changes.Clients) : clients.With(changes.Clients));
        }
        catch (Exception) when (cancellation.IsCancellationRequested)
        {
            return new ReadFailed(string.Create(CultureInfo.InvariantCulture, $"it has not answered within {patience.TotalSeconds} s"), LogLevel.Warning, IsTooSlow: true);
        }
        // Whatever it was: who waits for an answer that never comes would wait for good.
        catch (Exception e)
        {
            return new ReadFailed(e.Message, StoreException.LevelOf(e), IsTooSlow: false);
        }
    }

    [LoggerMessage(Message = "the store cannot be read now, so this node goes on with what it knows: {Reason}")]
    private partial void LogReadFailed(LogLevel level, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "this node holds its lease and may serve")]
    private partial void LogServes();

    [LoggerMessage(Level = LogLevel.Warning, Message = "this node's lease has run out, because the catalog has not renewed it: clients get Error unavailable until it is renewed")]
    private partial void LogServesNot();

    [LoggerMessage(Level = LogLevel.Warning, Message = "this node's lease has run out: it was renewed for revision {Revision}, as far as which the store could not be read yet; clients get Error unavailable until it is")]
    private partial void LogIsBehind(long revision);

    private sealed record ChangesRead(long Revision, bool HasDefinition, KnownClients Clients) : INoSerializationVerificationNeeded;

    private sealed record ReadFailed(string Reason, LogLevel Level, bool IsTooSlow) : INoSerializationVerificationNeeded;

    private sealed class Again : INoSerializationVerificationNeeded
    {
        internal static readonly Again Instance = new();
    }

    private sealed class Renew : INoSerializationVerificationNeeded
    {
        internal static readonly Renew Instance = new();
    }
}
