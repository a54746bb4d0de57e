namespace Coffer.Server.Catalog;

/// <summary>How long a node may serve without hearing of the catalog.</summary>
/// <param name="Length">What a lease lasts from the moment it was asked for; at the same time the longest that a load or a revocation waits for a node that does not answer.</param>
/// <param name="RenewAfter">How often a node asks.</param>
public sealed record LeaseSettings(TimeSpan Length, TimeSpan RenewAfter)
{
    /// <summary>The timestamp at which a lease ends that counts from <paramref name="begin"/>, both of <paramref name="clock"/>.</summary>
    internal long EndOf(long begin, TimeProvider clock) => begin + (long)(Length.TotalSeconds * clock.TimestampFrequency);
}
