using System.Diagnostics;
using Coffer.EndToEnd.Tests.Client;
using Coffer.EndToEnd.Tests.Server;

namespace Coffer.EndToEnd.Tests.Control;

/// <summary>A server with two clients, as its operator meets it: a work bench.</summary>
public sealed class ControlBench : IAsyncLifetime
{
    public const string Secret = "not-a-real-secret";

    private readonly ServerBench _bench = new();
    private readonly List<RunningServer> _followers = [];

    public ServerBench Files => _bench;

    public RunningServer Server { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        _bench.Environment["COFFER_DATA"] = _bench.DataDirectory;
        _bench.Options["--config"] = _bench.FilePath("node.conf");
        // A conversation that a test holds waits for it.
        await File.WriteAllTextAsync(_bench.FilePath("node.conf"), "coffer.limits.get = 10m\n");
        Server = await _bench.ServeAsync("--definition", _bench.Seal(_bench.OneClient($"PASSWORD = \"{Secret}\"", "PORT = 5432")));
    }

    /// <summary>Runs coffer-ctl to its end, its input closed.</summary>
    public Task<Ended> Ask(params string[] arguments) => _bench.RunAsync(Programs.Control, arguments);

    /// <summary>Runs coffer-ctl on a terminal, at whose keyboard <paramref name="typed"/> is typed.</summary>
    public Task<Ended> AskOnTerminal(string typed, string arguments) =>
        _bench.RunAsync("/bin/sh", "-c", $"printf '{typed}\\n' | script -qec '{Programs.Control} {arguments}' /dev/null");

    /// <summary>Starts coffer-ctl; its lines are those of the program's log.</summary>
    public RunningServer Follow(string arguments) => FollowCommand($"{Programs.Control} {arguments}");

    /// <summary>Likewise, on a terminal: what it writes over a line is a line of its own here.</summary>
    public RunningServer FollowOnTerminal(string arguments) => FollowCommand($"script -qefc '{Programs.Control} {arguments}' /dev/null");

    public async ValueTask DisposeAsync()
    {
        foreach (var follower in _followers) await follower.DisposeAsync();
        await _bench.DisposeAsync();
    }

    private RunningServer FollowCommand(string command)
    {
        var follower = RunningServer.Start("/bin/sh", ["-c", $"exec {command} >&2"], directory: "", _bench.Environment);
        _followers.Add(follower);
        return follower;
    }
}
