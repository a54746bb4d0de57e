namespace Coffer.CommandLine;

/// <summary>What stands for an input on the command line: the name of a file, or <c>-</c> for standard input.</summary>
public static class Input
{
    /// <summary>What standard input is called on the command line.</summary>
    public const string Standard = "-";

    /// <summary>What the input is called in complaints.</summary>
    public static string NameOf(string path) => path == Standard ? "<stdin>" : path;

    /// <summary>Opens it to be read, unbuffered.</summary>
    /// <exception cref="UnfitFileException">It is a directory, which the open would call forbidden.</exception>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public static Stream OpenRead(string path)
    {
        if (path == Standard) return new StandardInput();
        if (Directory.Exists(path)) throw new UnfitFileException("a directory");
        return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
    }
}
