using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Coffer.Client;
using Coffer.Crypto.Keys;
using Coffer.EndToEnd.Tests.Server;
using Coffer.Server.Tests.Conversations;

namespace Coffer.EndToEnd.Tests.Monitoring;

/// <summary>A server that has loaded a definition of several clients, served one of them and refused a stranger.</summary>
public sealed class ServedOnce : IAsyncLifetime
{
    public const int Clients = 20;

    private readonly List<KeyPair> _keys = [.. Enumerable.Range(0, Clients).Select(_ => KeyPair.Generate())];

    public ServerBench Bench { get; } = new();

    public RunningServer Server { get; private set; } = null!;

    public Monitored Monitored { get; private set; } = null!;

    /// <summary>What the server told after one fetch and one refusal.</summary>
    public Scrape First { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Bench.Options["--metrics"] = "127.0.0.1:0";
        var definition = new StringBuilder("[clients]\n");
        for (var i = 0; i < Clients; i++) definition.AppendLine(System.Globalization.CultureInfo.InvariantCulture, $"client{i} = \"{_keys[i].PublicKey}\"");
        // So that a conversation is there for as long as a test on a busy machine may take to look.
        await File.WriteAllTextAsync(Bench.FilePath("patient.conf"), "coffer.limits.get = 1h");
        Bench.Options["--config"] = Bench.FilePath("patient.conf");
        Server = await Bench.ServeDefinitionAsync(definition.ToString());
        Monitored = await Monitored.OfAsync(Server);
        await Monitored.ReadyAsync(System.Net.HttpStatusCode.OK);
        await FetchAsync(0);
        await RefuseAsync();
        First = await Monitored.ScrapeAsync(scrape => scrape.Value("coffer_connection_count") == 0
            && scrape.Value("coffer_refusals_total", "coffer_refusal_reason", "unknown_key") == 1
            && scrape.Types.ContainsKey("dotnet_gc_last_collection_heap_size_bytes"));
    }

    /// <summary>Begins a conversation, and asks for nothing yet.</summary>
    public async Task<RawPeer> LinkAsync(int client)
    {
        var peer = await RawPeer.ConnectAsync(await Server.ServingAsync());
        await peer.LinkAsync(_keys[client], Bench.ServerKey);
        return peer;
    }

    public async Task FetchAsync(int client) => Assert.IsType<FetchOutcome.Fetched>(await Bench.TryFetchAsync(Server, _keys[client]));

    public async Task RefuseAsync()
    {
        using var stranger = KeyPair.Generate();
        Assert.IsType<FetchOutcome.Failed>(await Bench.TryFetchAsync(Server, stranger));
    }

    public async ValueTask DisposeAsync()
    {
        Monitored.Dispose();
        await Bench.DisposeAsync();
        foreach (var key in _keys) key.Dispose();
    }
}

/// <summary>What /metrics says, and that the pages and queries made for it speak of what is there.</summary>
public sealed partial class MetricsSpecs(ServedOnce served) : IClassFixture<ServedOnce>
{
    // What Prometheus itself adds to every series.
    private static readonly string[] PrometheusLabels = ["job", "instance", "le"];

    [Fact]
    public void Counts_a_fetch_a_refusal_and_a_load_and_nothing_of_the_probe()
    {
        var first = served.First;

        Assert.Equal(1, first.Value("coffer_fetches_total", "coffer_fetch_outcome", "served"));
        Assert.Equal(1, first.Value("coffer_fetches_total", "coffer_fetch_outcome", "refused"));
        Assert.Equal(0, first.Value("coffer_fetches_total", "coffer_fetch_outcome", "left"));
        Assert.Equal(1, first.Samples.Where(sample => sample.Name == "coffer_refusals_total").Sum(sample => sample.Value));
        Assert.Equal(1, first.Value("coffer_fetch_duration_seconds_count"));
        Assert.Equal(2, first.Value("coffer_handshake_duration_seconds_count"));
        Assert.Equal(1, first.Value("coffer_loads_total", "coffer_load_outcome", "loaded"));
        Assert.Equal(1, first.Value("coffer_revision"));
        Assert.Equal(ServedOnce.Clients, first.Value("coffer_client_count"));
        Assert.Equal(1, first.Value("coffer_entity_count"));
        Assert.Equal(1, first.Value("coffer_shard_count"));
        Assert.Equal(0, first.Value("coffer_session_count"));
        Assert.True(first.Value("coffer_load_last_duration_seconds") > 0);
        Assert.True(first.Value("coffer_store_operation_duration_seconds_count", "coffer_store_operation", "write") == 1);
    }

    [Fact]
    public async Task Tells_of_an_open_conversation_for_as_long_as_it_lasts()
    {
        using (await served.LinkAsync(0))
            await served.Monitored.ScrapeAsync(scrape => scrape.Value("coffer_session_count") == 1 && scrape.Value("coffer_connection_count") == 1);

        await served.Monitored.ScrapeAsync(scrape => scrape.Value("coffer_session_count") == 0 && scrape.Value("coffer_connection_count") == 0);
    }

    [Fact]
    public async Task More_clients_and_strangers_add_no_series()
    {
        for (var i = 0; i < ServedOnce.Clients; i++)
        {
            await served.FetchAsync(i);
            await served.RefuseAsync();
        }

        var after = await served.Monitored.ScrapeAsync(scrape => scrape.Value("coffer_fetches_total", "coffer_fetch_outcome", "served") >= ServedOnce.Clients);

        Assert.Equal(served.First.Series.Where(IsOurs).Order(), after.Series.Where(IsOurs).Order());

        // What the store does on the side comes when it comes; its operations are a closed set.
        static bool IsOurs(string series) => series.StartsWith("coffer_", StringComparison.Ordinal) && !series.StartsWith("coffer_store_operation", StringComparison.Ordinal);
    }

    [Fact]
    public void The_page_lists_every_metric_with_its_type_and_labels_and_no_other()
    {
        var rows = MetricRow().Matches(Repository.Read("docs/monitoring.md")).ToDictionary(row => row.Groups["name"].Value, row => (Type: row.Groups["type"].Value, Labels: row.Groups["labels"].Value));
        var first = served.First;

        // An exception need not have been thrown.
        Assert.Equal(first.Types.Keys.Append("dotnet_exceptions_total").Distinct().Order(StringComparer.Ordinal), rows.Keys.Order(StringComparer.Ordinal));
        foreach (var (name, type) in first.Types)
        {
            Assert.Equal(type, rows[name].Type);
            Assert.Equal(first.LabelsOf(name).Order(StringComparer.Ordinal), Word().Matches(LabelValues().Replace(rows[name].Labels, "")).Select(label => label.Groups[1].Value).Order(StringComparer.Ordinal));
            var documented = Word().Matches(rows[name].Labels).Select(word => word.Groups[1].Value).ToHashSet();
            if (!name.StartsWith("coffer_", StringComparison.Ordinal)) continue;
            foreach (var value in first.Samples.Where(sample => first.MetricOf(sample.Name) == name).SelectMany(sample => sample.Labels.Where(label => label.Key != "le")))
                Assert.Contains(value.Value, documented);
        }
    }

    [Fact]
    public void Every_query_of_the_dashboard_asks_for_metrics_and_labels_that_are_there()
    {
        using var dashboard = JsonDocument.Parse(Repository.Read("docker/grafana-dashboard.json"));
        var panels = dashboard.RootElement.GetProperty("panels").EnumerateArray().Where(panel => panel.GetProperty("type").GetString() != "row").ToList();
        var queries = panels.SelectMany(panel => panel.GetProperty("targets").EnumerateArray()).Select(target => target.GetProperty("expr").GetString()!).ToList();

        Assert.True(panels.Count > 20);
        Assert.All(panels, panel => Assert.NotEmpty(panel.GetProperty("targets").EnumerateArray()));
        Assert.All(queries, AsksForWhatIsThere);
        Assert.All(dashboard.RootElement.GetProperty("templating").GetProperty("list").EnumerateArray().Where(variable => variable.GetProperty("type").GetString() == "query"),
            variable => Assert.Contains(served.First.Types.Keys, name => variable.GetProperty("query").GetString()!.StartsWith($"label_values({name}", StringComparison.Ordinal)));
    }

    [Fact]
    public void The_alerts_of_the_page_ask_for_metrics_and_labels_that_are_there()
    {
        var page = Repository.Read("docs/monitoring.md").Replace("\\|", "|", StringComparison.Ordinal);
        var alerts = AlertQuery().Matches(page).Select(alert => alert.Groups[1].Value).ToList();

        Assert.True(alerts.Count >= 8);
        Assert.All(alerts, AsksForWhatIsThere);
    }

    // A selector is a name, perhaps followed by matchers; every selector has to name a series that is there, and every label one of its labels.
    private void AsksForWhatIsThere(string query)
    {
        var first = served.First;
        var selectors = Selector().Matches(Grouping().Replace(query, "")).ToList();
        Assert.NotEmpty(selectors);

        var labels = new HashSet<string>(PrometheusLabels);
        foreach (var selector in selectors)
        {
            var series = first.Samples.Where(sample => sample.Name == selector.Groups["name"].Value).ToList();
            Assert.True(series.Count > 0, $"there is no metric {selector.Groups["name"].Value}: {query}");
            var own = series.SelectMany(sample => sample.Labels.Keys).ToHashSet();
            foreach (var matcher in Matcher().Matches(selector.Groups["matchers"].Value).Select(matcher => (Label: matcher.Groups[1].Value, Value: matcher.Groups[2].Value)))
            {
                Assert.True(PrometheusLabels.Contains(matcher.Label) || own.Contains(matcher.Label), $"{selector.Groups["name"].Value} has no label {matcher.Label}: {query}");
                if (own.Contains(matcher.Label))
                    foreach (var value in matcher.Value.Split('|')) Assert.Contains(series, sample => sample.Labels.GetValueOrDefault(matcher.Label) == value);
            }
            labels.UnionWith(own);
        }
        foreach (var grouped in Grouping().Matches(query).SelectMany(by => by.Groups[1].Value.Split(',', StringSplitOptions.TrimEntries)))
            Assert.True(labels.Contains(grouped), $"no metric has the label {grouped}: {query}");
    }

    [GeneratedRegex(@"^\| `(?<name>[a-z_]+)` \| (?<type>counter|gauge|histogram) \|[^|]*\|(?<labels>[^|]*)\|", RegexOptions.Multiline)]
    private static partial Regex MetricRow();

    [GeneratedRegex("`([a-z_]+)`")]
    private static partial Regex Word();

    [GeneratedRegex("(?<=`): .*$")]
    private static partial Regex LabelValues();

    [GeneratedRegex(@"\b(?<name>(coffer|dotnet)_[a-z_]+)(\{(?<matchers>[^}]*)\})?")]
    private static partial Regex Selector();

    [GeneratedRegex("([a-z_]+)=~?\"([^\"]*)\"")]
    private static partial Regex Matcher();

    [GeneratedRegex(@"by \(([^)]*)\)")]
    private static partial Regex Grouping();

    [GeneratedRegex("`([^`]*coffer_[^`]*[(>][^`]*)`")]
    private static partial Regex AlertQuery();
}
