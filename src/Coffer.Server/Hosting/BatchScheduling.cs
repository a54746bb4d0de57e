using System.Runtime.InteropServices;

namespace Coffer.Server.Hosting;

/// <summary>Has a thread of this process that wakes up wait for its turn, instead of interrupting another one.</summary>
/// <remarks>
/// A packet wakes the thread that hears of all sockets. Where it interrupts the thread that works on the packet before, the kernel changes threads five times a fetch; without, a
/// busy core changes less than once, and a fetch costs a fifth less. On a core that other programs keep busy, a fetch may take some milliseconds more. Source: sched(7), SCHED_BATCH.
/// </remarks>
internal static partial class BatchScheduling
{
    private const int CallingThread = 0;
    private const int Normal = 0;
    private const int Batch = 3;

    /// <summary>From now on, for the calling thread and those that it starts. What was chosen for this process by somebody else stays so, and so does what may not be changed.</summary>
    internal static void Begin()
    {
        var priority = 0;
        if (GetScheduler(CallingThread) == Normal) _ = SetScheduler(CallingThread, Batch, in priority);
    }

    [LibraryImport("libc", EntryPoint = "sched_getscheduler")]
    private static partial int GetScheduler(int thread);

    // The kernel's sched_param has the priority alone, which is 0 here.
    [LibraryImport("libc", EntryPoint = "sched_setscheduler")]
    private static partial int SetScheduler(int thread, int policy, in int priority);
}
