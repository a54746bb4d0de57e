using Coffer.Operations;
using Coffer.Server.Audit;

namespace Coffer.Server.Operations;

/// <summary>One line of the audit trail a command; who only looks is not written down.</summary>
public sealed class OperationsAudit(AuditTrail audit) : IOperationsLog
{
    /// <inheritdoc/>
    public void Ended(OperationCall call, OperationException? failure)
    {
        if (call.IsCommand) audit.Command(call.Operation.Name, call.Arguments, call.By, failure is null ? "done" : AnswerEnd.CodeOf(failure.Fault));
    }
}
