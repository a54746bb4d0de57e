using System.Diagnostics;

namespace Coffer.Server.Catalog;

/// <summary>Named points of a load, rollback or revocation at which a test kills the process. Without FAILPOINTS, as the programs are published, no call of it is compiled.</summary>
internal static class Failpoint
{
    internal const string BeforeTransaction = "before-transaction";
    internal const string InTransaction = "in-transaction";
    internal const string AfterTransaction = "after-transaction";
    internal const string BeforeTelling = "before-telling";
    internal const string AfterTelling = "after-telling";

    /// <summary>Dies at once, as by kill -9, where COFFER_FAILPOINT names <paramref name="point"/>.</summary>
    [Conditional("FAILPOINTS")]
    internal static void Reach(string point)
    {
#if FAILPOINTS
        if (Environment.GetEnvironmentVariable("COFFER_FAILPOINT") == point) Process.GetCurrentProcess().Kill();
#endif
    }
}
