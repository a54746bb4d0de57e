using System.Runtime.CompilerServices;
using Akka.Configuration;

namespace Coffer.Server.Tests.Hosting;

public sealed class SettingsPageSpecs
{
    internal static readonly string Root = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile())!, "..", "..", ".."));

    [Fact]
    public void Names_each_setting_with_its_default()
    {
        var page = File.ReadAllText(Path.Combine(Root, "docs", "operations.md"));
        var settings = ConfigurationFactory.ParseString(File.ReadAllText(Path.Combine(Root, "cluster-config", "coffer.conf"))).AsEnumerable().Where(s => s.Key == "coffer").SelectMany(s => Leaves(s.Key, s.Value)).ToArray();

        Assert.NotEmpty(settings);
        Assert.All(settings, setting => Assert.Contains($"| `{setting.Key}` | {setting.Value} |", page, StringComparison.Ordinal));
    }

    private static IEnumerable<(string Key, string Value)> Leaves(string path, Akka.Configuration.Hocon.HoconValue value) => value.IsObject()
        ? value.GetObject().Items.SelectMany(item => Leaves($"{path}.{item.Key}", item.Value))
        : [(path, value.GetString().Trim())];

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
