using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Coffer.Server.Hosting;

/// <summary>Keeps the last lines of the log in memory, and hands on those to come to who follows. Thread safe.</summary>
public sealed class LogRing : ILoggerProvider
{
    /// <summary>How many lines are kept.</summary>
    public const int Capacity = 1000;

    // Who does not keep up loses the oldest of these.
    private const int FollowerCapacity = 1000;

    private readonly Lock _gate = new();
    private readonly Queue<string> _lines = new(Capacity);
    private readonly List<Channel<string>> _followers = [];

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new RingLogger(this, categoryName);

    /// <summary>The last <paramref name="last"/> lines, which come without waiting, then those to come until <paramref name="cancellation"/>.</summary>
    public async IAsyncEnumerable<string> Follow(int last, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var channel = Channel.CreateBounded<string>(new BoundedChannelOptions(FollowerCapacity) { FullMode = BoundedChannelFullMode.DropOldest });
        string[] kept;
        lock (_gate)
        {
            kept = [.. _lines.TakeLast(last)];
            _followers.Add(channel);
        }
        try
        {
            foreach (var line in kept) yield return line;
            await foreach (var line in channel.Reader.ReadAllAsync(cancellation).ConfigureAwait(false)) yield return line;
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
            foreach (var follower in _followers) follower.Writer.TryWrite(line);
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
