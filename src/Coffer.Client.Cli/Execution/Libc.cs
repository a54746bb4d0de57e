using System.Runtime.InteropServices;

namespace Coffer.Client.Cli.Execution;

/// <summary>The few calls into the C library that .NET has no name for.</summary>
internal static unsafe partial class Libc
{
    internal const int ENOENT = 2;
    internal const int E2BIG = 7;
    internal const int ENOEXEC = 8;
    internal const int EACCES = 13;
    internal const int ENOTDIR = 20;
    internal const int ELOOP = 40;
    internal const int ENAMETOOLONG = 36;

    internal const int StandardOutput = 1;
    internal const int SIGPIPE = 13;
    internal const int SIGXFSZ = 25;
    internal const nint SIG_DFL = 0;
    internal const nint SIG_IGN = 1;

    /// <summary>Becomes the program; returns -1 with errno where it cannot.</summary>
    [LibraryImport("libc", EntryPoint = "execve", SetLastError = true)]
    internal static partial int ExecVe(byte* path, byte** argv, byte** envp);

    [LibraryImport("libc", EntryPoint = "signal")]
    internal static partial nint Signal(int number, nint handler);

    [LibraryImport("libc", EntryPoint = "isatty")]
    internal static partial int IsATty(int descriptor);
}
