using System.Text.RegularExpressions;
using Coffer.EndToEnd.Tests.Server;

namespace Coffer.EndToEnd.Tests.Containers;

/// <summary>The COFFER_ variables that a program has.</summary>
internal static partial class Variables
{
    internal static async Task<HashSet<string>> OfAsync(ServerBench bench, string program)
    {
        var help = await bench.RunAsync(Path.Combine(Programs.Folder, program), "--help");
        return Variable().Matches(help.Text).Select(variable => variable.Value).ToHashSet();
    }

    /// <summary>Those of <paramref name="names"/> that are meant for Coffer.</summary>
    internal static IEnumerable<string> OurOwn(IEnumerable<string> names) => names.Where(name => name.StartsWith("COFFER_", StringComparison.Ordinal));

    [GeneratedRegex("COFFER_[A-Z_]+")]
    private static partial Regex Variable();
}
