using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;

namespace Coffer.Server.Operations;

/// <summary>How many connections the control socket has, and which of them came when there were enough: those are told so, where they would only be closed otherwise.</summary>
internal sealed class ConnectionCount
{
    /// <summary>With so many open, a new one is answered with a refusal.</summary>
    internal const int Enough = 64;

    /// <summary>With so many open, a new one is closed.</summary>
    internal const int Limit = 2 * Enough;

    private static readonly object TooMany = new();

    private int _open;

    /// <summary>Counts a connection for as long as <paramref name="next"/> has it.</summary>
    internal ConnectionDelegate Guard(ConnectionDelegate next) => async connection =>
    {
        if (Interlocked.Increment(ref _open) > Enough) connection.Items[TooMany] = true;
        try
        {
            await next(connection).ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    };

    /// <summary>Whether the connection that <paramref name="http"/> came by is one too many.</summary>
    internal static bool IsTooMany(HttpContext http) => http.Features.Get<IConnectionItemsFeature>()!.Items.ContainsKey(TooMany);
}
