using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace Coffer.Server.Hosting;

/// <summary>How <see cref="LineFormatter"/> writes.</summary>
public sealed class LineFormatterOptions : ConsoleFormatterOptions
{
    /// <summary>Whether exceptions are written with their stack, on one line still.</summary>
    public bool WithStacks { get; set; }
}

/// <summary>One line an event: time in UTC, level, who says it unless it is Coffer itself, what.</summary>
public sealed class LineFormatter(IOptions<LineFormatterOptions> options) : ConsoleFormatter(FormatterName)
{
    /// <summary>The name that the console logger finds it by.</summary>
    public const string FormatterName = "coffer-line";

    private const string Own = "Coffer.";

    /// <inheritdoc/>
    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        textWriter.Write(DateTimeOffset.UtcNow.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture));
        textWriter.Write(Word(logEntry.LogLevel));
        if (!logEntry.Category.StartsWith(Own, StringComparison.Ordinal)) textWriter.Write($"{logEntry.Category}: ");
        textWriter.Write(OneLine(logEntry.Formatter(logEntry.State, logEntry.Exception)));
        if (logEntry.Exception is { } cause) textWriter.Write(OneLine(options.Value.WithStacks ? $": {cause}" : $": {cause.GetType().Name}: {cause.Message}"));
        textWriter.WriteLine();
    }

    private static string Word(LogLevel level) => level switch
    {
        LogLevel.Trace or LogLevel.Debug => " debug ",
        LogLevel.Information => " info  ",
        LogLevel.Warning => " warn  ",
        _ => " error ",
    };

    private static string OneLine(string text) => text.ReplaceLineEndings(" | ");
}
