using System.Diagnostics;
using Coffer.Client.Tests;
using Coffer.Crypto.Keys;
using Coffer.Protocol.Secrets;
using Xunit;

namespace Coffer.EndToEnd.Tests.Client;

/// <summary>A server with one coffer, and all that coffer-client needs to ask it: a work bench for a test.</summary>
public sealed class ClientBench : IAsyncDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("coffer-client-");
    private readonly KeyPair _serverKey = KeyPair.Generate();
    private ScriptedServer _server;

    public ClientBench(params (string Key, SecretValue Value)[] secrets)
    {
        Assert.True(KeyFile.TryCreate(KeyFilePath, out var key, out _));
        Key = key;
        _server = ScriptedServer.Serving(_serverKey, OpenCoffer.Of(secrets.Select(s => KeyValuePair.Create(s.Key, s.Value))));
        Environment = new()
        {
            ["PATH"] = "/usr/local/bin:/usr/bin:/bin",
            ["COFFER_SERVER"] = _server.Address,
            ["COFFER_SERVER_KEY"] = _serverKey.PublicKey.ToString(),
            ["COFFER_KEY_FILE"] = KeyFilePath,
        };
    }

    /// <summary>The client's public key.</summary>
    public PublicKey Key { get; }

    public PublicKey ServerKey => _serverKey.PublicKey;

    public ScriptedServer Server => _server;

    public string KeyFilePath => FilePath("client.pem");

    /// <summary>All that the program is started with.</summary>
    public Dictionary<string, string> Environment { get; }

    public string FilePath(string name) => Path.Combine(_directory.FullName, name);

    /// <summary>Puts a server in place that does something else.</summary>
    public async Task Play(params Action<ServerSide>[] acts)
    {
        await _server.DisposeAsync();
        _server = new ScriptedServer(_serverKey, acts);
        Environment["COFFER_SERVER"] = _server.Address;
    }

    /// <summary>Runs coffer-client to its end.</summary>
    public Task<Ended> Client(params string[] arguments) => Run(Programs.Client, arguments);

    /// <summary>Runs coffer-client to its end, under a shell's script that ends in <c>exec "$@"</c>.</summary>
    public Task<Ended> ClientUnder(string script, params string[] arguments) => Run("/bin/sh", ["-c", script, "sh", Programs.Client, .. arguments]);

    public async Task<Ended> Run(string program, string[] arguments, byte[]? input = null)
    {
        using var process = Start(program, arguments);
        var output = new MemoryStream();
        var reading = process.StandardOutput.BaseStream.CopyToAsync(output, TestContext.Current.CancellationToken);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.StandardInput.BaseStream.WriteAsync(input ?? [], TestContext.Current.CancellationToken);
        process.StandardInput.Close();
        await WaitFor(process);
        await reading;
        return new(process.ExitCode, output.ToArray(), await error);
    }

    /// <summary>Starts coffer-client; the caller waits for it by <see cref="WaitFor"/>.</summary>
    public Process Start(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _directory.FullName,
        };
        start.Environment.Clear();
        foreach (var (name, value) in Environment) start.Environment[name] = value;
        return Process.Start(start)!;
    }

    /// <summary>Waits for the end; a process that does not come to it is killed, and the test fails.</summary>
    public static async Task WaitFor(Process process)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _serverKey.Dispose();
        _directory.Delete(recursive: true);
    }
}
