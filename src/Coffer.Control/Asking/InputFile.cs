using Coffer.CommandLine;
using Coffer.Operations;

namespace Coffer.Control.Asking;

/// <summary>A file to send, or standard input where it is called <c>-</c>. What cannot be read twice, as a pipe, is kept in memory: it is compared first, and then loaded.</summary>
internal sealed class InputFile : IDisposable
{
    private const int PartSize = 128 * 1024;

    // It goes along in the request's first line, of which the server takes 8 KiB: 9 for a letter, at most.
    private const int MaxName = 512;

    private InputFile(string name, Stream bytes)
    {
        if (bytes.Length == 0) throw Unreadable(name, "empty");
        // The server hangs up on it before all is sent, and what it says is not heard then.
        if (bytes.Length > Operation.MaxFileSize) throw new ControlException(ExitCode.Usage, new(Operation.FileTooLarge));
        Name = name.Length <= MaxName ? name : "…" + name[^MaxName..];
        Bytes = bytes;
    }

    /// <summary>What it is called in complaints; only the end of a name that is long.</summary>
    internal string Name { get; }

    /// <summary>All of it, at any position.</summary>
    internal Stream Bytes { get; }

    /// <exception cref="ControlException">It cannot be read, or there is nothing in it, or more than a server takes.</exception>
    internal static InputFile Open(string path)
    {
        var name = Input.NameOf(path);
        try
        {
            var file = Input.OpenRead(path);
            if (file.CanSeek) return new InputFile(name, file);
            using (file) return new InputFile(name, Copied(file));
        }
        catch (Exception e) when (FileFault.Is(e))
        {
            throw Unreadable(name, FileFault.Describe(e));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Bytes.Dispose();

    // No more than it takes to see that it is too much.
    private static MemoryStream Copied(Stream file)
    {
        var whole = new MemoryStream();
        var part = new byte[PartSize];
        while (whole.Length <= Operation.MaxFileSize && file.Read(part) is > 0 and var read) whole.Write(part, 0, read);
        return whole;
    }

    private static ControlException Unreadable(string name, string why) => new(ExitCode.Failed, new($"{name} cannot be read ({why})", "name a file that 'coffer-companion seal' wrote"));
}
