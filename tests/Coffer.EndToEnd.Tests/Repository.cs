using System.Runtime.CompilerServices;

namespace Coffer.EndToEnd.Tests;

/// <summary>The files of this repository.</summary>
internal static class Repository
{
    internal static string FilePath(string path, [CallerFilePath] string here = "") => Path.Combine(Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..")), path);

    internal static string Read(string path) => File.ReadAllText(FilePath(path));
}
