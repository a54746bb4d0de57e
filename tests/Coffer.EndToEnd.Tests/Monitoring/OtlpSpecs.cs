using System.Net;
using System.Net.Sockets;
using System.Text;
using Coffer.EndToEnd.Tests.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Coffer.EndToEnd.Tests.Monitoring;

/// <summary>Metrics that are sent, not fetched.</summary>
public sealed class OtlpSpecs
{
    [Fact]
    public async Task Sends_the_metrics_to_the_collector_that_the_standard_variables_name()
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(RunningServer.Patience);
        using var collector = new TcpListener(IPAddress.Loopback, 0);
        collector.Start();
        await using var bench = new ServerBench();
        bench.Environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = $"http://{collector.LocalEndpoint}";
        bench.Environment["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf";
        bench.Environment["OTEL_METRIC_EXPORT_INTERVAL"] = "200";
        bench.Start("--definition", bench.Seal(bench.OneClient("A = 1")));

        // The first ones may be sent before the server has measured anything.
        var request = "";
        while (!request.Contains("coffer.fetches", StringComparison.Ordinal))
        {
            using var sent = await collector.AcceptTcpClientAsync(patience.Token);
            request = await ReadAsync(sent.GetStream(), patience.Token);
        }

        Assert.StartsWith("POST /v1/metrics HTTP/1.1\r\n", request, StringComparison.Ordinal);
        Assert.Contains("coffer-server", request, StringComparison.Ordinal);
        Assert.Contains("dotnet.process.cpu.time", request, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sends_them_by_gRPC_where_the_variables_say_so()
    {
        var sent = new TaskCompletionSource<(string Request, string Body)>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var collector = GrpcCollector((request, body) =>
        {
            if (body.Contains("coffer.fetches", StringComparison.Ordinal)) sent.TrySetResult((request, body));
        });
        await collector.StartAsync(TestContext.Current.CancellationToken);
        await using var bench = new ServerBench();
        bench.Environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Urls.Single();
        bench.Environment["OTEL_EXPORTER_OTLP_PROTOCOL"] = "grpc";
        bench.Environment["OTEL_METRIC_EXPORT_INTERVAL"] = "200";
        bench.Start("--definition", bench.Seal(bench.OneClient("A = 1")));

        var (request, body) = await sent.Task.WaitAsync(RunningServer.Patience, TestContext.Current.CancellationToken);

        Assert.Equal("POST /opentelemetry.proto.collector.metrics.v1.MetricsService/Export HTTP/2 application/grpc", request);
        Assert.Contains("coffer-server", body, StringComparison.Ordinal);
        Assert.Contains("dotnet.process.cpu.time", body, StringComparison.Ordinal);
    }

    // Takes whatever it is sent, and tells of it.
    private static WebApplication GrpcCollector(Action<string, string> took)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        var collector = builder.Build();
        collector.Run(async context =>
        {
            var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body, context.RequestAborted);
            took($"{context.Request.Method} {context.Request.Path} {context.Request.Protocol} {context.Request.ContentType}", Text(body));
            context.Response.ContentType = "application/grpc";
            // One message, not compressed, of no bytes.
            await context.Response.Body.WriteAsync(new byte[5], context.RequestAborted);
            context.Response.AppendTrailer("grpc-status", "0");
        });
        return collector;
    }

    // The whole request, answered, as text: names are UTF-8 within protobuf.
    private static async Task<string> ReadAsync(NetworkStream stream, CancellationToken cancellation)
    {
        var read = new MemoryStream();
        var buffer = new byte[64 * 1024];
        while (!IsWhole(Text(read)))
        {
            var count = await stream.ReadAsync(buffer, cancellation);
            Assert.True(count > 0, "the sender closed before its request was whole");
            read.Write(buffer, 0, count);
        }
        await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray(), cancellation);
        return Text(read);
    }

    private static string Text(MemoryStream bytes) => Encoding.Latin1.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);

    private static bool IsWhole(string request)
    {
        const string Length = "Content-Length: ";
        var end = request.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        if (end < 0) return false;
        var at = request.IndexOf(Length, StringComparison.OrdinalIgnoreCase);
        Assert.True(at > 0, $"a request without a length: {request[..end]}");
        return request.Length >= end + 4 + int.Parse(request.AsSpan(at + Length.Length, request.IndexOf('\r', at) - at - Length.Length), System.Globalization.CultureInfo.InvariantCulture);
    }
}
