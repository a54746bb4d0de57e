namespace Coffer.Server.Sessions;

/// <summary>How long each state of a conversation may last. Configuration: <c>coffer.limits</c>.</summary>
public sealed record SessionLimits
{
    /// <summary>From the connection to the whole of Hello.</summary>
    public TimeSpan Hello { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>From Link to the whole of Get.</summary>
    public TimeSpan Get { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>From OkGet to Bye.</summary>
    public TimeSpan Bye { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>From Get to the entity's answer; then the client is told <c>unavailable</c>.</summary>
    public TimeSpan Coffer { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>From the entity's answer to the audit trail's; then the client is told <c>unavailable</c> where lines are required, and served where not.</summary>
    public TimeSpan Audit { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>After how long without an answer the entity is asked again: a shard region drops messages while a shard moves.</summary>
    public TimeSpan AskAgain { get; init; } = TimeSpan.FromMilliseconds(500);
}
