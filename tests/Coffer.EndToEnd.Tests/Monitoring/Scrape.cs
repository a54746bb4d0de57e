using System.Globalization;
using System.Text.RegularExpressions;

namespace Coffer.EndToEnd.Tests.Monitoring;

/// <summary>One line of a scrape.</summary>
public sealed record Sample(string Name, IReadOnlyDictionary<string, string> Labels, double Value)
{
    public override string ToString() => $"{Name}{{{string.Join(",", Labels.Select(label => $"{label.Key}=\"{label.Value}\""))}}} {Value.ToString(CultureInfo.InvariantCulture)}";
}

/// <summary>What <c>/metrics</c> answered, in Prometheus's text format.</summary>
public sealed partial record Scrape(IReadOnlyDictionary<string, string> Types, IReadOnlyList<Sample> Samples)
{
    private static readonly string[] HistogramParts = ["_bucket", "_sum", "_count"];

    public static Scrape Read(string text)
    {
        var types = new Dictionary<string, string>();
        var samples = new List<Sample>();
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.StartsWith("# TYPE ", StringComparison.Ordinal)) types.Add(line.Split(' ')[2], line.Split(' ')[3]);
            if (line.StartsWith('#')) continue;
            var match = SampleLine().Match(line);
            Assert.True(match.Success, $"no sample: {line}");
            samples.Add(new(
                match.Groups["name"].Value,
                LabelPair().Matches(match.Groups["labels"].Value).ToDictionary(label => label.Groups["key"].Value, label => label.Groups["value"].Value),
                double.Parse(match.Groups["value"].Value, CultureInfo.InvariantCulture)));
        }
        return new(types, samples);
    }

    /// <summary>The value of the one series of <paramref name="metric"/> with a label of that value, or of the one series there is.</summary>
    public double Value(string metric, string? label = null, string? value = null) =>
        Assert.Single(Samples, sample => sample.Name == metric && (label is null || sample.Labels.GetValueOrDefault(label) == value)).Value;

    /// <summary>The labels of <paramref name="metric"/>, which may be a whole histogram, without <c>le</c>.</summary>
    public IReadOnlySet<string> LabelsOf(string metric) => Samples.Where(sample => MetricOf(sample.Name) == metric).SelectMany(sample => sample.Labels.Keys).Where(label => label != "le").ToHashSet();

    /// <summary>Every series, without its value.</summary>
    public IReadOnlySet<string> Series => Samples.Select(sample => (sample with { Value = 0 }).ToString()).ToHashSet();

    /// <summary>The metric that a sample belongs to.</summary>
    public string MetricOf(string sample) =>
        HistogramParts.Where(part => sample.EndsWith(part, StringComparison.Ordinal)).Select(part => sample[..^part.Length]).FirstOrDefault(name => Types.GetValueOrDefault(name) == "histogram") ?? sample;

    [GeneratedRegex(@"^(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?<labels>.*)\})? (?<value>[^ ]+)( [0-9]+)?$")]
    private static partial Regex SampleLine();

    [GeneratedRegex("(?<key>[a-zA-Z_][a-zA-Z0-9_]*)=\"(?<value>[^\"]*)\"")]
    private static partial Regex LabelPair();
}
