using System.Globalization;
using Akka.Actor;
using Akka.Hosting;
using Coffer.Server.Edge;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Systemd;

namespace Coffer.Server.Hosting;

/// <summary>Tells systemd how the server does: <c>READY</c> when it serves, <c>STOPPING</c> when asked to stop, <c>WATCHDOG</c> while it works. Does nothing where systemd did not start it.</summary>
/// <remarks>
/// The watchdog is fed as often as systemd asks for (sd_watchdog_enabled(3): twice in its time), each time after the edge has answered a message. So a
/// server whose threads or actors hang is started again; one whose database is away is not, because that would mend nothing.
/// </remarks>
public sealed class Systemd(ISystemdNotifier notifier, IReadOnlyActorRegistry actors, IHostApplicationLifetime lifetime) : BackgroundService
{
    private const string Microseconds = "WATCHDOG_USEC";
    private const string WatchedProcess = "WATCHDOG_PID";

    /// <summary>The server serves; <paramref name="status"/> is what <c>systemctl status</c> shows.</summary>
    public void Ready(string status) => Notify($"READY=1\nSTATUS={status}");

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!notifier.IsEnabled) return;
        using var stopping = lifetime.ApplicationStopping.Register(() => Notify("STOPPING=1\nSTATUS=finishing the conversations under way"));
        if (WatchdogTime() is not { } time)
        {
            await Task.Delay(Timeout.Infinite, lifetime.ApplicationStopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return;
        }

        using var feeding = new PeriodicTimer(time / 2);
        try
        {
            do
            {
                if (await IsAliveAsync(time / 2).ConfigureAwait(false)) Notify("WATCHDOG=1");
            }
            while (await feeding.WaitForNextTickAsync(lifetime.ApplicationStopping).ConfigureAwait(false));
        }
        catch (OperationCanceledException)
        {
        }
    }

    private void Notify(string state) => notifier.Notify(new ServiceState(state));

    private async Task<bool> IsAliveAsync(TimeSpan atMost)
    {
        try
        {
            var edge = await actors.GetAsync<EdgeListener>(lifetime.ApplicationStopping).ConfigureAwait(false);
            await edge.Ask<ActorIdentity>(new Identify(null), atMost, lifetime.ApplicationStopping).ConfigureAwait(false);
            return true;
        }
        catch (AskTimeoutException)
        {
            return false;
        }
    }

    private static TimeSpan? WatchdogTime()
    {
        if (Environment.GetEnvironmentVariable(WatchedProcess) is { Length: > 0 } process && process != Environment.ProcessId.ToString(CultureInfo.InvariantCulture)) return null;
        return long.TryParse(Environment.GetEnvironmentVariable(Microseconds), NumberStyles.None, CultureInfo.InvariantCulture, out var time) && time > 0
            ? TimeSpan.FromMicroseconds(time)
            : null;
    }
}
