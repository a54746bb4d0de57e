using System.Runtime.InteropServices;

namespace Coffer.Shared;

/// <summary>The signal SIGXFSZ, which ends a process that writes beyond the limit on a file's size (RLIMIT_FSIZE).</summary>
internal static partial class FileSizeSignal
{
    private const int SIGXFSZ = 25;
    private const nint SIG_IGN = 1;

    /// <summary>Has such a write fail with EFBIG instead, and so be what a full disk is.</summary>
    /// <remarks>.NET's PosixSignalRegistration does not take this signal. Source: setrlimit(2), write(2); signal(7) for its number, the same wherever .NET runs on Linux.</remarks>
    internal static void Ignore() => Signal(SIGXFSZ, SIG_IGN);

    [LibraryImport("libc", EntryPoint = "signal")]
    private static partial nint Signal(int number, nint handler);
}
