using System.Runtime.InteropServices;
using System.Text;

namespace Coffer.CommandLine;

/// <summary>The terminal that a person sits at, without what Console sends it: see <see cref="Descriptor"/>.</summary>
public static partial class Terminal
{
    private const int UsualWidth = 80;

    // Linux, on the architectures that .NET has native programs for.
    private const nuint WindowSize = 0x5413;

    /// <summary>How many characters fit into a line of the terminal that standard output is; 80 where it does not say.</summary>
    /// <remarks>Source: ioctl_tty(2), TIOCGWINSZ. Of struct winsize the second number is the columns.</remarks>
    public static int Width
    {
        get
        {
            Span<ushort> size = stackalloc ushort[4];
            return Control(Descriptor.Output, WindowSize, size) == 0 && size[1] > 0 ? size[1] : UsualWidth;
        }
    }

    /// <summary>Asks on standard error, and returns the line that is typed at standard input, without blanks around it; what there is of it where the input ends.</summary>
    public static string Ask(string question)
    {
        // Nobody can answer what nobody was asked.
        if (!Descriptor.TryWrite(Descriptor.Error, Encoding.UTF8.GetBytes(question), out _)) return "";
        var typed = new List<byte>();
        Span<byte> part = stackalloc byte[256];
        while (!typed.Contains((byte)'\n') && Descriptor.Read(Descriptor.Input, part, out _) is > 0 and var length) typed.AddRange(part[..length]);
        return Encoding.UTF8.GetString(CollectionsMarshal.AsSpan(typed)).Trim();
    }

    [LibraryImport("libc", EntryPoint = "ioctl")]
    private static partial int Control(int descriptor, nuint request, Span<ushort> argument);
}
