using System.Runtime.InteropServices;

namespace Coffer.CommandLine;

/// <summary>Reads and writes straight what the program was started with: standard input, output and error.</summary>
/// <remarks>
/// Console's own streams set a terminal up (they send it <c>ESC [ ? 1 h</c>, which nothing takes back) and take signals over, which the program
/// to start must find as they were.
/// </remarks>
internal static partial class Descriptor
{
    internal const int Input = 0;
    internal const int Output = 1;
    internal const int Error = 2;

    private const int Interrupted = 4;

    /// <summary>Writes all of <paramref name="bytes"/>; false, with the system's <paramref name="error"/> number, where it cannot.</summary>
    internal static bool TryWrite(int descriptor, ReadOnlySpan<byte> bytes, out int error)
    {
        error = 0;
        while (!bytes.IsEmpty)
        {
            var written = Write(descriptor, bytes, (nuint)bytes.Length);
            if (written >= 0) bytes = bytes[(int)written..];
            else if ((error = Marshal.GetLastPInvokeError()) != Interrupted) return false;
        }
        return true;
    }

    /// <summary>Reads what is there, once something is; how much that was, 0 at the end, less where it cannot be read.</summary>
    internal static int Read(int descriptor, Span<byte> bytes)
    {
        while (true)
        {
            var read = Read(descriptor, bytes, (nuint)bytes.Length);
            if (read >= 0 || Marshal.GetLastPInvokeError() != Interrupted) return (int)read;
        }
    }

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint Read(int descriptor, Span<byte> bytes, nuint count);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(int descriptor, ReadOnlySpan<byte> bytes, nuint count);
}
