using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Coffer.Server.Catalog;

/// <summary>The system's clock with timestamps that never go back, and go on while this process or the system is suspended.</summary>
/// <remarks>
/// The platform's own timestamps stand still while the system sleeps, so a lease would outlast a night in a laptop. A sleep that the system does not know of is not counted, as a rule: a virtual machine
/// that its hypervisor has paused finds its lease as it left it. Source: clock_gettime(2), CLOCK_BOOTTIME.
/// </remarks>
public sealed partial class BootClock : TimeProvider
{
    private const int BootTime = 7;
    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>The one there is.</summary>
    public static readonly BootClock Instance = new();

    private BootClock()
    {
    }

    /// <inheritdoc/>
    public override long TimestampFrequency => NanosecondsPerSecond;

    /// <inheritdoc/>
    public override long GetTimestamp()
    {
        if (ClockGetTime(BootTime, out var time) != 0) throw new Win32Exception(Marshal.GetLastPInvokeError());
        return (time.Seconds * NanosecondsPerSecond) + time.Nanoseconds;
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime", SetLastError = true)]
    private static partial int ClockGetTime(int clock, out TimeSpec time);

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        internal long Seconds;
        internal long Nanoseconds;
    }
}
