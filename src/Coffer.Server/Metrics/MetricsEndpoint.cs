using System.Net;
using Coffer.Server.Health;
using Coffer.Server.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Metrics;

namespace Coffer.Server.Metrics;

/// <summary>The port of Prometheus and of whoever asks about the node's health: <c>/metrics</c>, <c>/health/live</c>, <c>/health/ready</c>, GET only.</summary>
/// <remarks>Dispose stops it. No answer holds a secret, a key, a name or an address of a client.</remarks>
public sealed partial class MetricsEndpoint(IPEndPoint address, Telemetry telemetry, Readiness readiness, ILogger<MetricsEndpoint> log) : IAsyncDisposable
{
    // A scraper, a load balancer and an operator, each with a few connections.
    private const int MaxConnections = 256;
    private const int MaxConnectionsPerAddress = MaxConnections / 8;

    // Who says nothing makes room for a health check.
    private static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(2);

    private readonly ILogger _log = log;
    private readonly WebApplication _web = Build(address, telemetry.Provider!, readiness, log);

    /// <summary>Binds the address.</summary>
    /// <exception cref="StartupException">It cannot be listened on.</exception>
    public async Task StartAsync()
    {
        try
        {
            await _web.StartAsync().ConfigureAwait(false);
        }
        catch (IOException e)
        {
            throw CannotListen(e);
        }
        catch (System.Net.Sockets.SocketException e)
        {
            throw CannotListen(e);
        }
        LogListening(_web.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _web.DisposeAsync();

    private static WebApplication Build(IPEndPoint address, MeterProvider meters, Readiness readiness, ILogger log)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton<IHostLifetime, WithoutSignals>();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = MaxConnections;
            kestrel.Limits.MaxRequestBodySize = 0;
            kestrel.Limits.KeepAliveTimeout = IdleTimeout;
            kestrel.Limits.RequestHeadersTimeout = IdleTimeout;
            kestrel.Listen(address, listen => listen.Use(new ConnectionsPerAddress(MaxConnectionsPerAddress).Guard));
        });

        var web = builder.Build();
        web.Use((context, next) => GuardAsync(context, next, log));
        web.UseOpenTelemetryPrometheusScrapingEndpoint(meters, context => context.Request.Path == "/metrics", path: null, configureBranchedPipeline: null, optionsName: null);
        web.Run(context => AnswerAsync(context, readiness));
        return web;
    }

    // The web server itself writes no log: it would tell of a busy port a second time.
    private static async Task GuardAsync(HttpContext context, RequestDelegate next, ILogger log)
    {
        // Nobody holds a connection by asking from time to time.
        context.Response.Headers.Connection = "close";
        if (!HttpMethods.IsGet(context.Request.Method))
        {
            context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            context.Response.Headers.Allow = HttpMethods.Get;
            return;
        }

        try
        {
            await next(context).ConfigureAwait(false);
        }
        catch (Exception e) when (!context.RequestAborted.IsCancellationRequested)
        {
            LogFailed(log, e);
            throw;
        }
    }

    private static async Task AnswerAsync(HttpContext context, Readiness readiness)
    {
        context.Response.Headers.CacheControl = "no-store";
        switch (context.Request.Path.Value)
        {
            case "/health/live":
                await context.Response.WriteAsync("alive\n").ConfigureAwait(false);
                break;
            case "/health/ready":
                var report = await readiness.CheckAsync().ConfigureAwait(false);
                context.Response.StatusCode = report.IsReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
                context.Response.ContentType = "application/json";
                await context.Response.Body.WriteAsync(report.ToJson()).ConfigureAwait(false);
                break;
            default:
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                break;
        }
    }

    private StartupException CannotListen(Exception cause) => new(
        ExitCode.Listen, $"--metrics: {address} cannot be listened on: {cause.GetBaseException().Message}",
        "another program, or another coffer-server, may hold the port; name another one, or 'off'");

    [LoggerMessage(Level = LogLevel.Information, Message = "metrics and health on {Address}")]
    private partial void LogListening(string address);

    [LoggerMessage(Level = LogLevel.Error, Message = "a question about metrics or health was not answered")]
    private static partial void LogFailed(ILogger log, Exception cause);
}
