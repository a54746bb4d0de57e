using System.Net.Sockets;
using Coffer.Protocol.Messages;

namespace Coffer.Client;

/// <summary>What a failure means for the next attempt, and for the report. Source: protocol.md section 8.</summary>
internal static class FailureJudgement
{
    /// <summary>Whether no other server could answer otherwise, or must not be asked: a wrong key is never retried away.</summary>
    internal static bool IsFinal(this FetchFailure failure) => failure switch
    {
        FetchFailure.WrongServerKey or FetchFailure.KeyUnknown => true,
        FetchFailure.Refused { Authenticated: true, Word: ErrorWord.Revoked or ErrorWord.Violation } => true,
        FetchFailure.Broken { Fault: not ConversationFault.ClosedEarly } => true,
        _ => false,
    };

    /// <summary>Whether it is worth another round.</summary>
    internal static bool MayPass(this FetchFailure failure) => failure
        is FetchFailure.Refused { Word: not (ErrorWord.Revoked or ErrorWord.Violation) }
        or FetchFailure.Broken { Fault: ConversationFault.ClosedEarly }
        or FetchFailure.TimedOut
        or FetchFailure.NameNotResolved { Error: SocketError.TryAgain };

    /// <summary>How much a failure tells the people who look for its cause: the nearer to a coffer, the more.</summary>
    internal static int Weight(this FetchFailure failure) => failure switch
    {
        _ when failure.IsFinal() => 7,
        FetchFailure.Refused { Authenticated: true } => 6,
        FetchFailure.Broken => 5,
        FetchFailure.Refused => 4,
        FetchFailure.NotACofferServer => 3,
        FetchFailure.TimedOut => 2,
        FetchFailure.CannotConnect => 1,
        _ => 0,
    };
}
