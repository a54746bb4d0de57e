using System.Runtime.InteropServices;

namespace Coffer.CommandLine;

/// <summary>What the kernel writes of a process that crashes: all of its memory, with the keys and secrets in it.</summary>
public static partial class CoreDumps
{
    // RLIMIT_CORE, on the architectures that .NET is for. Source: getrlimit(2).
    private const int CoreSize = 4;

    /// <summary>Has this process leave none, for good. Not for one that becomes another program, which would have the limit from it.</summary>
    /// <remarks>The limit does not hold for a program that <c>kernel.core_pattern</c> pipes dumps to, though systemd-coredump keeps to it. Source: core(5).</remarks>
    public static void Forbid() => _ = SetLimit(CoreSize, default);

    [LibraryImport("libc", EntryPoint = "setrlimit")]
    private static partial int SetLimit(int resource, in Limit limit);

    private readonly record struct Limit(nuint Soft, nuint Hard);
}
