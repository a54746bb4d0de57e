using Coffer.Protocol.Secrets;

namespace Coffer.Client;

/// <summary>What came of a fetch: <see cref="Fetched"/> or <see cref="Failed"/>, and nothing else.</summary>
public abstract record FetchOutcome
{
    private FetchOutcome()
    {
    }

    /// <summary>The client's secrets. They print as their number.</summary>
    /// <param name="Coffer">The secrets.</param>
    /// <param name="Server">Who sent them.</param>
    public sealed record Fetched(OpenCoffer Coffer, ServerAddress Server) : FetchOutcome;

    /// <summary>There is no coffer.</summary>
    /// <param name="Cause">The failure that says most, of all that there were.</param>
    /// <param name="Attempts">How each attempt failed, in their order; at least one.</param>
    public sealed record Failed(FetchFailure Cause, IReadOnlyList<FetchFailure> Attempts) : FetchOutcome;
}
