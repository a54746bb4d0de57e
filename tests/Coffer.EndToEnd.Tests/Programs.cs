using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Coffer.EndToEnd.Tests;

/// <summary>The published programs that these tests start: in the directory that COFFER_DIST names, or in dist/ of this repository.</summary>
internal static class Programs
{
    internal static string Client => Find("coffer-client");

    internal static string Companion => Find("coffer-companion");

    internal static string Control => Find("coffer-ctl");

    internal static string Server => Find("coffer-server");

    /// <summary>tests/Coffer.Server.Failpoints: the server of the same sources, with the failpoints compiled in, which is not published.</summary>
    internal static string ServerWithFailpoints => InRepository("tests", "Coffer.Server.Failpoints", "bin", "Release", "net10.0", "coffer-server-failpoints");

    /// <summary>Where the published ones are.</summary>
    internal static string Folder => Environment.GetEnvironmentVariable("COFFER_DIST") is { Length: > 0 } named ? named : Path.Combine(Root, "dist");

    /// <summary>The repository.</summary>
    internal static string Root { get; } = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile())!, "..", ".."));

    /// <summary>A file of the repository, which need not be published.</summary>
    internal static string InRepository(params string[] path) => Path.Combine([Root, .. path]);

    /// <summary>Copies a program into <paramref name="folder"/>, and returns where it is then.</summary>
    /// <remarks>By a process of its own: one that another test starts while this process has the copy open for writing would have it open, too, and the copy could not be started.</remarks>
    internal static string Copy(string file, string folder)
    {
        using var copying = Process.Start("/bin/cp", ["--", file, folder]);
        copying.WaitForExit();
        Assert.Equal(0, copying.ExitCode);
        return Path.Combine(folder, Path.GetFileName(file));
    }

    private static string Find(string name)
    {
        var program = Path.Combine(Folder, name);
        return File.Exists(program) ? program : throw new FileNotFoundException($"{program} is not there: run 'make publish' first");
    }

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
