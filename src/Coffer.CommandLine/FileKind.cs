using System.Runtime.InteropServices;

namespace Coffer.CommandLine;

/// <summary>What kind of file a name leads to, asked without opening it: an open waits where it is a pipe, and is an event where it is a device.</summary>
public static partial class FileKind
{
    // Linux. Of struct statx, which is the same on every architecture, where stx_mode stands.
    private const int CurrentDirectory = -100;
    private const uint TypeAlone = 1;
    private const int StatusSize = 256;
    private const int Mode = 28;
    private const int TypeMask = 0xf000;
    private const int Regular = 0x8000;

    /// <summary>Whether it is a regular file, links followed; false where there is none, too.</summary>
    /// <remarks>Source: statx(2), inode(7).</remarks>
    public static bool IsRegular(string path)
    {
        Span<byte> status = stackalloc byte[StatusSize];
        return StatX(CurrentDirectory, path, 0, TypeAlone, status) == 0 && (MemoryMarshal.Read<ushort>(status[Mode..]) & TypeMask) == Regular;
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatX(int directory, string path, int flags, uint wanted, Span<byte> status);
}
