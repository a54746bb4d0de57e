using System.Diagnostics.CodeAnalysis;
using Coffer.CommandLine;
using Coffer.Definitions.Sealed;

namespace Coffer.Companion.Files;

/// <summary>A file that is read whole, or standard input where it is called <c>-</c>. Its bytes may be secret: dispose wipes them.</summary>
internal sealed class InputFile : IDisposable
{
    private const int UnknownLength = 1 << 16;

    private readonly SecretBuffer _bytes;

    private InputFile(string name, SecretBuffer bytes)
    {
        Name = name;
        _bytes = bytes;
    }

    /// <summary>What it is called in complaints.</summary>
    internal string Name { get; }

    internal ReadOnlyMemory<byte> Bytes => _bytes.Bytes;

    internal static bool TryRead(string path, [NotNullWhen(true)] out InputFile? file, [NotNullWhen(false)] out Problem? problem)
    {
        file = null;
        var name = Input.NameOf(path);
        try
        {
            using var stream = Input.OpenRead(path);
            var length = stream.CanSeek ? stream.Length : 0;
            problem = length > Array.MaxLength ? TooLarge(name) : null;
            if (problem is not null) return false;

            // One more than there is, so that its end is found without growing.
            var bytes = new SecretBuffer((int)Math.Min(Math.Max(length + 1, UnknownLength), Array.MaxLength));
            if (bytes.TryAppend(stream))
            {
                file = new(name, bytes);
                return true;
            }
            bytes.Dispose();
            problem = TooLarge(name);
            return false;
        }
        catch (UnfitFileException e)
        {
            problem = new($"{name}: {e.Message}, expected a file", "name the file in it");
            return false;
        }
        catch (Exception e) when (FileFault.Is(e))
        {
            problem = new($"{name}: cannot be read ({FileFault.Describe(e)})", "name a file that this user may read");
            return false;
        }
    }

    public void Dispose() => _bytes.Dispose();

    private static Problem TooLarge(string name) => new($"{name}: over 2 GiB, expected less", "is this the file you meant? A definition as large is split between two servers");
}
