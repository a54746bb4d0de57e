using Coffer.Server.Membership;
using Microsoft.Extensions.Logging;

namespace Coffer.Server.Hosting;

/// <summary>Keeps lines of Akka out of the log that stand for what is said elsewhere, or would fill it, unless it is at debug.</summary>
/// <remarks><see cref="ClusterWatch"/> says what matters of remoting, <see cref="Remoting.SocketTransport"/> what comes of connections that are no node's, and <see cref="ServerProcess"/> and <see cref="Sessions.SessionLog"/> why an address cannot be listened on.</remarks>
internal sealed class AkkaNoise(ILoggerFactory logs) : ILoggerFactory
{
    // Stack traces, and several lines a failed connection: what stands in the source that Akka begins its lines with, or in what it says.
    private static readonly string[] Never =
        ["/system/endpointManager", "/system/transports", "[remoting (", "PhiAccrualFailureDetector", "Cluster Node [", "Bind failed for TCP", "Bind commander died"];

    // Some 200 lines a second for as long as no descriptor is left.
    private const string Sometimes = "Retriable socket error in TcpListener";

    private readonly Sparingly _sparingly = new(TimeProvider.System);

    public ILogger CreateLogger(string categoryName) => new Filter(logs.CreateLogger(categoryName), _sparingly);

    public void AddProvider(ILoggerProvider provider) => logs.AddProvider(provider);

    public void Dispose()
    {
        // The factory is the host's.
    }

    private sealed class Filter(ILogger inner, Sparingly sparingly) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => inner.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => inner.IsEnabled(logLevel);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (inner.IsEnabled(LogLevel.Debug) || IsToBeSaid(formatter(state, exception))) inner.Log(logLevel, eventId, state, exception, formatter);
        }

        private bool IsToBeSaid(string line) =>
            !Never.Any(noise => line.Contains(noise, StringComparison.Ordinal)) && (!line.Contains(Sometimes, StringComparison.Ordinal) || sparingly.May(Sometimes));
    }
}
