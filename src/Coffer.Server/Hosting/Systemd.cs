using System.Globalization;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Hosting;
using Coffer.Server.Edge;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Systemd;
using Microsoft.Extensions.Logging;

namespace Coffer.Server.Hosting;

/// <summary>Tells systemd how the server does: <c>READY</c> when it serves, <c>STOPPING</c> when asked to stop, <c>WATCHDOG</c> while it works. Does nothing where systemd did not start it.</summary>
/// <remarks>
/// The watchdog is fed as often as systemd asks for (sd_watchdog_enabled(3): twice in its time), each time after the edge has answered a message. So a
/// server whose threads or actors hang is started again; one whose database is away is not, because that would mend nothing.
/// </remarks>
public sealed partial class Systemd(ISystemdNotifier notifier, IReadOnlyActorRegistry actors, IHostApplicationLifetime lifetime, ILogger<Systemd> log) : BackgroundService
{
    // What a timer takes, and what is worth one.
    private const long ShortestMicroseconds = 10_000;
    private const long LongestMicroseconds = 3_600_000_000;

    private const string Microseconds = "WATCHDOG_USEC";
    private const string WatchedProcess = "WATCHDOG_PID";

    private readonly ILogger _log = log;

    /// <summary>The server serves; <paramref name="status"/> is what <c>systemctl status</c> shows.</summary>
    public void Ready(string status) => Notify($"READY=1\nSTATUS={status}");

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!notifier.IsEnabled) return;
        try
        {
            await FeedAsync(lifetime.ApplicationStopping).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
        }
        Notify("STOPPING=1\nSTATUS=finishing the conversations under way");
    }

    private async Task FeedAsync(CancellationToken stopping)
    {
        if (FeedEvery() is not { } period)
        {
            await Task.Delay(Timeout.Infinite, stopping).ConfigureAwait(false);
            return;
        }

        using var feeding = new PeriodicTimer(period);
        do
        {
            if (await IsAliveAsync(period).ConfigureAwait(false)) Notify("WATCHDOG=1");
        }
        while (await feeding.WaitForNextTickAsync(stopping).ConfigureAwait(false));
    }

    // systemd not listening for a moment, as while it is upgraded, is no reason to stop serving.
    private void Notify(string state)
    {
        try
        {
            notifier.Notify(new ServiceState(state));
        }
        // Or what is named is no address of a socket.
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            LogNotTold(e);
        }
    }

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

    private static TimeSpan? FeedEvery()
    {
        if (Environment.GetEnvironmentVariable(WatchedProcess) is { Length: > 0 } process && process != Environment.ProcessId.ToString(CultureInfo.InvariantCulture)) return null;
        return long.TryParse(Environment.GetEnvironmentVariable(Microseconds), NumberStyles.None, CultureInfo.InvariantCulture, out var time) && time > 0
            ? TimeSpan.FromMicroseconds(Math.Clamp(time / 2, ShortestMicroseconds, LongestMicroseconds))
            : null;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "systemd cannot be told how this server does")]
    private partial void LogNotTold(Exception cause);
}
