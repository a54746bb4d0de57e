using System.Globalization;
using System.Net.Sockets;
using Coffer.CommandLine;
using Coffer.Operations;

namespace Coffer.Control.Asking;

/// <summary>The node that listens on a control socket.</summary>
internal sealed class Node(string socket) : IDisposable
{
    // A node answers queries at once; commands may take as long as they take.
    private static readonly TimeSpan QueryPatience = TimeSpan.FromSeconds(60);

    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        ConnectCallback = async (_, cancellation) => new NetworkStream(await ConnectAsync(socket, cancellation).ConfigureAwait(false), ownsSocket: true),
    })
    { BaseAddress = new Uri("http://coffer"), Timeout = Timeout.InfiniteTimeSpan };

    /// <summary>Asks, and hands the rows of the answer on as they come.</summary>
    /// <param name="operation">What is asked.</param>
    /// <param name="arguments">With what.</param>
    /// <param name="file">The file that goes with it, or null.</param>
    /// <param name="onRow">Takes a row, one JSON object.</param>
    /// <param name="onPause">Hears that no more rows are there yet.</param>
    /// <returns>The answer's last line.</returns>
    /// <exception cref="ControlException">No server, no permission, no whole answer.</exception>
    internal async Task<AnswerEnd> AskAsync(
        Operation operation, IReadOnlyList<KeyValuePair<string, string>> arguments, HttpContent? file, Action<ReadOnlyMemory<byte>> onRow, Action onPause)
    {
        var isCommand = operation.IsCommand(arguments.Count);
        using var request = new HttpRequestMessage(isCommand ? HttpMethod.Post : HttpMethod.Get, operation.Path + Query(arguments)) { Content = file };
        using var response = await SendAsync(request, isCommand ? Timeout.InfiniteTimeSpan : QueryPatience).ConfigureAwait(false);
        if (!response.Headers.TryGetValues(AnswerEnd.VersionHeader, out var versions))
            throw new ControlException(ExitCode.NoServer, new($"what listens on {socket} is no coffer-server", "name the server's data directory with --data, or its socket with --socket"));
        var body = await response.Content.ReadAsStreamAsync().ConfigureAwait(false);
        var version = versions.First();
        var end = await new Answer(body, version).ReadAsync(onRow, onPause).ConfigureAwait(false);
        return end.IsWhole || version == ThisProgram.Version ? end : end with { Errors = [.. end.Errors ?? [], $"the server is version {version}, this coffer-ctl {ThisProgram.Version}"] };
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, TimeSpan patience)
    {
        using var limit = new CancellationTokenSource(patience);
        try
        {
            return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token).ConfigureAwait(false);
        }
        catch (HttpRequestException e) when (e.InnerException is ControlException cause)
        {
            throw cause;
        }
        catch (OperationCanceledException)
        {
            throw new ControlException(ExitCode.NoServer, new($"the server on {socket} has not answered within {QueryPatience.TotalSeconds:0} seconds", "it may be overloaded or suspended: its log and 'ps' say more"));
        }
        catch (HttpRequestException)
        {
            throw new ControlException(ExitCode.Cut, new($"the server on {socket} hung up without an answer", "it may have stopped meanwhile: try again"));
        }
    }

    private static async Task<Socket> ConnectAsync(string path, CancellationToken cancellation)
    {
        var connected = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await connected.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellation).ConfigureAwait(false);
            return connected;
        }
        catch (Exception e) when (e is SocketException or ArgumentOutOfRangeException)
        {
            connected.Dispose();
            throw WhyNot(path, e as SocketException);
        }
    }

    private static ControlException WhyNot(string path, SocketException? cause) => cause?.SocketErrorCode switch
    {
        SocketError.AddressNotAvailable when Path.GetFileName(path) == DataDirectoryPath.SocketName && ServerWithout(path) is { } process => new(
            ExitCode.NoServer, new($"{path} does not exist, and the server of that directory runs (process {process})", "it may be about to start: try again; if only its database lies there, name its --data; where somebody has removed its control socket, restart it, which makes another one")),
        SocketError.AddressNotAvailable => new(ExitCode.NoServer, new($"no server runs there: {path} does not exist", "start coffer-server, or name its data directory with --data or its socket with --socket")),
        SocketError.ConnectionRefused when FileStatus.Of(path) is { IsRegular: true } or { IsDirectory: true } => new(ExitCode.NoServer, new($"{path} is a {(Directory.Exists(path) ? "directory" : "file")}, expected the control socket of coffer-server", "name the server's data directory with --data or its socket with --socket")),
        SocketError.ConnectionRefused => new(ExitCode.NoServer, new($"no server listens on {path}", "the server that made it has died: start it again, which replaces the socket")),
        SocketError.AccessDenied => new(ExitCode.NotYours, new($"{path} is not yours: permission denied", "run coffer-ctl as the server's user, or as root")),
        null => new(ExitCode.NoServer, new($"{path} is longer than the path of a socket may be", "name the socket by a shorter path with --socket")),
        _ => new(ExitCode.NoServer, new($"{path} cannot be connected to ({FileFault.Describe(cause)})", "name the server's data directory with --data or its socket with --socket")),
    };

    // The process of the server that has the directory of the socket at path locked, as proc_locks(5) tells it: opening the lock's file would lock it for a moment, in which no server could start.
    private static string? ServerWithout(string path)
    {
        if (FileStatus.Of(Path.Combine(Path.GetDirectoryName(path)!, DataDirectoryPath.LockName)) is not { } file) return null;
        var place = string.Create(CultureInfo.InvariantCulture, $"{file.Device >> 32:x2}:{file.Device & uint.MaxValue:x2}:{file.Inode}");
        try
        {
            return File.ReadLines("/proc/locks").Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).FirstOrDefault(held => held is [_, "FLOCK", _, "WRITE", _, var where, ..] && where == place)?[4];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string Query(IReadOnlyList<KeyValuePair<string, string>> arguments) =>
        arguments.Count == 0 ? "" : "?" + string.Join('&', arguments.Select(a => $"{a.Key}={Uri.EscapeDataString(a.Value)}"));
}
