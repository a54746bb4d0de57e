using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using Coffer.Crypto.Keys;
using Coffer.Definitions.Sealed;
using Xunit;

namespace Coffer.EndToEnd.Tests.OtherClients;

/// <summary>The published coffer-server as a process of its own, serving one sealed definition on a free port of loopback.</summary>
public sealed partial class PublishedServer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("coffer-server-");
    private readonly StringBuilder _log = new();
    private readonly TaskCompletionSource<string> _serving = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Process _process = new();

    /// <summary>The key that clients pin.</summary>
    public PublicKey Key { get; private set; }

    /// <summary>Host and port.</summary>
    public string Address { get; private set; } = "";

    /// <summary>Makes a key pair in a file of this server's directory, for a client.</summary>
    public (string File, PublicKey Key) NewKey(string name)
    {
        var file = Path.Combine(_directory.FullName, name);
        Assert.True(KeyFile.TryCreate(file, out var key, out var problem), problem?.Message);
        return (file, key);
    }

    /// <summary>Seals <paramref name="toml"/> as a companion does, and returns once the server serves it.</summary>
    public async Task StartAsync(string toml)
    {
        (var keyFile, Key) = NewKey("server.pem");
        using var companion = KeyPair.Generate();
        var definition = Path.Combine(_directory.FullName, "definition.coffer");
        using (var file = File.Create(definition))
            SealedDefinition.Seal(new MemoryStream(Encoding.UTF8.GetBytes(toml)), companion, Key, serial: 1, DateTimeOffset.UtcNow, file);

        _process.StartInfo = new ProcessStartInfo(Programs.Server,
            ["--key", keyFile, "--companion", companion.PublicKey.ToString(), "--definition", definition, "--listen", "127.0.0.1:0", "--data", Path.Combine(_directory.FullName, "data")])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _directory.FullName,
        };
        foreach (var name in _process.StartInfo.Environment.Keys.Where(name => name.StartsWith("COFFER_", StringComparison.Ordinal)).ToArray()) _process.StartInfo.Environment.Remove(name);
        _process.EnableRaisingEvents = true;
        _process.OutputDataReceived += (_, e) => Read(e.Data);
        _process.ErrorDataReceived += (_, e) => Read(e.Data);
        _process.Exited += (_, _) => _serving.TrySetException(new InvalidOperationException("the server ended before it served"));
        Assert.True(_process.Start());
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        try
        {
            Address = await _serving.Task.WaitAsync(Patience);
        }
        catch (Exception e) when (e is InvalidOperationException or TimeoutException)
        {
            string log;
            lock (_log) log = _log.ToString();
            throw new InvalidOperationException($"the server does not serve: {log}", e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_process.StartInfo.FileName.Length > 0)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }
        _process.Dispose();
        _directory.Delete(recursive: true);
    }

    private void Read(string? line)
    {
        if (line is null) return;
        lock (_log) _log.AppendLine(line);
        if (ServingOn().Match(line) is { Success: true } match) _serving.TrySetResult(match.Groups[1].Value);
    }

    [GeneratedRegex(@"serving on (\S+:\d+): ")]
    private static partial Regex ServingOn();
}
