using Coffer.Server.Membership;
using Coffer.Server.Storage;
using Microsoft.Extensions.Logging;

namespace Coffer.Server.Metrics;

/// <summary>Says in the log that the database is away, and that it answers again: once each, however many ask it meanwhile, and where it comes and goes once a minute.</summary>
/// <remarks>Thread safe. Who is refused by it need not say so again.</remarks>
internal sealed partial class StoreAvailability(TimeProvider clock, ILogger log)
{
    private const string Away = "away";

    private readonly Sparingly _sparingly = new(clock);
    private int _isAway;
    private volatile string? _problem;

    /// <summary>Why it was away when it was asked last; null where it answered.</summary>
    internal string? Problem => _problem;

    /// <summary>It did not do what it was asked.</summary>
    internal void Failed(StoreException cause)
    {
        if (cause.Fault != StoreFault.Unavailable) return;
        _problem = cause.Message;
        if (Volatile.Read(ref _isAway) == 0 && _sparingly.May(Away) && Interlocked.Exchange(ref _isAway, 1) == 0) LogAway(cause.Message);
    }

    /// <summary>It did what it was asked.</summary>
    internal void Answered()
    {
        if (_problem is not null) _problem = null;
        if (Volatile.Read(ref _isAway) == 1 && Interlocked.Exchange(ref _isAway, 0) == 1) LogBack();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Why}; clients whose coffers are in memory go on, others get Error unavailable until it answers")]
    private partial void LogAway(string why);

    [LoggerMessage(Level = LogLevel.Information, Message = "the database answers again")]
    private partial void LogBack();
}
