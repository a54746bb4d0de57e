namespace Coffer.Client;

/// <summary>Fetches a client's coffer from one of several servers. Any number of fetches may go on at the same time.</summary>
/// <remarks>
/// The servers are asked in turn, each address of a name by itself, drawn at random unless <see cref="CofferClientOptions.InOrder"/> says otherwise:
///
/// attempt ends in                              | does
/// a coffer                                     | returns it
/// WrongServerKey, KeyUnknown, sealed Error <c>revoked</c> or <c>violation</c>, changed messages | returns the failure: nobody else is asked
/// anything else                                | the next address, at once
///
/// Another round follows, after a pause that doubles and is drawn at random, where one of the last round might answer by now: it said another Error
/// (<c>busy</c>, <c>unavailable</c>, <c>timeout</c>, <c>internal</c>), broke off after it had proven itself, or was silent for the time of its attempt; or its name could not be
/// resolved for now.
/// While there is one address alone an attempt may take all the time that is left; else <see cref="CofferClientOptions.AttemptTimeout"/>, which doubles
/// with each round, and never more than its even share of what is left. A wrong server key ends the fetch because somebody may stand between: asking on until a
/// good server answers would hide it.
/// Source: protocol.md section 8.
/// </remarks>
public static class CofferClient
{
    /// <summary>Fetches the coffer that <paramref name="options"/> asks for.</summary>
    /// <exception cref="ArgumentException">There is no server, a timeout is not above zero, or the server's key is of low order.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled; the timeout is an outcome instead.</exception>
    public static async Task<FetchOutcome> FetchAsync(CofferClientOptions options, CancellationToken cancellation = default)
    {
        Check(options);
        return await new Failover(options, blocks: false).FetchAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>Does the same on the calling thread, which waits. Where no name has to be resolved no other thread is started.</summary>
    /// <exception cref="ArgumentException">There is no server, a timeout is not above zero, or the server's key is of low order.</exception>
    public static FetchOutcome Fetch(CofferClientOptions options)
    {
        Check(options);
        return new Failover(options, blocks: true).FetchAsync(CancellationToken.None).GetAwaiter().GetResult();
    }

    private static void Check(CofferClientOptions options)
    {
        if (options.Servers.Count == 0) throw new ArgumentException("no server is named", nameof(options));
        if (options.Timeout <= TimeSpan.Zero || options.AttemptTimeout <= TimeSpan.Zero) throw new ArgumentException("the timeout is not above zero", nameof(options));
        if (options.ServerKey.IsLowOrder) throw new ArgumentException("the server's key is of low order", nameof(options));
    }
}
