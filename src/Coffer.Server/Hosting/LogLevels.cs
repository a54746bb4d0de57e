using Microsoft.Extensions.Logging;

namespace Coffer.Server.Hosting;

/// <summary>The levels of the log, as operators write them.</summary>
internal static class LogLevels
{
    /// <summary>Reads <c>debug</c>, <c>info</c>, <c>warning</c> or <c>error</c>.</summary>
    internal static bool TryRead(string word, out LogLevel level)
    {
        LogLevel? read = word switch
        {
            "debug" => LogLevel.Debug,
            "info" => LogLevel.Information,
            "warning" => LogLevel.Warning,
            "error" => LogLevel.Error,
            _ => null,
        };
        level = read ?? default;
        return read is not null;
    }

    /// <summary>The other way round.</summary>
    internal static string WordOf(LogLevel level) => level switch
    {
        LogLevel.Trace or LogLevel.Debug => "debug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warning",
        _ => "error",
    };

    /// <summary>What Akka itself has to say matters to operators from warning up.</summary>
    internal static Akka.Event.LogLevel AkkaLevel(LogLevel least) => least switch
    {
        LogLevel.Debug => Akka.Event.LogLevel.DebugLevel,
        LogLevel.Error => Akka.Event.LogLevel.ErrorLevel,
        _ => Akka.Event.LogLevel.WarningLevel,
    };
}
