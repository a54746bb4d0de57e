using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Coffer.Server.Hosting;
using Coffer.Server.Membership;
using Microsoft.Extensions.Logging;

namespace Coffer.Server.Tests.Membership;

/// <summary>What a node says before its certificate ends.</summary>
public sealed class CertificateEndSpecs : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("coffer-certificate-");
    private readonly DayClock _clock = new();
    private readonly Lines _log = new();

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task Warns_from_the_thirtieth_day_before_its_end_once_a_day()
    {
        using var certificate = Make(ends: _clock.Now.AddDays(31));
        using var end = new CertificateEnd(certificate, _clock, _log);

        await end.StartAsync(TestContext.Current.CancellationToken);
        Assert.Empty(_log.Said);
        _clock.NextDay();
        Assert.Single(_log.Said);
        _clock.NextDay();

        Assert.Equal(2, _log.Said.Count);
        Assert.All(_log.Said, line => Assert.StartsWith($"Warning this node's certificate ends on {certificate.End:yyyy-MM-dd}", line, StringComparison.Ordinal));
        Assert.All(_log.Said, line => Assert.Contains("make a new one with 'coffer-companion cluster-certificates'", line, StringComparison.Ordinal));
        await end.StopAsync(TestContext.Current.CancellationToken);
        Assert.True(_clock.IsStopped);
    }

    [Fact]
    public async Task Warns_at_the_start_where_the_end_is_near()
    {
        using var certificate = Make(ends: _clock.Now.AddDays(3));
        using var end = new CertificateEnd(certificate, _clock, _log);

        await end.StartAsync(TestContext.Current.CancellationToken);

        Assert.Single(_log.Said);
    }

    // Its own authority.
    private NodeCertificate Make(DateTimeOffset ends)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=node", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var made = request.CreateSelfSigned(_clock.Now.AddDays(-1), ends);
        var pem = made.ExportCertificatePem();
        File.WriteAllText(Path.Combine(_directory.FullName, "authority.crt"), pem);
        File.WriteAllText(Path.Combine(_directory.FullName, "node.pem"), $"{pem}\n{key.ExportPkcs8PrivateKeyPem()}\n");
        return NodeCertificate.Read(_directory.FullName, NodeAddress.Parse("127.0.0.1:9190", null), allowOpenKey: true, _clock.Now);
    }

    /// <summary>A clock that goes on by days, with the one timer that is made by it. It begins now, because certificates are checked against the machine's.</summary>
    private sealed class DayClock : TimeProvider, ITimer
    {
        private Action? _tick;

        internal DateTimeOffset Now { get; private set; } = DateTimeOffset.UtcNow;

        internal bool IsStopped => _tick is null;

        internal void NextDay()
        {
            Now = Now.AddDays(1);
            _tick!();
        }

        public override DateTimeOffset GetUtcNow() => Now;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Assert.Equal((TimeSpan.FromDays(1), TimeSpan.FromDays(1)), (dueTime, period));
            _tick = () => callback(state);
            return this;
        }

        public bool Change(TimeSpan dueTime, TimeSpan period) => throw new NotSupportedException();

        public void Dispose() => _tick = null;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }

    private sealed class Lines : ILogger<CertificateEnd>
    {
        internal List<string> Said { get; } = [];

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Said.Add($"{logLevel} {formatter(state, exception)}");
    }
}
