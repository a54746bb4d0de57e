using System.Diagnostics;
using System.Net;
using System.Text;
using Coffer.Client;
using Coffer.Crypto.Keys;
using Coffer.Definitions.Sealed;
using Coffer.EndToEnd.Tests.Client;
using Coffer.Protocol.Secrets;

namespace Coffer.EndToEnd.Tests.Server;

/// <summary>Keys, definitions, a data directory, and the coffer-servers that a test starts on them: a work bench.</summary>
public sealed class ServerBench : IAsyncDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("coffer-server-");
    private readonly KeyPair _server;
    private readonly KeyPair _companion;
    private readonly List<RunningServer> _started = [];
    private long _serial;

    public ServerBench()
    {
        _server = MakeKey("server.pem");
        _companion = MakeKey("companion.pem");
        Client = MakeKey("client.pem");
        Options = new()
        {
            ["--key"] = FilePath("server.pem"),
            ["--companion"] = _companion.PublicKey.ToString(),
            ["--listen"] = "127.0.0.1:0",
            ["--metrics"] = "off",
            ["--data"] = DataDirectory,
        };
    }

    /// <summary>The key of the client that <see cref="OneClient"/> names; also in <c>client.pem</c>.</summary>
    public KeyPair Client { get; }

    public PublicKey ServerKey => _server.PublicKey;

    public PublicKey CompanionKey => _companion.PublicKey;

    public string DataDirectory => FilePath("data");

    /// <summary>What every server is started with, before the arguments that a test adds; a test may change or remove any.</summary>
    public Dictionary<string, string> Options { get; }

    /// <summary>The whole environment of every program started.</summary>
    public Dictionary<string, string> Environment { get; } = new() { ["PATH"] = "/usr/local/bin:/usr/bin:/bin" };

    /// <summary>A definition with one client, named client, that has the secrets given as lines of TOML.</summary>
    public string OneClient(params string[] secrets) => $"[clients]\nclient = \"{Client.PublicKey}\"\n[client]\n{string.Join('\n', secrets)}\n";

    public string FilePath(string name) => Path.Combine(_directory.FullName, name);

    /// <summary>Makes a key pair in a new file.</summary>
    public KeyPair MakeKey(string name)
    {
        Assert.True(KeyFile.TryCreate(FilePath(name), out _, out var problem), problem?.Message);
        Assert.True(KeyFile.TryRead(FilePath(name), allowOpen: false, out var pair, out problem), problem?.Message);
        return pair;
    }

    /// <summary>Seals <paramref name="toml"/> as this bench's companion for this bench's server, newer than what was sealed before, and returns the file's path.</summary>
    public string Seal(string toml, string name = "definition.coffer") => Seal(toml, name, _companion, ServerKey, ++_serial);

    /// <summary>As above, as anybody for any server.</summary>
    public string Seal(string toml, string name, KeyPair companion, PublicKey server, long serial)
    {
        using var file = File.Create(FilePath(name));
        SealedDefinition.Seal(new MemoryStream(Encoding.UTF8.GetBytes(toml)), companion, server, serial, DateTimeOffset.UtcNow, file);
        return FilePath(name);
    }

    /// <summary>Starts a server and waits until it serves; the test fails with its log where it does not come to that.</summary>
    public async Task<RunningServer> ServeAsync(params string[] arguments)
    {
        var server = Start(arguments);
        await server.ServingAsync();
        return server;
    }

    /// <summary>Starts a server on <paramref name="toml"/>, sealed.</summary>
    public Task<RunningServer> ServeDefinitionAsync(string toml) => ServeAsync("--definition", Seal(toml));

    /// <summary>Starts a server and waits for nothing.</summary>
    public RunningServer Start(params string[] arguments)
    {
        var server = StartProgram(Programs.Server, WithOptions(arguments));
        _started.Add(server);
        return server;
    }

    /// <summary>As <see cref="Start"/>, of <see cref="Programs.ServerWithFailpoints"/>, which kills itself at <paramref name="point"/>.</summary>
    public RunningServer StartWithFailpoint(string point, params string[] arguments)
    {
        var server = RunningServer.StartWithFailpoint(point, WithOptions(arguments));
        _started.Add(server);
        return server;
    }

    /// <summary>Starts coffer-ctl on the server that has the data directory; what it prints are the lines of its log.</summary>
    public RunningServer StartControl(params string[] arguments)
    {
        var control = StartProgram("/bin/sh", ["-c", "exec \"$0\" \"$@\" >&2", Programs.Control, "--data", DataDirectory, .. arguments]);
        _started.Add(control);
        return control;
    }

    /// <summary>Starts a server that cannot start: it writes one line and one hint, which are returned, and nothing else anywhere.</summary>
    public async Task<(string Error, string Hint)> RefusalAsync(int exitCode, params string[] arguments)
    {
        var ended = await Start(arguments).EndedAsync();

        var lines = ended.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.True(lines.Length == 2, ended.Error);
        Assert.StartsWith("coffer-server: error: ", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("coffer-server: hint: ", lines[1], StringComparison.Ordinal);
        Assert.Equal((exitCode, ""), (ended.ExitCode, ended.Text));
        return (lines[0]["coffer-server: error: ".Length..], lines[1]["coffer-server: hint: ".Length..]);
    }

    /// <summary>Runs any program to its end, in this bench's directory and environment.</summary>
    public async Task<Ended> RunAsync(string program, params string[] arguments)
    {
        await using var running = StartProgram(program, arguments);
        return await running.EndedAsync();
    }

    /// <summary>Runs coffer-ctl on the server that has the data directory.</summary>
    public Task<Ended> ControlAsync(params string[] arguments) => RunAsync(Programs.Control, ["--data", DataDirectory, .. arguments]);

    /// <summary>Fetches the coffer of <see cref="Client"/>; the test fails where there is none.</summary>
    public async Task<OpenCoffer> FetchAsync(RunningServer server) => Assert.IsType<FetchOutcome.Fetched>(await TryFetchAsync(server, Client)).Coffer;

    /// <summary>Fetches the coffer of <paramref name="client"/>, who pins <paramref name="pinned"/>, or <see cref="ServerKey"/> unless given.</summary>
    public async Task<FetchOutcome> TryFetchAsync(RunningServer server, KeyPair client, PublicKey? pinned = null)
    {
        Assert.True(ServerAddress.TryRead((await server.ServingAsync()).ToString(), out var address));
        return await CofferClient.FetchAsync(new CofferClientOptions { Servers = [address], ServerKey = pinned ?? ServerKey, Key = client, Timeout = RunningServer.Patience }, TestContext.Current.CancellationToken);
    }

    /// <summary>Every file below the data directory with its content, to find out whether anything was changed.</summary>
    public IReadOnlyList<string> DataFiles() => !Directory.Exists(DataDirectory)
        ? []
        : [.. Directory.EnumerateFiles(DataDirectory, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(file => $"{Path.GetRelativePath(DataDirectory, file)}: {Convert.ToHexString(File.ReadAllBytes(file))}")];

    /// <summary>The content of a file that a server may hold a lock on, which .NET would wait behind.</summary>
    public static byte[] ReadHeld(string file)
    {
        using var reading = Process.Start(new ProcessStartInfo("/bin/cat", ["--", file]) { RedirectStandardOutput = true })!;
        var bytes = new MemoryStream();
        reading.StandardOutput.BaseStream.CopyTo(bytes);
        reading.WaitForExit();
        Assert.Equal(0, reading.ExitCode);
        return bytes.ToArray();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _started) await server.DisposeAsync();
        foreach (var key in new[] { _server, _companion, Client }) key.Dispose();
        _directory.Delete(recursive: true);
    }

    private string[] WithOptions(string[] arguments) => [.. Options.SelectMany(option => new[] { option.Key, option.Value }), .. arguments];

    private RunningServer StartProgram(string program, string[] arguments) => RunningServer.Start(program, arguments, _directory.FullName, Environment);
}
