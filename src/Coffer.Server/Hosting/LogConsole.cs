using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Coffer.Server.Hosting;

/// <summary>Logs go to stderr, one line an event, in UTC.</summary>
public static class LogConsole
{
    /// <summary>Writes Coffer's own events from <paramref name="least"/> up, and Akka's and the host's from warning up unless debugging.</summary>
    public static ILoggingBuilder AddCofferConsole(this ILoggingBuilder logging, LogLevel least, LogFormat format)
    {
        logging.SetMinimumLevel(least);
        var others = least == LogLevel.Information ? LogLevel.Warning : least;
        logging.AddFilter("Akka", others).AddFilter("Microsoft", others);
        logging.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        return format == LogFormat.Json
            ? logging.AddJsonConsole(json => (json.TimestampFormat, json.UseUtcTimestamp) = ("yyyy-MM-ddTHH:mm:ss.fffZ", true))
            : logging.AddConsole(console => console.FormatterName = LineFormatter.FormatterName)
                .AddConsoleFormatter<LineFormatter, LineFormatterOptions>(line => line.WithStacks = least == LogLevel.Debug);
    }
}
