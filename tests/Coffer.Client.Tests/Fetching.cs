namespace Coffer.Client.Tests;

/// <summary>One of the two ways to fetch. The rules are the same for both, so the same specs are.</summary>
public delegate Task<FetchOutcome> Fetching(CofferClientOptions options);

/// <summary>The two.</summary>
internal static class WaysToFetch
{
    internal static readonly Fetching Awaited = options => CofferClient.FetchAsync(options);

    internal static readonly Fetching Blocking = options => Task.Run(() => CofferClient.Fetch(options));
}
