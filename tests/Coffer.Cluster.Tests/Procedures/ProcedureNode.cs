using System.Globalization;
using System.Net;
using Coffer.Client;
using Coffer.EndToEnd.Tests;
using Coffer.EndToEnd.Tests.Server;

namespace Coffer.Cluster.Tests.Procedures;

/// <summary>A host with a coffer-server as docs/systemd/README.md installs it, in a directory: its settings, programs and data, and what systemd would do with them.</summary>
internal sealed class ProcedureNode : IAsyncDisposable
{
    private readonly string _directory;
    private RunningServer? _server;

    /// <summary>Lays out a node whose settings, besides its own files and addresses, are <paramref name="settings"/>.</summary>
    internal ProcedureNode(string directory, string host, int clientPort, int metricsPort, params (string Name, string Value)[] settings)
    {
        _directory = directory;
        Host = host;
        Assert.True(ServerAddress.TryRead($"127.0.0.1:{clientPort.ToString(CultureInfo.InvariantCulture)}", out var address));
        Address = address;
        Metrics = new IPEndPoint(IPAddress.Loopback, metricsPort);
        Directory.CreateDirectory(Settings);
        Directory.CreateDirectory(ProgramFolder);
        foreach (var file in Directory.GetFiles(Programs.Folder)) File.CreateSymbolicLink(Path.Combine(ProgramFolder, Path.GetFileName(file)), file);
        (string Name, string Value)[] all =
        [
            ("COFFER_KEY", Key), ("COFFER_DEFINITION", Definition), ("COFFER_DATA", Data), ("COFFER_LISTEN", Address.ToString()), ("COFFER_METRICS", Metrics.ToString()), .. settings,
        ];
        File.WriteAllLines(Environment, all.Select(setting => $"{setting.Name}={setting.Value}"));
    }

    internal string Host { get; }

    /// <summary>Where clients come to.</summary>
    internal ServerAddress Address { get; }

    internal IPEndPoint Metrics { get; }

    /// <summary>The directory of its settings.</summary>
    internal string Settings => Path.Combine(_directory, "settings");

    internal string ProgramFolder => Path.Combine(_directory, "programs");

    internal string Data => Path.Combine(_directory, "data");

    /// <summary>The server's key pair.</summary>
    internal string Key => Path.Combine(Settings, "server.pem");

    /// <summary>The sealed definition that it starts on.</summary>
    internal string Definition => Path.Combine(Settings, "definition.coffer");

    /// <summary>The program that runs, as a path without links.</summary>
    internal string RunningProgram => new FileInfo($"/proc/{_server!.ProcessId}/exe").ResolveLinkTarget(returnFinalTarget: true)!.FullName;

    /// <summary>The last lines of its log; none where it does not run.</summary>
    internal IEnumerable<string> Log => _server?.Log.TakeLast(60) ?? [];

    private string Environment => Path.Combine(Settings, "server.env");

    /// <summary>Does what <c>systemctl</c> is told; null where it is done, else why not.</summary>
    internal async Task<string?> DoAsync(string command) => command switch
    {
        "start coffer-server" or "enable --now coffer-server" => await StartAsync(),
        "stop coffer-server" or "disable --now coffer-server" => await StopAsync(),
        "restart coffer-server" => await StopAsync() ?? await StartAsync(),
        _ => $"systemctl {command} is nothing that this harness knows",
    };

    /// <summary>Ends the server as a crash of its host would; nobody starts it again.</summary>
    internal async Task KillAsync()
    {
        await _server!.KillAsync();
        await EndedAsync();
    }

    /// <summary>Waits until the server has ended itself, and says with which exit code; nobody starts it again.</summary>
    internal async Task<int> EndedAsync()
    {
        var ended = await _server!.EndedAsync();
        await _server.DisposeAsync();
        _server = null;
        return ended.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
    }

    // Done, as for a unit of Type=notify, when it serves.
    private async Task<string?> StartAsync()
    {
        if (_server is not null) return $"{Host} runs already";
        var environment = File.ReadAllLines(Environment).Select(line => line.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);
        _server = RunningServer.Start(Path.Combine(ProgramFolder, "coffer-server"), [], _directory, environment);
        await _server.ServingAsync();
        return null;
    }

    private async Task<string?> StopAsync()
    {
        // What does not run is stopped already, to systemctl too.
        if (_server is null) return null;
        // One that has left the cluster has ended, or is about to.
        var ended = await _server.StopAsync();
        await _server.DisposeAsync();
        _server = null;
        return ended.ExitCode == 0 ? null : $"{Host} ended with exit code {ended.ExitCode}:\n{ended.Error}";
    }
}
