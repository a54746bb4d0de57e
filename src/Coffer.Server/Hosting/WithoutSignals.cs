using Microsoft.Extensions.Hosting;

namespace Coffer.Server.Hosting;

/// <summary>The lifetime of a web server within the server: a signal to stop is the server's to take, and these go on until it stops them.</summary>
internal sealed class WithoutSignals : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
