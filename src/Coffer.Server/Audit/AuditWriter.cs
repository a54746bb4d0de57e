using System.Text.Json;
using System.Threading.Channels;
using Akka.Actor;

namespace Coffer.Server.Audit;

/// <summary>The one writer of a trail: a bounded queue, and a loop that writes all that is in it at once.</summary>
/// <remarks>
/// A line is taken at once, or waits for its turn without holding up a thread; after <see cref="AuditSettings.Patience"/> it is lost. Whoever waits holds
/// a connection or has just been turned away, so what waits is bounded by what comes within that time. A batch that cannot be written is
/// lost as a whole. Where lines are required, a session hears only after its line was flushed, and a line it waits for is not lost but refused.
/// </remarks>
internal sealed class AuditWriter : IAsyncDisposable
{
    private const int MaxBatch = 256 * 1024;
    private const int Followed = 1024 * 1024;

    // Where nobody waits for a line, those of so long are written together: one write a line costs as much as the rest of the trail.
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(10);

    // A disk that hangs does not keep the process from ending.
    private static readonly TimeSpan DrainTimeout = TimeSpan.FromSeconds(10);

    private readonly IAuditSink _sink;
    private readonly bool _isRequired;
    private readonly TimeSpan _patience;
    private readonly TimeProvider _clock;
    private readonly Channel<Entry> _queue;
    private readonly AuditLines _lines;
    private readonly List<Entry> _batch = [];
    private readonly Task _loop;

    private bool _isDisposed;

    // How many lost lines the batch at hand tells of.
    private long _told;

    internal AuditWriter(IAuditSink sink, AuditSettings settings, bool isRequired, string node, TimeProvider clock)
    {
        _sink = sink;
        _isRequired = isRequired;
        _patience = settings.Patience;
        _clock = clock;
        _lines = new AuditLines(node);
        _queue = Channel.CreateBounded<Entry>(new BoundedChannelOptions(settings.Queue) { SingleReader = true });
        Tail = new AuditTail(Followed);
        // One byte more than it holds tells it that there is more.
        Tail.Append(sink.ReadLast(Followed + 1));
        Loss = new AuditLoss(clock);
        _loop = Task.Run(WriteAsync);
    }

    internal AuditTail Tail { get; }

    internal AuditLoss Loss { get; }

    internal bool IsRequired => _isRequired;

    internal int Waiting => _queue.Reader.Count;

    /// <summary>Takes a line that nobody waits for.</summary>
    internal void Record(AuditEvent line) => Take(new Entry(line));

    /// <summary>Takes the line of a coffer that <paramref name="session"/> is about to hand out.</summary>
    /// <returns>True where it may do so at once; otherwise it is told an answer of <see cref="AuditReplies"/>.</returns>
    internal bool Record(AuditEvent line, IActorRef session) => Take(new Entry(line, session)) && !_isRequired;

    /// <summary>Opens the sink again, between the lines before now and those after.</summary>
    internal void Reopen() => Take(new Entry(Between: _sink.Reopen));

    /// <summary>Writes what was taken and what waits, then lets go of the sink. The second time it does nothing.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_isDisposed) return;
        _isDisposed = true;
        using var patience = new CancellationTokenSource(DrainTimeout);
        try
        {
            // Behind all that waits: closing the queue at once would turn it away.
            await _queue.Writer.WriteAsync(new Entry(Between: () => _queue.Writer.TryComplete()), patience.Token).ConfigureAwait(false);
            await _loop.WaitAsync(patience.Token).ConfigureAwait(false);
            _sink.Dispose();
            _lines.Dispose();
        }
        catch (OperationCanceledException)
        {
            for (var left = Waiting; left > 0; left--) Loss.Count();
        }
        Loss.Ended();
        Tail.End();
    }

    private bool Take(Entry entry)
    {
        var isTaken = _queue.Writer.TryWrite(entry);
        if (!isTaken) _ = TakeLaterAsync(entry);
        return isTaken;
    }

    private async Task TakeLaterAsync(Entry entry)
    {
        // A file that is to be opened again is so however long the queue is full.
        using var patience = new CancellationTokenSource(entry.Between is null ? _patience : Timeout.InfiniteTimeSpan);
        try
        {
            await _queue.Writer.WriteAsync(entry, patience.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or ChannelClosedException)
        {
            Lose(entry);
        }
        if (!_isRequired) entry.Session?.Tell(AuditReplies.Cleared.Instance);
    }

    private async Task WriteAsync()
    {
        while (await _queue.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            if (!_isRequired) await Task.Delay(Gathering).ConfigureAwait(false);
            while (_queue.Reader.TryRead(out var entry)) Add(entry);
            WriteBatch();
        }
    }

    private void Add(Entry entry)
    {
        if (entry.Between is { } between)
        {
            WriteBatch();
            between();
            return;
        }
        if (_batch.Count == 0) AddLost();
        _lines.Add(entry.Line!);
        _batch.Add(entry);
        if (_lines.Length >= MaxBatch) WriteBatch();
    }

    // The trail tells of its own gaps.
    private void AddLost()
    {
        _told = Loss.MissingInTrail;
        if (_told == 0) return;
        var told = _told;
        _lines.Add(new AuditEvent(_clock.GetUtcNow(), AuditKind.Lost) { Rest = json => json.WriteNumber("lines", told) });
    }

    private void WriteBatch()
    {
        if (_batch.Count == 0) return;
        try
        {
            _sink.Append(_lines.Bytes, _isRequired);
            Tail.Append(_lines.Bytes);
            Loss.Written(_told);
            if (_isRequired) foreach (var entry in _batch) entry.Session?.Tell(AuditReplies.Cleared.Instance);
        }
        // Whatever went wrong: a loop that ended here would lose every line after it.
        catch (Exception e)
        {
            foreach (var entry in _batch) Lose(entry);
            Loss.Failed(e);
        }
        _lines.Clear();
        _batch.Clear();
    }

    // A fetch that is refused for the want of its line did not happen, so its line is not missing.
    private void Lose(Entry entry)
    {
        if (_isRequired && entry.Session is { } session) session.Tell(AuditReplies.NotCleared.Instance);
        else if (entry.Line is not null) Loss.Count();
    }

    /// <summary>A line, or what is to be done between two.</summary>
    private readonly record struct Entry(AuditEvent? Line = null, IActorRef? Session = null, Action? Between = null);
}
