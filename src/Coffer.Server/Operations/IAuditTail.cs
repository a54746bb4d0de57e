namespace Coffer.Server.Operations;

/// <summary>The audit as an operator follows it. Thread safe.</summary>
public interface IAuditTail
{
    /// <summary>The last <paramref name="last"/> lines, each a JSON object, then those to come until <paramref name="cancellation"/>.</summary>
    /// <remarks>Lines that are there already come without waiting.</remarks>
    IAsyncEnumerable<string> Follow(int last, CancellationToken cancellation);
}
