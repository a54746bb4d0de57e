using Coffer.CommandLine;

namespace Coffer.Control.Asking;

/// <summary>A file to send, or standard input where it is called <c>-</c>. What cannot be read twice, as a pipe, is kept in memory: it is compared first, and then loaded.</summary>
internal sealed class InputFile : IDisposable
{
    private const string StandardInput = "-";

    private InputFile(string name, Stream bytes)
    {
        if (bytes.Length == 0) throw Unreadable(name, "empty");
        Name = name;
        Bytes = bytes;
    }

    /// <summary>What it is called in complaints.</summary>
    internal string Name { get; }

    /// <summary>All of it, at any position.</summary>
    internal Stream Bytes { get; }

    /// <exception cref="ControlException">It cannot be read, or there is nothing in it.</exception>
    internal static InputFile Open(string path)
    {
        var name = path == StandardInput ? "<stdin>" : path;
        try
        {
            var file = path == StandardInput ? Console.OpenStandardInput() : File.OpenRead(path);
            if (file.CanSeek) return new InputFile(name, file);
            using (file)
            {
                var whole = new MemoryStream();
                file.CopyTo(whole);
                return new InputFile(name, whole);
            }
        }
        catch (Exception e) when (FileFault.Is(e))
        {
            throw Unreadable(name, FileFault.Describe(e));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Bytes.Dispose();

    private static ControlException Unreadable(string name, string why) => new(ExitCode.Failed, new($"{name} cannot be read ({why})", "name a file that 'coffer-companion seal' wrote"));
}
