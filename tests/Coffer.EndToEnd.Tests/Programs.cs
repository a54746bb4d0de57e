using System.Runtime.CompilerServices;

namespace Coffer.EndToEnd.Tests;

/// <summary>The published programs that these tests start: in the directory that COFFER_DIST names, or in dist/ of this repository.</summary>
internal static class Programs
{
    internal static string Client => Find("coffer-client");

    internal static string Server => Find("coffer-server");

    private static string Find(string name)
    {
        var dist = Environment.GetEnvironmentVariable("COFFER_DIST") is { Length: > 0 } named ? named : Path.Combine(Root(), "dist");
        var program = Path.Combine(dist, name);
        return File.Exists(program) ? program : throw new FileNotFoundException($"{program} is not there: run 'make publish' first");
    }

    private static string Root([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", ".."));
}
