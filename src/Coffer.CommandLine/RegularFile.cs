namespace Coffer.CommandLine;

/// <summary>Files that are read whole: what has no end, or would have to be waited for, is refused before it is opened, and a directory, which the open would call forbidden.</summary>
public static class RegularFile
{
    /// <summary>Opens the file to be read.</summary>
    /// <exception cref="UnfitFileException">It is a directory, a pipe, a device or a socket, or larger than an array can be.</exception>
    public static FileStream OpenRead(string path)
    {
        Check(path);
        return File.OpenRead(path);
    }

    /// <summary>Its bytes.</summary>
    /// <exception cref="UnfitFileException">It is a directory, a pipe, a device or a socket, or larger than an array can be.</exception>
    public static byte[] ReadAllBytes(string path)
    {
        Check(path);
        return File.ReadAllBytes(path);
    }

    /// <summary>Its text.</summary>
    /// <exception cref="UnfitFileException">It is a directory, a pipe, a device or a socket, or larger than an array can be.</exception>
    public static string ReadAllText(string path)
    {
        Check(path);
        return File.ReadAllText(path);
    }

    private static void Check(string path)
    {
        if (FileStatus.Of(path) is not { } status) return;
        if (status.IsDirectory) throw new UnfitFileException("a directory");
        if (!status.IsRegular) throw new UnfitFileException("no regular file");
        if (status.Size > Array.MaxLength) throw new UnfitFileException("over 2 GiB");
    }
}
