namespace Coffer.CommandLine;

/// <summary>What kind of file a name leads to.</summary>
public static class FileKind
{
    /// <summary>Whether it is a regular file, links followed; false where there is none, too.</summary>
    public static bool IsRegular(string path) => FileStatus.Of(path) is { IsRegular: true };
}
