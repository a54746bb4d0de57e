using System.Net;
using System.Net.Http;
using System.Net.Sockets;
using System.Text;
using Coffer.EndToEnd.Tests.Server;
using Coffer.Server.Tests.Conversations;
using Coffer.Tests.Shared;

namespace Coffer.EndToEnd.Tests.Monitoring;

/// <summary>Live, ready, and the port that says so.</summary>
[Takes(seconds: 25)]
public sealed class HealthSpecs : IAsyncLifetime
{
    private readonly ServerBench _bench = new();

    public ValueTask InitializeAsync()
    {
        _bench.Options["--metrics"] = "127.0.0.1:0";
        return default;
    }

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task Without_a_definition_it_is_alive_and_says_why_it_is_not_ready()
    {
        using var monitored = await Monitored.OfAsync(await _bench.ServeAsync());

        var checks = await monitored.ReadyAsync(HttpStatusCode.ServiceUnavailable);

        Assert.Equal("no definition was ever loaded", checks["definition"]);
        Assert.Equal((HttpStatusCode.OK, "alive\n"), await monitored.GetAsync("/health/live"));
    }

    [Fact]
    public async Task With_a_definition_it_is_ready_and_its_probe_leaves_no_line_in_the_log()
    {
        var server = await _bench.ServeAsync("--definition", _bench.Seal(_bench.OneClient("A = 1")), "--log-level", "debug");
        using var monitored = await Monitored.OfAsync(server);

        var checks = await monitored.ReadyAsync(HttpStatusCode.OK);
        await _bench.FetchAsync(server);
        await server.LineAsync(line => line.Contains("served client", StringComparison.Ordinal), "that tells of the client's fetch");

        Assert.Equal(["serving", "definition", "store", "region", "probe"], checks.Keys);
        Assert.All(checks.Values, check => Assert.Equal("ok", check));
        Assert.Single(server.Log, line => line.Contains("served ", StringComparison.Ordinal));
        Assert.DoesNotContain(server.Log, line => line.Contains("probe", StringComparison.OrdinalIgnoreCase) || line.Contains("refused", StringComparison.Ordinal));
    }

    [Fact]
    public async Task It_is_ready_again_after_a_restart_on_what_is_stored()
    {
        var first = await _bench.ServeDefinitionAsync(_bench.OneClient("A = 1"));
        using (var monitored = await Monitored.OfAsync(first)) await monitored.ReadyAsync(HttpStatusCode.OK);
        await first.StopAsync();

        using var again = await Monitored.OfAsync(await _bench.ServeAsync());

        await again.ReadyAsync(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Asked_to_stop_it_is_alive_but_not_ready_while_a_conversation_is_finished()
    {
        _bench.Options["--config"] = _bench.FilePath("node.conf");
        await File.WriteAllTextAsync(_bench.Options["--config"], "coffer.limits { drain = 60s, get = 60s }\nakka.coordinated-shutdown.phases.service-unbind.timeout = 90s", TestContext.Current.CancellationToken);
        var server = await _bench.ServeDefinitionAsync(_bench.OneClient("A = 1"));
        using var monitored = await Monitored.OfAsync(server);
        await monitored.ReadyAsync(HttpStatusCode.OK);
        using var peer = await RawPeer.ConnectAsync(await server.ServingAsync());
        await peer.LinkAsync(_bench.Client, _bench.ServerKey);

        await server.SignalAsync("TERM");

        await monitored.ReadyAsync(HttpStatusCode.ServiceUnavailable, "\"serving\":\"the server is stopping\"");
        Assert.StartsWith("state\tstopping\n", (await _bench.ControlAsync("coffer", "status")).Text, StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.OK, "alive\n"), await monitored.GetAsync("/health/live"));
        peer.Reset();
        Assert.Equal(0, (await server.EndedAsync()).ExitCode);
    }

    [Fact]
    public async Task A_busy_port_ends_the_start_with_one_line_and_code_6()
    {
        using var monitored = await Monitored.OfAsync(await _bench.ServeAsync());
        _bench.Options["--data"] = _bench.FilePath("other");
        _bench.Options["--metrics"] = $"127.0.0.1:{monitored.Port}";

        var ended = await _bench.Start().EndedAsync();

        Assert.Equal(6, ended.ExitCode);
        var lines = ended.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.StartsWith($"coffer-server: error: --metrics: 127.0.0.1:{monitored.Port} cannot be listened on: ", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("coffer-server: hint: ", Assert.Single(lines[1..]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("127.0.0.1")]
    [InlineData("localhost:9188")]
    public async Task An_address_that_is_none_is_refused_with_code_2(string address)
    {
        _bench.Options["--metrics"] = address;

        var ended = await _bench.Start().EndedAsync();

        Assert.Equal(2, ended.ExitCode);
        Assert.Contains($"--metrics: '{address}' is no address, expected IP:PORT\n", ended.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET /health/live", "200")]
    [InlineData("GET /health/ready", "503")]
    [InlineData("GET /metrics", "200")]
    [InlineData("GET /nowhere", "404")]
    [InlineData("POST /metrics", "405")]
    public async Task A_connection_ends_with_its_answer(string question, string status)
    {
        using var monitored = await Monitored.OfAsync(await _bench.ServeAsync());
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, monitored.Port, TestContext.Current.CancellationToken);
        var connection = client.GetStream();

        await connection.WriteAsync(Encoding.ASCII.GetBytes($"{question} HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n"), TestContext.Current.CancellationToken);
        using var reader = new StreamReader(connection, Encoding.ASCII);
        var answer = await reader.ReadToEndAsync(TestContext.Current.CancellationToken);

        Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
        Assert.Contains("\r\nConnection: close\r\n", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_port_has_three_paths_and_takes_GET_alone()
    {
        using var monitored = await Monitored.OfAsync(await _bench.ServeAsync());

        foreach (var path in new[] { "/", "/health", "/health/", "/metrics/x", "/health/ready/x", "/Metrics2" }) Assert.Equal(HttpStatusCode.NotFound, (await monitored.GetAsync(path)).Status);
        foreach (var path in new[] { "/metrics", "/health/live", "/health/ready" })
            foreach (var method in new[] { HttpMethod.Post, HttpMethod.Put, HttpMethod.Delete, HttpMethod.Options })
                Assert.Equal(HttpStatusCode.MethodNotAllowed, await monitored.SendAsync(method, path));
    }
}
