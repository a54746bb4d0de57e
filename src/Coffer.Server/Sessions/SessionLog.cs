using System.Net;
using Coffer.Crypto.Keys;
using Coffer.Server.Membership;
using Microsoft.Extensions.Logging;

namespace Coffer.Server.Sessions;

/// <summary>What is written of conversations: one line each at debug, one a refusal at info, limited in rate.</summary>
/// <remarks>Thread safe. Public keys, names and addresses only.</remarks>
public sealed partial class SessionLog(ILogger log, TimeProvider clock)
{
    private const int RefusalsPerSecond = 20;

    private readonly ILogger _log = log;
    private readonly Sparingly _sparingly = new(clock);
    private readonly Lock _gate = new();
    private long _second;
    private int _refusals;
    private long _withheld;
    private long _withheldInAll;

    /// <summary>How many lines on refusals were left out since the start.</summary>
    public long WithheldInAll => Interlocked.Read(ref _withheldInAll);

    /// <summary>A client has got its coffer.</summary>
    public void Served(EndPoint from, PublicKey client, string name, long revision)
    {
        if (_log.IsEnabled(LogLevel.Debug)) LogServed(name, client, from, revision);
    }

    /// <summary>A client ended the conversation before it got anything.</summary>
    public void Left(EndPoint from, PublicKey? client)
    {
        if (_log.IsEnabled(LogLevel.Debug)) LogLeft(Known(client), from);
    }

    /// <summary>A conversation was refused.</summary>
    public void Refused(EndPoint from, PublicKey? client, Refusal refusal)
    {
        if (MayWriteRefusal()) LogRefused(refusal, Known(client), from);
    }

    /// <summary>A connection was turned away while <paramref name="open"/> were open, <paramref name="fromThere"/> of them of its own address.</summary>
    public void Busy(EndPoint from, int open, int fromThere)
    {
        if (MayWriteRefusal()) LogBusy(from, open, fromThere);
    }

    /// <summary>A stored coffer does not open: damage, or a row put where it does not belong.</summary>
    public void Unreadable(PublicKey client, long revision) => LogUnreadable(client, revision);

    /// <summary>The socket that clients come to has ended by an error, and every connection with it.</summary>
    public void SocketLost(EndPoint address) => LogSocketLost(address);

    /// <summary>That socket cannot be had again yet; said once a minute.</summary>
    public void SocketStillLost(EndPoint address, Exception cause)
    {
        if (_sparingly.May(nameof(SocketStillLost))) LogSocketStillLost(address, cause.Message);
    }

    /// <summary>Clients are accepted again.</summary>
    public void SocketRegained(EndPoint address) => LogSocketRegained(address);

    private static string Known(PublicKey? client) => client?.ToString() ?? "-";

    private bool MayWriteRefusal()
    {
        if (!_log.IsEnabled(LogLevel.Information) || !IsWithinRate(out var withheld)) return false;
        if (withheld > 0) LogWithheld(withheld);
        return true;
    }

    // At most so many lines a second; how many were left out is said with the next one.
    private bool IsWithinRate(out long withheld)
    {
        withheld = 0;
        var second = clock.GetTimestamp() / clock.TimestampFrequency;
        lock (_gate)
        {
            if (second != _second) (_second, _refusals) = (second, 0);
            if (++_refusals > RefusalsPerSecond)
            {
                _withheld++;
                Interlocked.Increment(ref _withheldInAll);
                return false;
            }
            (withheld, _withheld) = (_withheld, 0);
            return true;
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "served {Name} ({Client}) from {From}: revision {Revision}")]
    private partial void LogServed(string name, PublicKey client, EndPoint from, long revision);

    [LoggerMessage(Level = LogLevel.Debug, Message = "left: {Client} from {From} closed before it asked for anything")]
    private partial void LogLeft(string client, EndPoint from);

    [LoggerMessage(Level = LogLevel.Information, Message = "refused: {Refusal}, {Client} from {From}")]
    private partial void LogRefused(Refusal refusal, string client, EndPoint from);

    [LoggerMessage(Level = LogLevel.Information, Message = "refused: Busy, - from {From} with {Open} connections open, {FromThere} of them from there")]
    private partial void LogBusy(EndPoint from, int open, int fromThere);

    [LoggerMessage(Level = LogLevel.Information, Message = "refused: {Withheld} more conversations, not written here")]
    private partial void LogWithheld(long withheld);

    [LoggerMessage(Level = LogLevel.Error, Message = "the stored coffer of {Client}, revision {Revision}, does not open: the row is damaged or was moved; load the definition again")]
    private partial void LogUnreadable(PublicKey client, long revision);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Address} was given up after an error of the system, which the line before this one names, and all connections with it; listening there again in a second")]
    private partial void LogSocketLost(EndPoint address);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Address} cannot be listened on again, so no client comes in: {Why}; trying once a second")]
    private partial void LogSocketStillLost(EndPoint address, string why);

    [LoggerMessage(Level = LogLevel.Warning, Message = "listening on {Address} again")]
    private partial void LogSocketRegained(EndPoint address);
}
