using System.Net.Sockets;
using Coffer.Crypto.Noise;
using Coffer.Protocol.Cbor;
using Coffer.Protocol.Frames;
using Coffer.Protocol.Messages;
using Coffer.Protocol.Secrets;

namespace Coffer.Client;

/// <summary>One conversation over one connection: Hello, Link, Get, OkGet, Bye.</summary>
/// <remarks>
/// state    | on                        | does           | then
/// Linking  | Link that opens           | sends Get      | Fetching
///          | KeyNotFound that opens    |                | KeyUnknown
///          | either that does not      |                | WrongServerKey
///          | Error <c>violation</c>    |                | WrongServerKey, unproven
///          | Error, else               |                | Refused, a hint
///          | anything else, or closed  |                | NotACofferServer
/// Fetching | Part                      | joins          | Fetching
///          | OkGet                     | decodes, sends Bye | the coffer
///          | Error that opens          |                | Refused
///          | anything else, or closed  |                | Broken
/// Source: protocol.md section 2.
/// </remarks>
internal sealed class Conversation(Wire wire, ServerAddress server, CofferClientOptions options) : IDisposable
{
    // Pinned, so that no copy of its keys is left behind when the heap is compacted.
    private readonly HandshakeState[] _handshake = GC.AllocateArray<HandshakeState>(1, pinned: true);
    private readonly Transport _transport = new();
    private readonly FrameReader _frames = new(wire);
    private readonly JoinedSlices _slices = new();

    /// <summary>What is being waited for.</summary>
    internal FetchStage Stage { get; private set; } = FetchStage.Linking;

    /// <summary>Has the whole conversation; a coffer or the reason why there is none.</summary>
    /// <exception cref="OperationCanceledException">The time was over.</exception>
    internal async Task<(OpenCoffer? Coffer, FetchFailure? Failure)> FetchAsync()
    {
        if (await LinkAsync().ConfigureAwait(false) is { } refusal) return (null, refusal);

        Stage = FetchStage.Fetching;
        return await GetAsync().ConfigureAwait(false);
    }

    /// <summary>Wipes what held secrets.</summary>
    public void Dispose()
    {
        _handshake[0].Dispose();
        _transport.Dispose();
        _slices.Dispose();
        _frames.Dispose();
    }

    private async Task<FetchFailure?> LinkAsync()
    {
        var hello = new byte[Handshake.HelloFrameSize];
        _handshake[0] = HandshakeState.Initiator(HandshakePattern.IK, Handshake.Prologue, options.Key, options.ServerKey);
        Handshake.WriteHello(ref _handshake[0], hello);
        if (!await TrySendAsync(hello).ConfigureAwait(false)) return Foreign(ForeignAnswer.ClosedAtOnce);

        var (received, type, body) = await _frames.ReadAsync().ConfigureAwait(false);
        return received switch
        {
            Received.Closed => Foreign(_frames.Pending.IsEmpty ? ForeignAnswer.ClosedAtOnce : Recognize(_frames.Pending) ?? ForeignAnswer.ClosedInFrame),
            Received.Malformed => Foreign(Recognize(_frames.Pending) ?? ForeignAnswer.NoFrame),
            _ => Linking(type, body.Span),
        };
    }

    private FetchFailure? Linking(MessageType type, ReadOnlySpan<byte> body)
    {
        switch (type)
        {
            case MessageType.Link or MessageType.KeyNotFound:
                var answer = Handshake.ReadAnswer(ref _handshake[0], type, body, options.Key.PublicKey);
                if (answer == HelloAnswer.NotOurs) return new FetchFailure.WrongServerKey(server, Proven: true);
                if (answer == HelloAnswer.KeyNotFound) return new FetchFailure.KeyUnknown(server, options.Key.PublicKey);
                _handshake[0].Split(_transport);
                return null;
            case MessageType.Error:
                var (word, explanation) = ErrorMessage.Parse(body);
                return word == ErrorWord.Violation
                    ? new FetchFailure.WrongServerKey(server, Proven: false)
                    : new FetchFailure.Refused(server, word, explanation, Authenticated: false);
            default:
                return Foreign(ForeignAnswer.NoFrame);
        }
    }

    private async Task<(OpenCoffer? Coffer, FetchFailure? Failure)> GetAsync()
    {
        var get = new byte[SealedMessage.GetFrameSize];
        SealedMessage.WriteGet(_transport, get);
        // A server that ends the conversation says why before it closes: the answer counts, not the failure to send.
        await TrySendAsync(get).ConfigureAwait(false);
        while (true)
        {
            var (received, type, body) = await _frames.ReadAsync().ConfigureAwait(false);
            if (received != Received.Frame) return Broken(received == Received.Closed ? ConversationFault.ClosedEarly : ConversationFault.OutOfTurn);

            if (type == MessageType.Error) return Refused(body.Span);
            if (type is not (MessageType.Part or MessageType.OkGet)) return Broken(ConversationFault.OutOfTurn);
            if (Join(type, body.Span) is { } fault) return Broken(fault);
            if (type == MessageType.OkGet) break;
        }

        if (!CofferCbor.TryDecode(_slices.Whole, out var coffer)) return Broken(ConversationFault.NotACoffer);
        await SayByeAsync().ConfigureAwait(false);
        return (coffer, null);
    }

    private ConversationFault? Join(MessageType type, ReadOnlySpan<byte> body)
    {
        if (!_slices.TryMakeRoom(body.Length, out var room)) return ConversationFault.TooLarge;
        if (!SealedMessage.TryRead(_transport, type, body, room, out var length)) return ConversationFault.DoesNotOpen;
        _slices.Advance(length);
        return null;
    }

    private (OpenCoffer?, FetchFailure?) Refused(ReadOnlySpan<byte> body)
    {
        var plain = new byte[body.Length];
        if (!SealedMessage.TryRead(_transport, MessageType.Error, body, plain, out var length)) return Broken(ConversationFault.DoesNotOpen);
        var (word, explanation) = ErrorMessage.Parse(plain.AsSpan(0, length));
        return (null, new FetchFailure.Refused(server, word, explanation, Authenticated: true));
    }

    private async Task SayByeAsync()
    {
        var bye = new byte[SealedMessage.ByeFrameSize];
        SealedMessage.WriteBye(_transport, options.Key.PublicKey, bye);
        try
        {
            await TrySendAsync(bye).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The coffer is here, which a courtesy must not cost.
        }
    }

    private async ValueTask<bool> TrySendAsync(byte[] frame)
    {
        try
        {
            for (var sent = 0; sent < frame.Length;)
                sent += await wire.SendAsync(frame.AsMemory(sent)).ConfigureAwait(false);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private (OpenCoffer?, FetchFailure?) Broken(ConversationFault fault) => (null, new FetchFailure.Broken(server, fault));

    private FetchFailure.NotACofferServer Foreign(ForeignAnswer answer) => new(server, answer);

    private static ForeignAnswer? Recognize(ReadOnlySpan<byte> answer)
    {
        if (answer.StartsWith("HTTP/"u8)) return ForeignAnswer.Http;
        if (answer.StartsWith("SSH-"u8)) return ForeignAnswer.Ssh;
        return answer.StartsWith(TlsAlert) ? ForeignAnswer.Tls : null;
    }

    // Content type 21 and the first byte of every version of TLS: RFC 8446 section 5.1.
    private static ReadOnlySpan<byte> TlsAlert => [21, 3];
}
