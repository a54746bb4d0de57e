using System.Runtime.InteropServices;
using Coffer.Shared;

namespace Coffer.CommandLine;

/// <summary>Reads and writes straight what the program was started with: standard input, output and error.</summary>
/// <remarks>
/// Console's own streams set a terminal up (they send it <c>ESC [ ? 1 h</c>, which nothing takes back) and take signals over, which the program
/// to start must find as they were. Whoever shares one of them, as the programs of a pipeline share a terminal, may have made it non-blocking for all.
/// </remarks>
public static partial class Descriptor
{
    /// <summary>The number of standard input.</summary>
    public const int Input = 0;

    /// <summary>The number of standard output.</summary>
    public const int Output = 1;

    /// <summary>The number of standard error.</summary>
    public const int Error = 2;

    private const int Interrupted = 4;
    private const int WouldWait = 11;

    /// <summary>Waits until nobody is at the other end of <paramref name="descriptor"/> any more: for good where that is a file.</summary>
    public static void AwaitBroken(int descriptor)
    {
        while (!Readiness.Await(descriptor, Readiness.Broken, Readiness.Forever))
        {
            // A signal came.
        }
    }

    /// <summary>Writes all of <paramref name="bytes"/>, once there is room for them.</summary>
    /// <returns>How many were written: fewer than there are, with the system's <paramref name="error"/> number, where it cannot be written.</returns>
    public static int Write(int descriptor, ReadOnlySpan<byte> bytes, out int error)
    {
        error = 0;
        var gone = 0;
        while (gone < bytes.Length)
        {
            var written = Write(descriptor, bytes[gone..], (nuint)(bytes.Length - gone));
            if (written >= 0) gone += (int)written;
            else if (!GoesOn(descriptor, Readiness.Writable, error = Marshal.GetLastPInvokeError())) return gone;
        }
        return gone;
    }

    /// <summary>Writes all of <paramref name="bytes"/>; false, with the system's <paramref name="error"/> number, where it cannot.</summary>
    internal static bool TryWrite(int descriptor, ReadOnlySpan<byte> bytes, out int error) => Write(descriptor, bytes, out error) == bytes.Length;

    /// <summary>Reads what is there, once something is; how much that was, 0 at the end, less, with the system's <paramref name="error"/> number, where it cannot be read.</summary>
    internal static int Read(int descriptor, Span<byte> bytes, out int error)
    {
        error = 0;
        while (true)
        {
            var read = Read(descriptor, bytes, (nuint)bytes.Length);
            if (read >= 0 || !GoesOn(descriptor, Readiness.Readable, error = Marshal.GetLastPInvokeError())) return (int)read;
        }
    }

    // Whether the call that ended with this error is to be made again, which it waits for.
    private static bool GoesOn(int descriptor, short until, int error)
    {
        if (error != WouldWait) return error == Interrupted;
        Readiness.Await(descriptor, until, Readiness.Forever);
        return true;
    }

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint Read(int descriptor, Span<byte> bytes, nuint count);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(int descriptor, ReadOnlySpan<byte> bytes, nuint count);
}
