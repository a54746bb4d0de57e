using System.Net;
using System.Text.Json;
using Coffer.EndToEnd.Tests.Server;

namespace Coffer.EndToEnd.Tests.Monitoring;

/// <summary>The port of metrics and health of a server that was started with <c>--metrics 127.0.0.1:0</c>.</summary>
public sealed class Monitored : IDisposable
{
    private const string Says = "metrics and health on ";

    private readonly HttpClient _http;

    private Monitored(Uri address) => _http = new HttpClient { BaseAddress = address, Timeout = RunningServer.Patience };

    public static async Task<Monitored> OfAsync(RunningServer server)
    {
        var line = await server.LineAsync(line => line.Contains(Says, StringComparison.Ordinal), "that says where metrics and health are");
        return new Monitored(new Uri(line[(line.IndexOf(Says, StringComparison.Ordinal) + Says.Length)..]));
    }

    public int Port => _http.BaseAddress!.Port;

    public async Task<(HttpStatusCode Status, string Body)> GetAsync(string path)
    {
        using var answer = await _http.GetAsync(path, TestContext.Current.CancellationToken);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    public async Task<HttpStatusCode> SendAsync(HttpMethod method, string path)
    {
        using var request = new HttpRequestMessage(method, path);
        using var answer = await _http.SendAsync(request, TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }

    /// <summary>Asks whether the server is ready, until it answers with <paramref name="status"/> and says <paramref name="word"/>; returns the checks of that answer.</summary>
    public async Task<IReadOnlyDictionary<string, string>> ReadyAsync(HttpStatusCode status, string word = "")
    {
        var body = "";
        await UntilAsync(async () =>
        {
            (var answered, body) = await GetAsync("/health/ready");
            return answered == status && body.Contains(word, StringComparison.Ordinal);
        }, () => $"/health/ready never answered {status}: {body}");
        using var json = JsonDocument.Parse(body);
        Assert.Equal(status == HttpStatusCode.OK ? "ready" : "unavailable", json.RootElement.GetProperty("status").GetString());
        return json.RootElement.GetProperty("checks").EnumerateObject().ToDictionary(check => check.Name, check => check.Value.GetString()!);
    }

    public async Task<Scrape> ScrapeAsync()
    {
        var (status, body) = await GetAsync("/metrics");
        Assert.Equal(HttpStatusCode.OK, status);
        return Scrape.Read(body);
    }

    /// <summary>Scrapes until <paramref name="isIt"/>: a scrape may be a moment old, and some figures come after the answer that they count.</summary>
    public async Task<Scrape> ScrapeAsync(Func<Scrape, bool> isIt)
    {
        var scrape = await ScrapeAsync();
        await UntilAsync(async () => isIt(scrape = await ScrapeAsync()), () => $"the metrics never came to be as expected:\n{string.Join('\n', scrape.Samples)}");
        return scrape;
    }

    public void Dispose() => _http.Dispose();

    private static async Task UntilAsync(Func<Task<bool>> isSo, Func<string> otherwise)
    {
        using var patience = new CancellationTokenSource(RunningServer.Patience);
        while (!await isSo())
        {
            if (patience.IsCancellationRequested) Assert.Fail(otherwise());
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }
}
