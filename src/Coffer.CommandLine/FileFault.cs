using System.Runtime.InteropServices;

namespace Coffer.CommandLine;

/// <summary>Why the system did not do something with a file, in a few words for people.</summary>
public static class FileFault
{
    private const int BadDescriptor = 9;

    /// <summary>Whether <paramref name="exception"/> is of the kind that the badness of files makes.</summary>
    public static bool Is(Exception exception) => exception is IOException or UnauthorizedAccessException or ArgumentException;

    /// <summary>The words of the system for what .NET threw.</summary>
    /// <remarks>The exceptions' own messages are not in the native programs.</remarks>
    public static string Describe(Exception exception) => exception switch
    {
        UnfitFileException => exception.Message,
        FileNotFoundException => "no such file",
        DirectoryNotFoundException => "no such directory",
        UnauthorizedAccessException => "permission denied",
        // What .NET makes of EFBIG.
        ArgumentOutOfRangeException => "file too large",
        ArgumentException => "no file name",
        PathTooLongException => "the name is too long",
        // Where .NET has no exception of its own for an error, it hands its number on.
        { HResult: > 0 and < 4096 and var error } => Describe(error),
        _ => "input/output error",
    };

    /// <summary>The words of the system for its error number.</summary>
    public static string Describe(int error)
    {
        if (error == BadDescriptor) return "closed";
        var words = Marshal.GetPInvokeErrorMessage(error);
        return char.ToLowerInvariant(words[0]) + words[1..];
    }
}
