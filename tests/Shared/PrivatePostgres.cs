using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Coffer.Tests.Shared;

/// <summary>A PostgreSQL of its own, on a port of loopback that no client is given, in a directory that goes with it.</summary>
/// <remarks>
/// Its first user, <c>coffer</c>, may do everything and has a password of its own. Commits are not forced to the disk, but outlive every end of its
/// processes. PostgreSQL refuses to run as root, so for root it runs as the user that its package makes.
/// </remarks>
public sealed class PrivatePostgres : IAsyncDisposable
{
    private const string User = "coffer";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    // The newest that can make a database: packages of clients alone have a directory of that kind, too.
    private static readonly string Programs = Directory.GetDirectories("/usr/lib/postgresql").Where(version => File.Exists(Path.Combine(version, "bin", "initdb")))
        .MaxBy(version => int.Parse(Path.GetFileName(version), CultureInfo.InvariantCulture)) is { } newest
        ? Path.Combine(newest, "bin")
        : throw new DirectoryNotFoundException("there is no PostgreSQL: run 'make prepare'");

    private readonly string _directory = Directory.CreateTempSubdirectory("coffer-postgres-").FullName;
    private readonly List<string> _log = [];
    private Process? _server;
    private int _databases;

    private PrivatePostgres(IPAddress? alsoAt) => Host = alsoAt ?? IPAddress.Loopback;

    /// <summary>The address that its users are given.</summary>
    public IPAddress Host { get; }

    /// <summary>Where it listens.</summary>
    public int Port { get; } = FreePort();

    /// <summary>The file with the users' password.</summary>
    public string PasswordFile => Path.Combine(_directory, "password");

    /// <summary>The password, which must not be found anywhere else.</summary>
    public string Password { get; } = Convert.ToHexString(RandomNumberGenerator.GetBytes(16));

    /// <summary>The directory of its databases and all that belongs to them.</summary>
    public string Data => Path.Combine(_directory, "data");

    /// <summary>What it has logged so far.</summary>
    public string Log
    {
        get
        {
            lock (_log) return string.Join('\n', _log);
        }
    }

    /// <summary>Makes and starts one, which listens besides loopback at <paramref name="alsoAt"/>, for all of that address's network.</summary>
    public static async Task<PrivatePostgres> StartAsync(IPAddress? alsoAt = null)
    {
        var made = new PrivatePostgres(alsoAt);
        try
        {
            await File.WriteAllTextAsync(made.PasswordFile, made.Password + "\n");
            File.SetUnixFileMode(made.PasswordFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            if (Environment.IsPrivilegedProcess) await RunAsync("/bin/chown", "-R", "postgres:", made._directory);
            await made.RunAsOwnerAsync("initdb", "-D", made.Data, "-U", User, "--pwfile", made.PasswordFile, "-A", "scram-sha-256", "-E", "UTF8", "--locale=C", "--no-sync");
            if (alsoAt is not null) await File.AppendAllTextAsync(Path.Combine(made.Data, "pg_hba.conf"), "host all all samenet scram-sha-256\n");
            await made.StartAgainAsync();
            return made;
        }
        catch
        {
            await made.DisposeAsync();
            throw;
        }
    }

    /// <summary>Makes an empty database of <paramref name="owner"/>; returns its name.</summary>
    public async Task<string> CreateDatabaseAsync(string owner = User)
    {
        var name = $"coffer{Interlocked.Increment(ref _databases)}";
        await QueryAsync("postgres", $"CREATE DATABASE {name} OWNER {owner}");
        return name;
    }

    /// <summary>Makes another user with the same password, who may do nothing but what <paramref name="options"/> say, as in <c>CREATE ROLE</c>.</summary>
    public Task AddUserAsync(string name, string options = "") => QueryAsync("postgres", $"CREATE ROLE {name} LOGIN PASSWORD '{Password}' {options}");

    /// <summary>A database as <c>--store</c> takes it.</summary>
    public string Address(string database, string user = User) => $"postgres://{user}@{Host}:{Port}/{database}?password-file={PasswordFile}";

    /// <summary>Runs <paramref name="sql"/> and returns its rows, a line each.</summary>
    public Task<string> QueryAsync(string database, string sql) => RunAsync(Start(
        Path.Combine(Programs, "psql"), ["-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", PortText, "-U", User, "-d", database, "-c", sql], ("PGPASSWORD", Password)));

    /// <summary>Cuts every connection and stops.</summary>
    public Task StopAsync() => EndAsync(() => Signal("INT", _server!.Id));

    /// <summary>Kills all of its processes at once.</summary>
    public Task KillAsync() => EndAsync(() => Signal("KILL", [_server!.Id, .. Children()]));

    /// <summary>Suspends all of its processes: connections are taken, and nothing is answered.</summary>
    public Task SuspendAsync() => Signal("STOP", [_server!.Id, .. Children()]);

    /// <summary>Ends that.</summary>
    public Task ResumeAsync() => Signal("CONT", [.. Children(), _server!.Id]);

    /// <summary>Takes encrypted connections from now on; returns the certificate, which is its own authority, for 127.0.0.1.</summary>
    public async Task<string> EncryptAsync()
    {
        var (key, certificate) = (Path.Combine(_directory, "tls.key"), Path.Combine(_directory, "tls.pem"));
        await RunAsync(
            "/usr/bin/openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=coffer test database",
            "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate);
        if (Environment.IsPrivilegedProcess) await RunAsync("/bin/chown", "postgres:", key, certificate);
        foreach (var (setting, value) in new[] { ("ssl_key_file", key), ("ssl_cert_file", certificate), ("ssl", "on") }) await QueryAsync("postgres", $"ALTER SYSTEM SET {setting} = '{value}'");
        await StopAsync();
        await StartAgainAsync();
        return certificate;
    }

    /// <summary>Starts it where it was before, with what it had.</summary>
    public async Task StartAgainAsync()
    {
        _server = Start(AsOwner(
            "postgres", "-D", Data, "-p", PortText, "-c", $"listen_addresses=127.0.0.1,{Host}", "-c", "unix_socket_directories=", "-c", "fsync=off", "-c", "max_connections=100", "-c", "shared_buffers=32MB"));
        _server.ErrorDataReceived += (_, line) => { lock (_log) _log.Add(line.Data ?? ""); };
        _server.BeginErrorReadLine();
        using var patience = new CancellationTokenSource(Patience);
        while (!await AnswersAsync())
        {
            if (_server.HasExited || patience.IsCancellationRequested) throw new InvalidOperationException($"PostgreSQL did not start:\n{Log}");
            await Task.Delay(50);
        }
    }

    /// <summary>Stops it and removes its directory.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_server is { HasExited: false })
        {
            await ResumeAsync();
            await StopAsync();
        }
        _server?.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private string PortText => Port.ToString(CultureInfo.InvariantCulture);

    private async Task<bool> AnswersAsync()
    {
        using var asked = Start(Path.Combine(Programs, "pg_isready"), ["-q", "-h", "127.0.0.1", "-p", PortText]);
        await asked.WaitForExitAsync();
        return asked.ExitCode == 0;
    }

    private async Task EndAsync(Func<Task> end)
    {
        var children = Children();
        await end();
        using var patience = new CancellationTokenSource(Patience);
        await _server!.WaitForExitAsync(patience.Token);
        // Whoever has the memory of the old ones would keep new ones from starting.
        while (children.Any(child => Directory.Exists($"/proc/{child}"))) await Task.Delay(20, patience.Token);
    }

    private int[] Children() => [.. File.ReadAllText($"/proc/{_server!.Id}/task/{_server.Id}/children")
        .Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(id => int.Parse(id, CultureInfo.InvariantCulture))];

    private static async Task Signal(string name, params int[] processes)
    {
        // One that has ended meanwhile is no failure.
        using var kill = Start("/bin/kill", ["-s", name, "--", .. processes.Select(id => id.ToString(CultureInfo.InvariantCulture))]);
        await kill.WaitForExitAsync();
    }

    private async Task RunAsOwnerAsync(string program, params string[] arguments) => await RunAsync(Start(AsOwner(program, arguments)));

    private static Task<string> RunAsync(string program, params string[] arguments) => RunAsync(Start(program, arguments));

    private static async Task<string> RunAsync(Process process)
    {
        using (process)
        {
            var error = process.StandardError.ReadToEndAsync();
            var output = await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
            return process.ExitCode == 0 ? output.Trim() : throw new InvalidOperationException($"{Path.GetFileName(process.StartInfo.FileName)} ended with {process.ExitCode}: {await error}");
        }
    }

    private static (string Program, string[] Arguments) AsOwner(string program, params string[] arguments) => Environment.IsPrivilegedProcess
        ? ("/usr/bin/setpriv", ["--reuid=postgres", "--regid=postgres", "--clear-groups", Path.Combine(Programs, program), .. arguments])
        : (Path.Combine(Programs, program), arguments);

    private static Process Start((string Program, string[] Arguments) command) => Start(command.Program, command.Arguments);

    private static Process Start(string program, string[] arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/" };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        return Process.Start(start)!;
    }

    // Below those that the system gives to clients, so that it is still free when the server starts again.
    private static int FreePort()
    {
        while (true)
        {
            var port = RandomNumberGenerator.GetInt32(20_000, 30_000);
            try
            {
                using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
                return port;
            }
            catch (SocketException)
            {
            }
        }
    }
}
