using Coffer.Operations;
using Microsoft.Extensions.Logging;

namespace Coffer.Server.Operations;

/// <summary>Hears of every operation that was asked rightly, once it is over: for log and audit. Thread safe.</summary>
public interface IOperationsLog
{
    /// <summary>It is over.</summary>
    /// <param name="call">What was asked, and by whom; <see cref="OperationCall.IsCommand"/> tells whether it was to change something.</param>
    /// <param name="failure">Why it was not done; null where it was.</param>
    void Ended(OperationCall call, OperationException? failure);
}

/// <summary>One line a command at info, one a query at debug.</summary>
public sealed partial class OperationsLog(ILogger<OperationsLog> log) : IOperationsLog
{
    private readonly ILogger _log = log;

    /// <inheritdoc/>
    public void Ended(OperationCall call, OperationException? failure)
    {
        var level = call.IsCommand ? LogLevel.Information : LogLevel.Debug;
        if (!_log.IsEnabled(level)) return;
        if (failure is null) LogDone(level, call, call.By);
        else LogFailed(level, call, call.By, AnswerEnd.CodeOf(failure.Fault), failure.Message);
    }

    [LoggerMessage(Message = "operator: {Call} by {By}: done")]
    private partial void LogDone(LogLevel level, OperationCall call, string by);

    [LoggerMessage(Message = "operator: {Call} by {By}: {Code}: {Error}")]
    private partial void LogFailed(LogLevel level, OperationCall call, string by, string code, string error);
}
