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
    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter) =>
        textWriter.WriteLine(Line(logEntry.LogLevel, logEntry.Category, logEntry.Formatter(logEntry.State, logEntry.Exception), logEntry.Exception, options.Value.WithStacks));

    /// <summary>The line of an event, without its line feed.</summary>
    internal static string Line(LogLevel level, string category, string message, Exception? cause, bool withStack)
    {
        var time = DateTimeOffset.UtcNow.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
        var who = category.StartsWith(Own, StringComparison.Ordinal) ? "" : $"{category}: ";
        var why = cause is null ? "" : withStack ? $": {cause}" : $": {cause.GetType().Name}: {cause.Message}";
        return $"{time}{Word(level)}{who}{OneLine(message)}{OneLine(why)}";
    }

    private static string Word(LogLevel level) => level switch
    {
        LogLevel.Trace or LogLevel.Debug => " debug ",
        LogLevel.Information => " info  ",
        LogLevel.Warning => " warn  ",
        _ => " error ",
    };

    // What a terminal would take for a command is written out.
    private static string OneLine(string text)
    {
        var line = text.ReplaceLineEndings(" | ");
        return line.Any(IsControl) ? string.Concat(line.Select(c => IsControl(c) ? $"\\u{(int)c:x4}" : c.ToString())) : line;
    }

    private static bool IsControl(char c) => char.GetUnicodeCategory(c) is UnicodeCategory.Control or UnicodeCategory.Format;
}
