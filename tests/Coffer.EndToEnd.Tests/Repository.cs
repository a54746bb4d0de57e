using System.Runtime.CompilerServices;

namespace Coffer.EndToEnd.Tests;

/// <summary>The files of this repository.</summary>
internal static class Repository
{
    internal static string FilePath(string path) => Path.Combine(Root(), path);

    internal static string Read(string path) => File.ReadAllText(FilePath(path));

    private static string Root([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", ".."));
}
