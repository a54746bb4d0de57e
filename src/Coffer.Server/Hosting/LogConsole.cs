using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace Coffer.Server.Hosting;

/// <summary>Logs go to stderr, one line an event, in UTC, and the last of them stay in memory for operators.</summary>
public static class LogConsole
{
    private const int QueuedLines = 10_000;

    /// <summary>Writes from <paramref name="least"/> up until <see cref="LogLevelSwitch"/> says otherwise.</summary>
    public static ILoggingBuilder AddCofferConsole(this ILoggingBuilder logging, LogLevel least, LogFormat format)
    {
        var level = new LogLevelSwitch(least);
        var ring = new LogRing();
        logging.AddProvider(ring);
        logging.Services.AddSingleton(ring).AddSingleton(level)
            .AddSingleton<IConfigureOptions<LoggerFilterOptions>>(level)
            .AddSingleton<IOptionsChangeTokenSource<LoggerFilterOptions>>(level);
        logging.Services.Configure<ConsoleLoggerOptions>(console =>
        {
            console.LogToStandardErrorThreshold = LogLevel.Trace;
            // Where nobody reads stderr any more, lines are lost, and counted, rather than every actor waiting for the one before it.
            console.QueueFullMode = ConsoleLoggerQueueFullMode.DropWrite;
            console.MaxQueueLength = QueuedLines;
        });
        return format == LogFormat.Json
            ? logging.AddJsonConsole(json => (json.TimestampFormat, json.UseUtcTimestamp) = ("yyyy-MM-ddTHH:mm:ss.fffZ", true))
            : logging.AddConsole(console => console.FormatterName = LineFormatter.FormatterName)
                .AddConsoleFormatter<LineFormatter, LineFormatterOptions>(line => line.WithStacks = least == LogLevel.Debug);
    }
}
