using Akka.Actor;
using Coffer.Server.Edge;
using Coffer.Server.Sessions;
using Coffer.Server.Storage;
using Microsoft.Extensions.Logging;

namespace Coffer.Server.Catalog;

/// <summary>Keeps the node's view at the revision that counts: reads all clients once, then what each revision changed.</summary>
/// <remarks>
/// state   | on                       | does                                     | then
/// Idle    | RevisionMoved, newer     | reads the changes since                  | Reading
///         | RevisionMoved, known     | confirms                                 | Idle
/// Reading | RevisionMoved            | keeps the asker                          | Reading
///         | StoreChanges             | moves the view, ends the sessions of     | Idle, Reading
///         |                          | clients cut off, confirms to the askers  |
///         | ReadFailed               | tries again after a while                | Reading
/// </remarks>
public sealed partial class NodeViewActor : UntypedActor, IWithTimers
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly NodeView _view;
    private readonly OpenSessions _sessions;
    private readonly ICofferStore _store;
    private readonly ILogger _log;
    private readonly List<(IActorRef Ref, long Revision)> _askers = [];
    private KnownClients _clients = KnownClients.None;

    private NodeViewActor(NodeView view, OpenSessions sessions, ICofferStore store, ILogger log)
    {
        _view = view;
        _sessions = sessions;
        _store = store;
        _log = log;
    }

    public static Props Props(NodeView view, OpenSessions sessions, ICofferStore store, ILogger log) =>
        Akka.Actor.Props.CreateBy(new Producer<NodeViewActor>(() => new NodeViewActor(view, sessions, store, log)));

    /// <summary>The name under /user that the catalog reaches every node's view by.</summary>
    public const string Name = "node-view";

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart() => Read();

    protected override void OnReceive(object message) => Unhandled(message);

    private void Idle(object message)
    {
        if (message is CatalogSignals.RevisionMoved moved)
        {
            _askers.Add((Sender, moved.Revision));
            if (moved.Revision > _view.Revision) Read();
            else Confirm();
        }
        else
        {
            Unhandled(message);
        }
    }

    private void Reading(object message)
    {
        switch (message)
        {
            case CatalogSignals.RevisionMoved moved:
                _askers.Add((Sender, moved.Revision));
                break;
            case StoreChanges read:
                _clients = _clients.With(read.Clients);
                _view.Move(read.Revision, _clients);
                _sessions.EndUnknown(_view);
                Confirm();
                break;
            case ReadFailed failed:
                LogReadFailed(failed.Reason);
                Timers.StartSingleTimer(Again.Instance, Again.Instance, RetryAfter);
                break;
            case Again:
                Read();
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Read()
    {
        ReadChangesAsync(_view.IsServing ? _view.Revision : 0).PipeTo(Self);
        Become(Reading);
    }

    // Who asked for a revision that the read did not reach yet waits for the next read.
    private void Confirm()
    {
        foreach (var asker in _askers)
            if (asker.Revision <= _view.Revision) asker.Ref.Tell(new CatalogSignals.RevisionConfirmed(_view.Revision));
        _askers.RemoveAll(asker => asker.Revision <= _view.Revision);
        if (_askers.Count > 0) Read();
        else Become(Idle);
    }

    private async Task<object> ReadChangesAsync(long since)
    {
        try
        {
            return await _store.ReadChangesAsync(since).ConfigureAwait(false);
        }
        // Whatever it was: who waits for an answer that never comes would wait for good.
        catch (Exception e)
        {
            return new ReadFailed(e.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "the store cannot be read now, so this node goes on with what it knows: {Reason}")]
    private partial void LogReadFailed(string reason);

    private sealed record ReadFailed(string Reason) : INoSerializationVerificationNeeded;

    private sealed class Again : INoSerializationVerificationNeeded
    {
        internal static readonly Again Instance = new();
    }
}
