using Microsoft.Extensions.Logging;

namespace Coffer.Server.Membership;

/// <summary>Keeps what Akka's remoting says out of the log unless it is at debug: stack traces and several lines a failed connection, which a port scan makes without end.</summary>
/// <remarks><see cref="ClusterWatch"/> says what matters of it; of connections that are no node's this does, once a minute.</remarks>
internal sealed partial class RemotingNoise(ILoggerFactory logs, TimeProvider clock) : ILoggerFactory
{
    // What stands in the source that Akka begins its lines with.
    private const string Inbound = "[TcpServerHandler";
    private static readonly string[] Sources = ["/system/endpointManager", "/system/transports", "[remoting (", Inbound, "[TcpClientHandler", "DotNetty", "PhiAccrualFailureDetector", "Cluster Node ["];

    private readonly Sparingly _sparingly = new(clock);
    private readonly ILogger _own = logs.CreateLogger<RemotingNoise>();

    public ILogger CreateLogger(string categoryName) => new Filter(this, logs.CreateLogger(categoryName));

    public void AddProvider(ILoggerProvider provider) => logs.AddProvider(provider);

    public void Dispose()
    {
        // The factory is the host's.
    }

    private bool IsNoise(string line)
    {
        if (!Sources.Any(source => line.Contains(source, StringComparison.Ordinal))) return false;
        if (line.Contains(Inbound, StringComparison.Ordinal) && _sparingly.May(Inbound)) LogRefused();
        return true;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "refused a connection to the cluster's port: no node of this cluster made it; said once a minute at most")]
    private partial void LogRefused();

    private sealed class Filter(RemotingNoise noise, ILogger inner) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => inner.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => inner.IsEnabled(logLevel);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (inner.IsEnabled(LogLevel.Debug) || !noise.IsNoise(formatter(state, exception))) inner.Log(logLevel, eventId, state, exception, formatter);
        }
    }
}
