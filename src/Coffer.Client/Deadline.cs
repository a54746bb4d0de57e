using System.Diagnostics;

namespace Coffer.Client;

/// <summary>The end of a whole fetch, on the monotonic clock.</summary>
internal sealed class Deadline(TimeSpan timeout)
{
    private readonly long _start = Stopwatch.GetTimestamp();

    internal TimeSpan Left => timeout - Stopwatch.GetElapsedTime(_start);

    internal bool IsOver => Left <= TimeSpan.Zero;

    /// <summary>What is left, divided by <paramref name="attempts"/>; never below zero.</summary>
    internal TimeSpan Share(int attempts) => IsOver ? TimeSpan.Zero : Left / attempts;
}
