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
    /// <param name="Server">Who sent them: of a name with several addresses, the one.</param>
    public sealed record Fetched(OpenCoffer Coffer, ServerAddress Server) : FetchOutcome;

    /// <summary>There is no coffer.</summary>
    /// <param name="Cause">The failure that says most, of all that there were.</param>
    /// <param name="Attempts">How each attempt failed, in their order; at least one.</param>
    public sealed record Failed(FetchFailure Cause, IReadOnlyList<FetchFailure> Attempts) : FetchOutcome
    {
        /// <summary>For each server that was asked, in that order, the failure that says most, the last of its kind; <see cref="Cause"/> is one of them.</summary>
        public IEnumerable<FetchFailure> OfEachServer => Attempts.GroupBy(f => f.Server).Select(Telling);

        internal static Failed Of(IReadOnlyList<FetchFailure> attempts) => new(Telling(attempts), attempts);

        private static FetchFailure Telling(IEnumerable<FetchFailure> failures) => failures.Reverse().MaxBy(f => f.Weight())!;
    }
}
