using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Coffer.Server.Audit;

/// <summary>Counts the lines that could not be written, and says so: once when it begins, again every minute that it lasts, and when it is over.</summary>
/// <remarks><see cref="Count"/> may be called by any thread, the rest by the one that writes.</remarks>
internal sealed partial class AuditLoss(TimeProvider clock)
{
    private static readonly TimeSpan SayAgainAfter = TimeSpan.FromMinutes(1);

    // Whoever is sent nobody because of it has no line to try again with.
    private static readonly TimeSpan ToldFor = TimeSpan.FromSeconds(10);

    private ILogger _log = NullLogger.Instance;
    private long _lost;
    private long _lostInTrail;
    private long _lostInLog;
    private bool _isFailing;
    private long? _saidAt;
    private volatile Failure? _failure;

    /// <summary>How many lines were lost since the start.</summary>
    internal long Lost => Volatile.Read(ref _lost);

    /// <summary>How many of them the trail itself does not tell of yet.</summary>
    internal long MissingInTrail => Lost - _lostInTrail;

    /// <summary>Why lines could not be written within the last seconds; null where they could, or none was to be. Any thread.</summary>
    internal string? Problem => _failure is { } failure && clock.GetElapsedTime(failure.At) < ToldFor ? failure.Why : null;

    internal void LogTo(ILogger log) => _log = log;

    internal void Count() => Interlocked.Increment(ref _lost);

    /// <summary>Lines could not be written.</summary>
    internal void Failed(Exception cause)
    {
        _isFailing = true;
        _failure = new(clock.GetTimestamp(), cause.Message);
        if (_saidAt is { } said && clock.GetElapsedTime(said) < SayAgainAfter) return;
        _saidAt = clock.GetTimestamp();
        LogFailed(cause.Message, Lost - _lostInLog);
    }

    /// <summary>Lines were written, with one that tells of <paramref name="told"/> lost before them.</summary>
    internal void Written(long told)
    {
        _lostInTrail += told;
        _failure = null;
        if (!_isFailing && told == 0) return;
        _isFailing = false;
        LogWritten(Lost - _lostInLog);
        _lostInLog = Lost;
    }

    /// <summary>Nothing is written any more.</summary>
    internal void Ended()
    {
        if (MissingInTrail > 0) LogEnded(MissingInTrail);
    }

    private sealed record Failure(long At, string Why);

    [LoggerMessage(Level = LogLevel.Error, Message = "the audit trail cannot be written: {Why}; {Lost} lines lost until now")]
    private partial void LogFailed(string why, long lost);

    [LoggerMessage(Level = LogLevel.Warning, Message = "the audit trail is written again: {Lost} lines lost")]
    private partial void LogWritten(long lost);

    [LoggerMessage(Level = LogLevel.Error, Message = "the audit trail ends with {Lost} lines lost that it does not tell of")]
    private partial void LogEnded(long lost);
}
