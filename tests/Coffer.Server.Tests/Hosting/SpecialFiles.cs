using System.Diagnostics;

namespace Coffer.Server.Tests.Hosting;

/// <summary>Files that are named where a regular one is expected.</summary>
internal static class SpecialFiles
{
    /// <summary>Gives up what waits for a pipe that nobody writes to.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Makes a pipe that nobody writes to.</summary>
    internal static string Pipe(string path)
    {
        using var mkfifo = Process.Start("mkfifo", [path]);
        mkfifo.WaitForExit();
        return path;
    }

    /// <summary>Makes a file of <paramref name="size"/> bytes, none of which is on the disk.</summary>
    internal static string Sparse(string path, long size)
    {
        using var file = File.Create(path);
        file.SetLength(size);
        return path;
    }
}
