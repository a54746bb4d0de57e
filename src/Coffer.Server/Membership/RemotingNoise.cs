using Microsoft.Extensions.Logging;

namespace Coffer.Server.Membership;

/// <summary>Keeps what Akka's remoting says out of the log unless it is at debug: stack traces and several lines a failed connection.</summary>
/// <remarks><see cref="ClusterWatch"/> says what matters of it, and <see cref="Remoting.SocketTransport"/> what comes of connections that are no node's.</remarks>
internal sealed class RemotingNoise(ILoggerFactory logs) : ILoggerFactory
{
    // What stands in the source that Akka begins its lines with.
    private static readonly string[] Sources = ["/system/endpointManager", "/system/transports", "[remoting (", "PhiAccrualFailureDetector", "Cluster Node ["];

    public ILogger CreateLogger(string categoryName) => new Filter(logs.CreateLogger(categoryName));

    public void AddProvider(ILoggerProvider provider) => logs.AddProvider(provider);

    public void Dispose()
    {
        // The factory is the host's.
    }

    private static bool IsNoise(string line) => Sources.Any(source => line.Contains(source, StringComparison.Ordinal));

    private sealed class Filter(ILogger inner) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => inner.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => inner.IsEnabled(logLevel);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (inner.IsEnabled(LogLevel.Debug) || !IsNoise(formatter(state, exception))) inner.Log(logLevel, eventId, state, exception, formatter);
        }
    }
}
