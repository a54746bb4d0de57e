using System.Diagnostics.CodeAnalysis;

namespace Coffer.Server.Storage;

/// <summary>Where a name leads to in the end: the links in it followed, those of its directories too, whether or not there is something yet.</summary>
internal static class RealPath
{
    // As many as Linux follows. Source: path_resolution(7).
    private const int MaxLinks = 40;

    /// <summary>The only path of what <paramref name="path"/> names that has no link in it.</summary>
    /// <returns>False where its links lead nowhere but to each other.</returns>
    internal static bool TryOf(string path, [NotNullWhen(true)] out string? real)
    {
        real = null;
        var at = "/";
        var ahead = new Stack<string>();
        Ahead(Path.Combine(Environment.CurrentDirectory, path));
        var links = 0;
        while (ahead.TryPop(out var name))
        {
            var next = name == ".." ? Path.GetDirectoryName(at) ?? at : Path.Combine(at, name);
            if (name == ".." || new FileInfo(next).LinkTarget is not { } target)
            {
                at = next;
                continue;
            }
            if (++links > MaxLinks) return false;
            if (target.StartsWith('/')) at = "/";
            Ahead(target);
        }
        real = at;
        return true;

        void Ahead(string names)
        {
            foreach (var name in names.Split('/').Reverse())
                if (name is not ("" or ".")) ahead.Push(name);
        }
    }
}
