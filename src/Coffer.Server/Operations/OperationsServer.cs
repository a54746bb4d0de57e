using System.Net.Sockets;
using Coffer.CommandLine;
using Coffer.Operations;
using Coffer.Server.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Coffer.Server.Operations;

/// <summary>Serves operations on a Unix socket in the data directory, for as long as the node lives: from before its actors start until after they have stopped.</summary>
/// <remarks>Who may open the socket may operate the node: mode 0600, in a directory of mode 0700. The directory's lock makes sure that a socket found there is of a server that is dead.</remarks>
public sealed class OperationsServer(
    ServerOptions options, OperationHandlers handlers, IEnumerable<IOperationsLog> logs, ILogger<OperationsEndpoint> log, IHostApplicationLifetime lifetime) : IHostedService, IDisposable
{
    private const int MaxPath = 107;
    private static readonly TimeSpan HeadersTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(30);

    private WebApplication? _web;
    private Socket? _socket;

    /// <summary>Where the socket is.</summary>
    public string SocketPath { get; } = DataDirectoryPath.SocketIn(options.DataDirectory);

    /// <summary>Before anything is made: the path of a Unix socket has a place of 108 bytes in the system.</summary>
    /// <exception cref="StartupException">It would not fit.</exception>
    internal static void CheckPath(string dataDirectory)
    {
        var path = DataDirectoryPath.SocketIn(dataDirectory);
        if (System.Text.Encoding.UTF8.GetByteCount(path) > MaxPath)
            throw new StartupException(ExitCode.Store, $"--data: the control socket {path} cannot be made: its path is longer than the {MaxPath} bytes that a socket's may have", "name a directory with a shorter path");
    }

    /// <summary>Makes the socket, which nobody can connect to before the start. What is wrong with it is said once then; the host, as it starts, would log it as well.</summary>
    /// <exception cref="StartupException">The socket cannot be made.</exception>
    public void Bind() => _socket ??= Bound();

    /// <inheritdoc/>
    /// <exception cref="StartupException">The socket cannot be made.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        handlers.Check();
        Bind();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton<IHostLifetime, WithoutSignals>();
        builder.WebHost.UseKestrelCore().UseSockets(sockets => sockets.CreateBoundListenSocket = _ => _socket!);
        builder.Services.Configure<KestrelServerOptions>(Configure);
        _web = builder.Build();
        var endpoint = new OperationsEndpoint(handlers, logs, log, lifetime.ApplicationStopping);
        _web.Run(endpoint.AnswerAsync);
        await _web.StartAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_web is null) return;
        await _web.StopAsync(cancellationToken).ConfigureAwait(false);
        await _web.DisposeAsync().ConfigureAwait(false);

        // Somebody may have taken the directory away.
        if (File.Exists(SocketPath)) File.Delete(SocketPath);
    }

    /// <inheritdoc/>
    public void Dispose() => _socket?.Dispose();

    private void Configure(KestrelServerOptions kestrel)
    {
        kestrel.ListenUnixSocket(SocketPath, listen => listen.Use(new ConnectionCount().Guard));
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = Operation.MaxFileSize;
        kestrel.Limits.MaxConcurrentConnections = ConnectionCount.Limit;
        kestrel.Limits.RequestHeadersTimeout = HeadersTimeout;
        kestrel.Limits.KeepAliveTimeout = IdleTimeout;
    }

    // Nobody can connect to a socket that is bound and does not listen yet, so that the mode is in place before anybody can.
    private Socket Bound()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            File.Delete(SocketPath);
            socket.Bind(new UnixDomainSocketEndPoint(SocketPath));
            File.SetUnixFileMode(SocketPath, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            return socket;
        }
        catch (Exception e) when (e is SocketException or IOException or UnauthorizedAccessException)
        {
            socket.Dispose();
            var (why, hint) = Directory.Exists(SocketPath) ? ("a directory is in its place", "move that away, or name another directory")
                : e is SocketException ? (e.Message, "name a directory on a file system that takes sockets")
                : (FileFault.Describe(e), "name a directory that this user may write");
            throw new StartupException(ExitCode.Store, $"--data: the control socket {SocketPath} cannot be made: {why}", hint);
        }
    }
}
