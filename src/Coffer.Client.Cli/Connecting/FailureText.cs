using System.Globalization;
using System.Net.Sockets;
using Coffer.CommandLine;
using Coffer.Protocol.Messages;

namespace Coffer.Client.Cli.Connecting;

/// <summary>The failures of a fetch in words: one error and one hint for each.</summary>
internal static class FailureText
{
    private const int MaxExplanation = 200;

    /// <summary>Says the cause, and in a note each how the other servers failed.</summary>
    internal static void Say(FetchOutcome.Failed failed, CofferClientOptions options)
    {
        Words.Say(Describe(failed.Cause, options));
        foreach (var other in failed.OfEachServer.Where(f => f.Server != failed.Cause.Server)) Words.Note(Describe(other, options).Message);
    }

    internal static Problem Describe(FetchFailure failure, CofferClientOptions options) => failure switch
    {
        FetchFailure.NameNotResolved f => new(
            $"the name {f.Server.Host} cannot be resolved ({Resolver(f.Error)})",
            "is the name spelled right, and does this machine's DNS answer?"),
        FetchFailure.CannotConnect f => new(
            $"cannot connect to {f.Server} ({System(f.Error)})",
            f.Error == SocketError.ConnectionRefused ? "is coffer-server running there, and listening on that address and port?" : "is the host up, and does the network let TCP to that port through?"),
        FetchFailure.NotACofferServer f => new(
            $"{f.Server} is not a Coffer server: it {Foreign(f.Answer)}",
            "is the port right? coffer-server says on start where it listens, 9187 unless told otherwise"),
        FetchFailure.WrongServerKey { Proven: true } f => new(
            $"wrong server key: what answers on {f.Server} does not hold the secret key of {options.ServerKey}",
            "compare with what 'coffer-companion public' prints on the server; if both are the same, somebody stands between and nothing was sent to them"),
        FetchFailure.WrongServerKey f => new(
            $"wrong server key, most likely: {f.Server} cannot open what was sealed for {options.ServerKey}",
            "compare with what 'coffer-companion public' prints on the server; it answered 'violation', unsealed, as a server of another version would and anybody on the way can"),
        FetchFailure.KeyUnknown f => new(
            $"the server on {f.Server} does not know this client, whose public key is {f.Client}",
            $"ask the operator to enter it under [clients] in the definition: NAME = \"{f.Client}\"; or, where it is there and was revoked, to restore it"),
        FetchFailure.Refused f => new(
            $"the server on {f.Server} refused: {WordOf(f.Word)}{(f.Explanation.Length == 0 ? "" : $": {Short(f.Explanation)}")}{(f.Authenticated ? "" : " (not sealed yet, so anybody on the way can have said it)")}",
            Advice(f.Word)),
        FetchFailure.Broken f => new(
            $"the conversation with {f.Server} failed: {Fault(f.Fault)}",
            f.Fault == ConversationFault.ClosedEarly ? "try again; the server's log tells more" : "if it happens again, something between changes the bytes, or client and server differ in version"),
        FetchFailure.TimedOut f => new(
            $"{f.Server} did not answer in time, while waiting for {Stage(f.Stage)} (--timeout is {options.Timeout.TotalSeconds.ToString(CultureInfo.InvariantCulture)} s for all)",
            HintOfTimeout(options)),
        _ => throw new InvalidOperationException("a failure without words"),
    };

    // A cluster that lost a node has some of its clients wait for up to 13 s: docs/operations.md, "What a cluster survives".
    private static string HintOfTimeout(CofferClientOptions options)
    {
        const string Hosts = "is the host up and not overloaded, and does the network let TCP to that port through?";
        return options.Servers.Count == 1
            ? Hosts
            : $"a node may just have died, which its cluster makes good within some 13 s: ask again, or outlast that by --timeout 30; otherwise, {Hosts}";
    }

    private static string Resolver(SocketError error) => error switch
    {
        SocketError.HostNotFound => "no such name",
        SocketError.TryAgain => "the name server did not answer",
        SocketError.NoData => "it has no address",
        _ => "the name server failed",
    };

    private static string System(SocketError error) => error switch
    {
        SocketError.ConnectionRefused => "connection refused",
        SocketError.HostUnreachable or SocketError.HostDown => "no route to host",
        SocketError.NetworkUnreachable or SocketError.NetworkDown => "network unreachable",
        SocketError.TimedOut => "connection timed out",
        SocketError.ConnectionReset => "connection reset",
        SocketError.AccessDenied => "not permitted",
        SocketError.AddressFamilyNotSupported => "this machine does not speak that address family",
        SocketError.AddressNotAvailable => "no address of this machine reaches it",
        SocketError.TooManyOpenSockets => "too many open files",
        _ => error.ToString(),
    };

    private static string Foreign(ForeignAnswer answer) => answer switch
    {
        ForeignAnswer.ClosedAtOnce => "closed the connection without an answer",
        ForeignAnswer.ClosedInFrame => "closed the connection in the middle of its answer",
        ForeignAnswer.Http => "answered in HTTP",
        ForeignAnswer.Tls => "answered in TLS",
        ForeignAnswer.Ssh => "answered in SSH",
        _ => "answered with something else",
    };

    private static string Fault(ConversationFault fault) => fault switch
    {
        ConversationFault.ClosedEarly => "it closed the connection before the coffer was whole",
        ConversationFault.DoesNotOpen => "a message was changed on the way",
        ConversationFault.OutOfTurn => "it sent a message that does not stand there",
        ConversationFault.TooLarge => "it sent a coffer of more than 1 MiB",
        _ => "it sent a coffer that cannot be read",
    };

    private static string Stage(FetchStage stage) => stage switch
    {
        FetchStage.Resolving => "the addresses of its name",
        FetchStage.Connecting => "the connection",
        FetchStage.Linking => "the answer to our hello",
        _ => "the coffer",
    };

    private static string WordOf(ErrorWord word) => word.ToString().ToLowerInvariant();

    private static string Advice(ErrorWord word) => word switch
    {
        ErrorWord.Busy => "the server is at its limits: try later, or name more servers",
        ErrorWord.Unavailable => "the server cannot answer for now: try later, or name more servers",
        ErrorWord.Revoked => "an operator took this client's access away: ask whether that was meant",
        ErrorWord.Timeout => "try again; the machine or the network was too slow for the server",
        ErrorWord.Violation => "do client and server have the same version?",
        _ => "try again; the server's log tells more",
    };

    // What another program says is shown, not obeyed in its length.
    private static string Short(string text) => text.Length <= MaxExplanation ? text : text[..MaxExplanation] + "…";
}
