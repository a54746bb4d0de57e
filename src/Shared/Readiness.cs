using System.Runtime.InteropServices;

namespace Coffer.Shared;

/// <summary>Waits for one descriptor by poll(2), which .NET begins anew, with all of the time, after a signal.</summary>
internal static partial class Readiness
{
    /// <summary>What it is told of in any case.</summary>
    internal const short Broken = 0;

    internal const short Readable = 1;
    internal const short Writable = 4;
    internal const int Forever = -1;

    /// <summary>Waits until <paramref name="descriptor"/> is ready or broken, which the next call on it tells.</summary>
    /// <returns>False where so many <paramref name="milliseconds"/> passed before, or a signal ended the wait.</returns>
    internal static bool Await(int descriptor, short until, int milliseconds)
    {
        var waited = new Waited { Descriptor = descriptor, Until = until };
        return Poll(ref waited, 1, milliseconds) > 0;
    }

    [LibraryImport("libc", EntryPoint = "poll")]
    private static partial int Poll(ref Waited waited, nuint count, int milliseconds);

    /// <summary>Struct pollfd of poll(2).</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Waited
    {
        internal int Descriptor;
        internal short Until;
        private short _found;
    }
}
