using System.Runtime.InteropServices;

namespace Coffer.CommandLine;

/// <summary>What the system knows of the file that a name leads to, links followed, asked without opening it: an open waits where it is a pipe, and is an event where it is a device.</summary>
/// <param name="Mode">Its type and who may do what with it.</param>
/// <param name="Device">The file system that it is on.</param>
/// <param name="Inode">Which file of that it is.</param>
/// <param name="Size">In bytes.</param>
/// <param name="Written">When its content was written, as whoever may write it says; in nanoseconds since 1970.</param>
/// <param name="Changed">When anything about it was changed, as the system says; likewise.</param>
/// <remarks>Source: statx(2), inode(7).</remarks>
public sealed partial record FileStatus(int Mode, ulong Device, ulong Inode, long Size, long Written, long Changed)
{
    // Linux, on every architecture.
    private const int CurrentDirectory = -100;
    private const uint BasicStatus = 0x7ff;
    private const int TypeMask = 0xf000;
    private const int DirectoryType = 0x4000;
    private const int RegularType = 0x8000;

    /// <summary>Whether it is a file whose content is read and written at any place of it.</summary>
    public bool IsRegular => (Mode & TypeMask) == RegularType;

    /// <summary>Whether it is a directory.</summary>
    public bool IsDirectory => (Mode & TypeMask) == DirectoryType;

    /// <summary>The status of the file at <paramref name="path"/>; null where there is none, or the system does not say.</summary>
    public static FileStatus? Of(string path)
    {
        try
        {
            return StatX(CurrentDirectory, path, 0, BasicStatus, out var status) != 0 ? null : new FileStatus(
                status.Mode, ((ulong)status.DeviceMajor << 32) | status.DeviceMinor, status.Inode, (long)status.Size, status.Written.Nanoseconds, status.Changed.Nanoseconds);
        }
        // A C library of before 2018.
        catch (EntryPointNotFoundException)
        {
            return null;
        }
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatX(int directory, string path, int flags, uint wanted, out Status status);

    [StructLayout(LayoutKind.Sequential)]
    private struct Time
    {
        private long _seconds;
        private uint _fraction;
        private int _reserved;

        internal readonly long Nanoseconds => (_seconds * 1_000_000_000) + _fraction;
    }

    /// <summary>Of struct statx, which is the same on every architecture, what is asked for here.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Status
    {
        [FieldOffset(28)] internal ushort Mode;
        [FieldOffset(32)] internal ulong Inode;
        [FieldOffset(40)] internal ulong Size;
        [FieldOffset(96)] internal Time Changed;
        [FieldOffset(112)] internal Time Written;
        [FieldOffset(136)] internal uint DeviceMajor;
        [FieldOffset(140)] internal uint DeviceMinor;
    }
}
