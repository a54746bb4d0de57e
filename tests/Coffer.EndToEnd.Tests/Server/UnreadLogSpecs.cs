using System.Diagnostics;
using System.Globalization;
using Coffer.Tests.Shared;

namespace Coffer.EndToEnd.Tests.Server;

/// <summary>A log that nobody reads any more, as with a log driver that hangs or a terminal that is held.</summary>
[Takes(seconds: 20)]
public sealed class UnreadLogSpecs : IAsyncDisposable
{
    // Some twenty lines a conversation: more than a pipe and the server's own queue have room for.
    private const int Fetches = 1500;

    private const string Talkative = "akka.actor.debug { receive = on, autoreceive = on, lifecycle = on, event-stream = on }\n";

    // The server's stderr is a pipe of its own, whose reader can be suspended; its process is the shell's.
    private const string Script = """
        mkfifo log
        cat log >&2 &
        echo "reader $!" >&2
        exec "$0" "$@" 2>log
        """;

    private readonly ServerBench _bench = new();

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task Loses_lines_and_neither_fetches_nor_its_end()
    {
        await File.WriteAllTextAsync(_bench.FilePath("talkative.conf"), Talkative, TestContext.Current.CancellationToken);
        string[] options = [.. _bench.Options.SelectMany(option => new[] { option.Key, option.Value }), "--log-level", "debug", "--config", "talkative.conf", "--definition", _bench.Seal(_bench.OneClient("PORT = 1"))];
        await using var server = RunningServer.Start("/bin/sh", ["-c", Script, Programs.Server, .. options], Path.GetDirectoryName(_bench.FilePath("log"))!, _bench.Environment);
        await server.ServingAsync();
        var reader = int.Parse((await server.LineAsync(line => line.StartsWith("reader ", StringComparison.Ordinal), "of the reader"))["reader ".Length..], CultureInfo.InvariantCulture);
        await RunningServer.SignalAsync("STOP", reader);
        try
        {
            for (var i = 0; i < Fetches; i++) await _bench.FetchAsync(server);
            await server.SignalAsync("TERM");
            for (var begin = Stopwatch.GetTimestamp(); server.ExitCode is null && Stopwatch.GetElapsedTime(begin) < RunningServer.Patience;) await Task.Delay(50, TestContext.Current.CancellationToken);

            Assert.Equal(0, server.ExitCode);
        }
        finally
        {
            await RunningServer.SignalAsync("CONT", reader);
        }
    }
}
