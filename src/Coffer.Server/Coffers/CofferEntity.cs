using Akka.Actor;
using Akka.Cluster.Sharding;
using Coffer.Crypto.Keys;
using Coffer.Server.Edge;
using Coffer.Server.Metrics;
using Coffer.Server.Storage;
using Microsoft.Extensions.Logging;

namespace Coffer.Server.Coffers;

/// <summary>The single owner of one client's coffer while it is live. It reads its row once and serves it, still sealed, from memory.</summary>
/// <remarks>
/// state   | on                          | does                       | then
/// Empty   | GetCoffer                   | reads the row              | Reading
/// Reading | GetCoffer                   | keeps the asker            | Reading
///         | RowRead, fresh enough       | answers CofferFound        | Holding
///         | RowRead, older than asked   | answers CofferUnavailable  | Holding
///         | RowRead, none               | answers CofferMissing      | passivates
///         | ReadFailed, row held that   | answers CofferFound        | Holding
///         | is fresh and can be opened  |                            |
///         | ReadFailed, else            | answers CofferUnavailable  | Holding, Empty
/// Holding | GetCoffer, fresh enough     | answers CofferFound        | Holding
///         | GetCoffer, newer or anew    | reads the row              | Reading
/// </remarks>
public sealed partial class CofferEntity : UntypedActor
{
    private readonly PublicKey _owner;
    private readonly ICofferStore _store;
    private readonly LiveEntities _live;
    private readonly ILogger _log;

    private CofferEntity(PublicKey owner, ICofferStore store, LiveEntities live, ILogger log)
    {
        _owner = owner;
        _store = store;
        _live = live;
        _log = log;
    }

    public static Props Props(PublicKey owner, ICofferStore store, LiveEntities live, ILogger log) =>
        Akka.Actor.Props.CreateBy(new Producer<CofferEntity>(() => new CofferEntity(owner, store, live, log)));

    protected override void PreStart() => _live.Started(_owner);

    protected override void PostStop() => _live.Stopped(_owner);

    protected override void OnReceive(object message)
    {
        if (message is CofferQueries.GetCoffer query) Read(query, held: null);
        else Unhandled(message);
    }

    private void Reading(object message, List<Asker> askers, CofferReplies.CofferFound? held)
    {
        switch (message)
        {
            case CofferQueries.GetCoffer query:
                askers.Add(new(Sender, query.AtLeast, query.IsAnew));
                break;
            case RowRead { Row: { } row }:
                Hold(row);
                foreach (var asker in askers) Answer(asker, row);
                break;
            case RowRead:
                foreach (var asker in askers) asker.Ref.Tell(CofferReplies.CofferMissing.Instance);
                Context.Parent.Tell(new Passivate(PoisonPill.Instance));
                Become(OnReceive);
                break;
            case ReadFailed failed:
                LogReadFailed(failed.Level, _owner, failed.Reason);
                if (held is null) Become(OnReceive);
                else Hold(held);
                foreach (var asker in askers) Answer(asker, asker.IsAnew ? null : held);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Holding(object message, CofferReplies.CofferFound row)
    {
        switch (message)
        {
            case CofferQueries.GetCoffer { IsAnew: false } query when query.AtLeast <= row.Coffer.Revision:
                Sender.Tell(row);
                break;
            case CofferQueries.GetCoffer query:
                Read(query, row);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private static void Answer(Asker asker, CofferReplies.CofferFound? row)
    {
        if (row is not null && row.Coffer.Revision >= asker.AtLeast) asker.Ref.Tell(asker.IsAnew ? row with { IsAnew = true } : row);
        else asker.Ref.Tell(CofferReplies.CofferUnavailable.Instance);
    }

    private void Hold(CofferReplies.CofferFound row) => Become(m => Holding(m, row));

    private void Read(CofferQueries.GetCoffer query, CofferReplies.CofferFound? held)
    {
        var askers = new List<Asker>(1) { new(Sender, query.AtLeast, query.IsAnew) };
        ReadRowAsync().PipeTo(Self);
        Become(m => Reading(m, askers, held));
    }

    private async Task<object> ReadRowAsync()
    {
        try
        {
            var row = await _store.FindAsync(_owner).ConfigureAwait(false);
            return new RowRead(row is null ? null : new CofferReplies.CofferFound(row.Name, row.Coffer));
        }
        // Whatever it was: an entity that never hears of its reading would keep every asker waiting.
        catch (Exception e)
        {
            return new ReadFailed(e.Message, StoreException.LevelOf(e));
        }
    }

    [LoggerMessage(Message = "the coffer of {Owner} cannot be read now: {Reason}")]
    private partial void LogReadFailed(LogLevel level, PublicKey owner, string reason);

    private readonly record struct Asker(IActorRef Ref, long AtLeast, bool IsAnew);

    private sealed record RowRead(CofferReplies.CofferFound? Row) : INoSerializationVerificationNeeded;

    private sealed record ReadFailed(string Reason, LogLevel Level) : INoSerializationVerificationNeeded;
}
