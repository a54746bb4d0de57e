using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Coffer.Server.Hosting;

/// <summary>Keeps the last lines of the log in memory, and hands on those to come to who follows. Thread safe.</summary>
public sealed class LogRing : ILoggerProvider
{
    /// <summary>How many lines are kept.</summary>
    public const int Capacity = 1000;

    // Who does not keep up loses the oldest of these, and is told how many.
    private const int FollowerCapacity = 1000;

    private readonly Lock _gate = new();
    private readonly Queue<string> _lines = new(Capacity);
    private readonly List<Channel<(long Number, string Line)>> _followers = [];

    // How many lines there ever were.
    private long _count;

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new RingLogger(this, categoryName);

    /// <summary>The last <paramref name="last"/> lines, which come without waiting, then those to come until <paramref name="cancellation"/>.</summary>
    public async IAsyncEnumerable<FollowedLine> Follow(int last, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var channel = Channel.CreateBounded<(long Number, string Line)>(new BoundedChannelOptions(FollowerCapacity) { FullMode = BoundedChannelFullMode.DropOldest });
        string[] kept;
        long next;
        string? gap;
        lock (_gate)
        {
            kept = [.. _lines.TakeLast(last)];
            next = _count;
            gap = kept.Length < last && _count > Capacity ? FollowedLine.FewerThanAsked(kept.Length) : null;
            _followers.Add(channel);
        }
        try
        {
            foreach (var line in kept)
            {
                yield return new FollowedLine(line, gap);
                gap = null;
            }
            await foreach (var (number, line) in channel.Reader.ReadAllAsync(cancellation).ConfigureAwait(false))
            {
                yield return new FollowedLine(line, number > next ? FollowedLine.Skipped(number - next) : null);
                next = number + 1;
            }
        }
        finally
        {
            lock (_gate) _followers.Remove(channel);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private void Add(string line)
    {
        lock (_gate)
        {
            if (_lines.Count == Capacity) _lines.Dequeue();
            _lines.Enqueue(line);
            foreach (var follower in _followers) follower.Writer.TryWrite((_count, line));
            _count++;
        }
    }

    private sealed class RingLogger(LogRing ring, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            ring.Add(LineFormatter.Line(logLevel, category, formatter(state, exception), exception, withStack: false));
    }
}
