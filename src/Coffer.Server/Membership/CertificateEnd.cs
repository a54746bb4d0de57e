using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Coffer.Server.Membership;

/// <summary>Warns at the start and once a day, from 30 days before the node's certificate ends: connections that are made afterwards are refused.</summary>
internal sealed partial class CertificateEnd(NodeCertificate certificate, TimeProvider clock, ILogger<CertificateEnd> log) : IHostedService, IDisposable
{
    private static readonly TimeSpan Ahead = TimeSpan.FromDays(30);
    private static readonly TimeSpan Daily = TimeSpan.FromDays(1);

    private ITimer? _timer;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        Look();
        _timer = clock.CreateTimer(_ => Look(), null, Daily, Daily);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        _timer?.Dispose();
        return Task.CompletedTask;
    }

    public void Dispose() => _timer?.Dispose();

    private void Look()
    {
        if (clock.GetUtcNow() >= certificate.End - Ahead) LogEnd(certificate.End);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "this node's certificate ends on {End:yyyy-MM-dd}, and nodes that connect then refuse each other: make a new one with 'coffer-companion cluster-certificates', put it in its place and restart this node: docs/operations.md")]
    private partial void LogEnd(DateTimeOffset end);
}
