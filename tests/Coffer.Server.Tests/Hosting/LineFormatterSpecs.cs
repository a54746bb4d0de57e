using Coffer.Server.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Coffer.Server.Tests.Hosting;

/// <summary>One line an event, whatever is in it.</summary>
public sealed class LineFormatterSpecs
{
    private const string Time = @"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z ";

    [Theory]
    [InlineData(LogLevel.Trace, "debug ")]
    [InlineData(LogLevel.Debug, "debug ")]
    [InlineData(LogLevel.Information, "info  ")]
    [InlineData(LogLevel.Warning, "warn  ")]
    [InlineData(LogLevel.Error, "error ")]
    [InlineData(LogLevel.Critical, "error ")]
    public void Begins_with_the_time_in_UTC_and_the_level(LogLevel level, string word) =>
        Assert.Matches($"{Time}{word}served\n$", Write(level, "Coffer.Server", "served"));

    [Fact]
    public void Names_who_says_it_unless_it_is_Coffer() =>
        Assert.Matches($"{Time}warn  Akka\\.Remote: gone\n$", Write(LogLevel.Warning, "Akka.Remote", "gone"));

    [Theory]
    [InlineData("two\nlines")]
    [InlineData("two\r\nlines")]
    [InlineData("two\rlines")]
    [InlineData("two\u0085lines")]
    [InlineData("two\u2028lines")]
    public void Keeps_a_message_on_its_line(string message) =>
        Assert.EndsWith("info  two | lines\n", Write(LogLevel.Information, "Coffer.Server", message), StringComparison.Ordinal);

    [Fact]
    public void Names_an_exception_without_its_stack() =>
        Assert.EndsWith("error failed: InvalidOperationException: no | way\n", Write(LogLevel.Error, "Coffer.Server", "failed", Thrown()), StringComparison.Ordinal);

    [Fact]
    public void Writes_the_stack_on_the_same_line_where_asked()
    {
        var line = Write(LogLevel.Error, "Coffer.Server", "failed", Thrown(), withStacks: true);

        Assert.Contains(" | ", line, StringComparison.Ordinal);
        Assert.Contains(nameof(Thrown), line, StringComparison.Ordinal);
        Assert.Equal(line.Length - 1, line.IndexOf('\n', StringComparison.Ordinal));
    }

    private static InvalidOperationException Thrown()
    {
        try
        {
            throw new InvalidOperationException("no\nway");
        }
        catch (InvalidOperationException e)
        {
            return e;
        }
    }

    private static string Write(LogLevel level, string category, string message, Exception? exception = null, bool withStacks = false)
    {
        var formatter = new LineFormatter(Options.Create(new LineFormatterOptions { WithStacks = withStacks }));
        var text = new StringWriter { NewLine = "\n" };
        formatter.Write(new LogEntry<string>(level, category, default, message, exception, (state, _) => state), scopeProvider: null, text);
        return text.ToString();
    }
}
