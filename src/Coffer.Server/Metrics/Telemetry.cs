using Coffer.Server.Hosting;
using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace Coffer.Server.Metrics;

/// <summary>The OpenTelemetry SDK: collects Coffer's meter and the runtime's own, to be scraped, or sent to a collector.</summary>
/// <remarks>OTLP is configured by OpenTelemetry's standard variables alone, and is off where they name no endpoint. Where nobody would see a measurement, none is collected.</remarks>
public sealed class Telemetry : IHostedService, IDisposable
{
    private static readonly string[] OtlpEndpoints = ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"];

    /// <param name="isScraped">Whether Prometheus can come.</param>
    /// <param name="node">What the node is called.</param>
    /// <exception cref="StartupException">The variables cannot be read.</exception>
    public Telemetry(bool isScraped, string node)
    {
        var isSent = OtlpEndpoints.Any(name => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(name)));
        if (!isScraped && !isSent) return;

        var builder = Sdk.CreateMeterProviderBuilder()
            // The variables last, so that OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES win.
            .SetResourceBuilder(ResourceBuilder.CreateEmpty().AddTelemetrySdk().AddService("coffer-server", serviceInstanceId: node).AddEnvironmentVariableDetector())
            .AddMeter(CofferMetrics.MeterName)
            .AddRuntimeInstrumentation();
        if (isScraped) builder.AddPrometheusExporter(prometheus => prometheus.ScopeInfoEnabled = false);
        if (isSent) builder.AddOtlpExporter();
        try
        {
            Provider = builder.Build();
        }
        // Its message may show what the variables hold, and headers are passwords.
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            throw new StartupException(ExitCode.Usage, "OpenTelemetry's variables, OTEL_…, hold something that it cannot read", "its specification shows their form, for example OTEL_EXPORTER_OTLP_HEADERS=name=value");
        }
    }

    /// <summary>What collects; null where nobody would see it.</summary>
    public MeterProvider? Provider { get; }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Sends what is left to the collector.</summary>
    public void Dispose() => Provider?.Dispose();
}
