using System.Runtime.InteropServices;

namespace Coffer.CommandLine;

/// <summary>Writes straight to standard output and standard error.</summary>
/// <remarks>
/// Console's own streams set a terminal up (they send it <c>ESC [ ? 1 h</c>, which nothing takes back) and take signals over, which the program
/// to start must find as they were.
/// </remarks>
internal static partial class Descriptor
{
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

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(int descriptor, ReadOnlySpan<byte> bytes, nuint count);
}
