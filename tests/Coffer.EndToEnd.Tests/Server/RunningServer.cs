using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Coffer.EndToEnd.Tests.Client;

namespace Coffer.EndToEnd.Tests.Server;

/// <summary>A program that runs, with the lines that it has written to stderr so far. It is killed when this is disposed.</summary>
public sealed partial class RunningServer : IAsyncDisposable
{
    /// <summary>How long a step may take on a busy machine before the test gives up.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Process _process;
    private readonly Task<byte[]> _output;
    private readonly Task _log;
    private readonly Lock _gate = new();
    private readonly List<string> _lines = [];
    private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private RunningServer(Process process)
    {
        _process = process;
        _process.StandardInput.Close();
        _output = ReadOutputAsync();
        _log = ReadLogAsync();
    }

    /// <summary>Starts what <paramref name="start"/> names, its input closed.</summary>
    internal static RunningServer Start(ProcessStartInfo start)
    {
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        return new RunningServer(Process.Start(start)!);
    }

    /// <summary>Starts <paramref name="program"/> in <paramref name="directory"/> (empty for this process's own), with <paramref name="environment"/> and nothing else in its environment.</summary>
    internal static RunningServer Start(string program, string[] arguments, string directory, IReadOnlyDictionary<string, string> environment)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = directory };
        start.Environment.Clear();
        foreach (var (name, value) in environment) start.Environment[name] = value;
        return Start(start);
    }

    /// <summary>Starts <see cref="Programs.ServerWithFailpoints"/>, which kills itself at <paramref name="point"/>. It has the environment of this process, for the runtime that it needs.</summary>
    internal static RunningServer StartWithFailpoint(string point, string[] arguments)
    {
        var start = new ProcessStartInfo(Programs.ServerWithFailpoints, arguments);
        start.Environment["COFFER_FAILPOINT"] = point;
        return Start(start);
    }

    public int ProcessId => _process.Id;

    /// <summary>What it ended with; null while it runs.</summary>
    public int? ExitCode => _process.HasExited ? _process.ExitCode : null;

    /// <summary>The lines of the log so far.</summary>
    public string[] Log
    {
        get
        {
            lock (_gate) return [.. _lines];
        }
    }

    /// <summary>The address that the server says it serves.</summary>
    public async Task<IPEndPoint> ServingAsync() =>
        IPEndPoint.Parse(Serving().Match(await LineAsync(line => Serving().IsMatch(line), "that says where it serves")).Groups[1].Value);

    /// <summary>Waits for a line of the log; the test fails with the whole log where the program ends without it.</summary>
    public async Task<string> LineAsync(Func<string, bool> isIt, string what)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            Task more;
            bool isWhole;
            lock (_gate)
            {
                if (_lines.Find(line => isIt(line)) is { } found) return found;
                (more, isWhole) = (_more.Task, _log.IsCompleted);
            }
            if (isWhole) Assert.Fail($"the program ended without a line {what}:\n{string.Join('\n', Log)}");
            try
            {
                await Task.WhenAny(more, _log).WaitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                Assert.Fail($"no line {what} within {Patience}:\n{string.Join('\n', Log)}");
            }
        }
    }

    /// <summary>Sends a signal: TERM, INT, HUP, KILL, STOP, CONT.</summary>
    public Task SignalAsync(string signal) => SignalAsync(signal, _process.Id);

    /// <summary>Sends a signal to another process that a test has started.</summary>
    public static async Task SignalAsync(string signal, int process)
    {
        using var kill = Process.Start("/bin/kill", [$"-{signal}", process.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    /// <summary>Waits for the end; the test fails where the program does not come to it.</summary>
    public async Task<Ended> EndedAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            await _process.WaitForExitAsync(patience.Token);
            await _log.WaitAsync(patience.Token);
            return new(_process.ExitCode, await _output.WaitAsync(patience.Token), string.Concat(Log.Select(line => line + "\n")));
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"the program did not end within {Patience}:\n{string.Join('\n', Log)}");
        }
    }

    /// <summary>Asks the server to stop, and waits until it has.</summary>
    public async Task<Ended> StopAsync()
    {
        await SignalAsync("TERM");
        return await EndedAsync();
    }

    /// <summary>Ends it as a crash would.</summary>
    public Task<Ended> KillAsync()
    {
        _process.Kill();
        return EndedAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await EndedAsync();
        _process.Dispose();
    }

    private async Task<byte[]> ReadOutputAsync()
    {
        var output = new MemoryStream();
        await _process.StandardOutput.BaseStream.CopyToAsync(output);
        return output.ToArray();
    }

    private async Task ReadLogAsync()
    {
        while (await _process.StandardError.ReadLineAsync() is { } line)
        {
            TaskCompletionSource told;
            lock (_gate)
            {
                _lines.Add(line);
                (told, _more) = (_more, new(TaskCreationOptions.RunContinuationsAsynchronously));
            }
            told.SetResult();
        }
    }

    [GeneratedRegex(@"serving on ([^ ]+:[0-9]+):")]
    private static partial Regex Serving();
}
