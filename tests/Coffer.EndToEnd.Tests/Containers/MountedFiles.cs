using System.Text.RegularExpressions;

namespace Coffer.EndToEnd.Tests.Containers;

/// <summary>Whether what a container is told to read is there, and what is there is read.</summary>
internal static partial class MountedFiles
{
    /// <param name="variables">The container's variables: whatever is below /run/secrets in a value is a file or a directory.</param>
    /// <param name="mounted">The files that are mounted.</param>
    internal static void AssertTheSame(IEnumerable<string> variables, IReadOnlyCollection<string> mounted)
    {
        var read = variables.SelectMany(value => Secret().Matches(value)).Select(path => path.Value).ToList();

        Assert.NotEmpty(read);
        Assert.All(read, path => Assert.Contains(mounted, file => IsIn(file, path)));
        Assert.All(mounted, file => Assert.Contains(read, path => IsIn(file, path)));

        static bool IsIn(string file, string path) => file == path || file.StartsWith(path + "/", StringComparison.Ordinal);
    }

    [GeneratedRegex("/run/secrets/[^&?,]+")]
    private static partial Regex Secret();
}
