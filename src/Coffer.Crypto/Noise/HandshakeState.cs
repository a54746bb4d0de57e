using System.Security.Cryptography;
using Coffer.Crypto.Keys;

namespace Coffer.Crypto.Noise;

/// <summary>What a handshake is after a message was written or read.</summary>
public enum HandshakeStep
{
    /// <summary>The other side's message comes next, or ours does.</summary>
    Continue,

    /// <summary>All messages are through: <see cref="HandshakeState.Split"/> hands out the transport.</summary>
    Done,

    /// <summary>The message was not taken; the handshake is over and <see cref="HandshakeState.Failure"/> says why.</summary>
    Failed,
}

/// <summary>Why a handshake failed. For the log: the other side is told one thing for all of them.</summary>
public enum HandshakeFailure
{
    /// <summary>It has not.</summary>
    None,

    /// <summary>The message is shorter than its keys and tags, or its payload longer than the caller allowed.</summary>
    BadLength,

    /// <summary>An exchange gave the all-zero secret.</summary>
    LowOrder,

    /// <summary>A tag is wrong: another key, another prologue, or a bit changed on the way.</summary>
    BadTag,
}

/// <summary>One side of a Noise handshake, on the caller's stack or, across an await, in a pinned array of one. Source: Noise revision 34, section 5.3.</summary>
/// <remarks>
/// Allocates nothing. Never copy it: Dispose wipes only the one it is called on. Messages are written and read in turn; out of turn is the caller's mistake and throws.
/// After <see cref="HandshakeStep.Failed"/> every further call throws.
/// </remarks>
public unsafe struct HandshakeState : IDisposable
{
    /// <summary>The longest payload of a handshake message, in bytes.</summary>
    public const int MaxPayload = 256;

    /// <summary>The longest prologue, in bytes.</summary>
    public const int MaxPrologue = SymmetricState.MaxMixed;

    private readonly HandshakePattern _pattern;
    private readonly bool _initiator;
    private readonly KeyPair _s;
    private SymmetricState _symmetric;
    private Key32 _e;
    private Key32 _ePublic;
    private Key32 _rs;
    private Key32 _re;
    private int _message;
    private bool _hasRemoteStatic;
    private bool _fixedEphemeral;
    private bool _over;

    private HandshakeState(HandshakePattern pattern, bool initiator, scoped ReadOnlySpan<byte> prologue, KeyPair s, scoped ReadOnlySpan<byte> responder)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(prologue.Length, MaxPrologue, nameof(prologue));
        _pattern = pattern;
        _initiator = initiator;
        _s = s;
        _symmetric = new SymmetricState(pattern.ProtocolName);
        _symmetric.MixHash(prologue);
        _symmetric.MixHash(responder);
        if (!initiator) return;
        responder.CopyTo(_rs.Span);
        _hasRemoteStatic = true;
    }

    /// <summary>The side that speaks first and knows the other's public key. <paramref name="s"/> stays the caller's.</summary>
    public static HandshakeState Initiator(HandshakePattern pattern, scoped ReadOnlySpan<byte> prologue, KeyPair s, PublicKey responder) =>
        new(pattern, initiator: true, prologue, s, responder.Span);

    /// <summary>The side that is spoken to. <paramref name="s"/> stays the caller's.</summary>
    public static HandshakeState Responder(HandshakePattern pattern, scoped ReadOnlySpan<byte> prologue, KeyPair s)
    {
        var responder = s.PublicKey;
        return new(pattern, initiator: false, prologue, s, responder.Span);
    }

    /// <summary>As <see cref="Initiator"/> or <see cref="Responder"/>, but with the ephemeral key of a test vector.</summary>
    internal static HandshakeState WithEphemeralForTests(HandshakePattern pattern, scoped ReadOnlySpan<byte> prologue, KeyPair s, PublicKey? responder, scoped ReadOnlySpan<byte> ephemeral)
    {
        var state = responder is { } key ? Initiator(pattern, prologue, s, key) : Responder(pattern, prologue, s);
        ephemeral.CopyTo(state._e.Span);
        state._fixedEphemeral = true;
        return state;
    }

    /// <summary>Why the last step failed.</summary>
    public HandshakeFailure Failure { get; private set; }

    /// <summary>The other side's static key, once a message has carried it or the caller named it.</summary>
    /// <exception cref="InvalidOperationException">It is not known yet, or the handshake failed or was disposed.</exception>
    public PublicKey RemoteStatic => _hasRemoteStatic ? new PublicKey(_rs.Span) : throw new InvalidOperationException("the other side has not shown its key, or it is wiped");

    /// <summary>Writes the next message with <paramref name="payload"/> inside; <paramref name="written"/> counts its bytes.</summary>
    /// <exception cref="InvalidOperationException">It is the other side's turn, or the handshake is over.</exception>
    /// <exception cref="ArgumentException"><paramref name="message"/> is too short or <paramref name="payload"/> too long.</exception>
    public HandshakeStep WriteMessage(scoped ReadOnlySpan<byte> payload, scoped Span<byte> message, out int written)
    {
        ThrowIfNotTurn(write: true);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(payload.Length, MaxPayload, nameof(payload));
        ArgumentOutOfRangeException.ThrowIfLessThan(message.Length, MessageSize(payload.Length), nameof(message));
        written = 0;
        foreach (var token in _pattern.Message(_message))
        {
            switch (token)
            {
                case Token.E:
                    written += WriteEphemeral(message[written..]);
                    break;
                case Token.S:
                    var s = _s.PublicKey;
                    written += _symmetric.EncryptAndHash(s.Span, message[written..]);
                    break;
                default:
                    if (!MixAgreement(token)) return Fail(HandshakeFailure.LowOrder);
                    break;
            }
        }
        written += _symmetric.EncryptAndHash(payload, message[written..]);
        return Next();
    }

    /// <summary>Reads the other side's message; <paramref name="written"/> counts the bytes of its payload.</summary>
    /// <exception cref="InvalidOperationException">It is our turn, or the handshake is over.</exception>
    public HandshakeStep ReadMessage(scoped ReadOnlySpan<byte> message, scoped Span<byte> payload, out int written)
    {
        ThrowIfNotTurn(write: false);
        written = 0;
        foreach (var token in _pattern.Message(_message))
        {
            switch (token)
            {
                case Token.E:
                    if (!TryTake(ref message, Key32.Size, out var re)) return Fail(HandshakeFailure.BadLength);
                    re.CopyTo(_re.Span);
                    _symmetric.MixHash(re);
                    break;
                case Token.S:
                    if (!TryTake(ref message, _symmetric.SealedSize(Key32.Size), out var rs)) return Fail(HandshakeFailure.BadLength);
                    if (!_symmetric.DecryptAndHash(rs, _rs.Span)) return Fail(HandshakeFailure.BadTag);
                    _hasRemoteStatic = true;
                    break;
                default:
                    if (!MixAgreement(token)) return Fail(HandshakeFailure.LowOrder);
                    break;
            }
        }

        var length = message.Length - _symmetric.SealedSize(0);
        if (length < 0 || length > payload.Length || length > MaxPayload) return Fail(HandshakeFailure.BadLength);
        if (!_symmetric.DecryptAndHash(message, payload)) return Fail(HandshakeFailure.BadTag);
        written = length;
        return Next();
    }

    /// <summary>Fills <paramref name="transport"/>, a new one of the caller's, and ends the handshake.</summary>
    /// <exception cref="InvalidOperationException">The handshake is not <see cref="HandshakeStep.Done"/>, or <paramref name="transport"/> is another's.</exception>
    /// <exception cref="ObjectDisposedException"><paramref name="transport"/> is disposed.</exception>
    public void Split(Transport transport)
    {
        if (_over || _message < _pattern.MessageCount) throw new InvalidOperationException("the handshake is not done");
        // Before the keys: a disposed transport's memory belongs to the pool, an open one's to another conversation.
        transport.Open();
        _over = true;
        _symmetric.Split(transport.Key(_initiator ? Transport.Direction.Send : Transport.Direction.Receive), transport.Key(_initiator ? Transport.Direction.Receive : Transport.Direction.Send));
    }

    /// <summary>The transcript's hash, 32 bytes, which both sides share once it is done.</summary>
    internal void CopyHandshakeHash(scoped Span<byte> hash) => _symmetric.CopyHash(hash);

    /// <summary>Wipes every secret.</summary>
    public void Dispose()
    {
        _over = true;
        _hasRemoteStatic = false;
        _symmetric.Wipe();
        _e.Wipe();
        _rs.Wipe();
        _re.Wipe();
    }

    // Known beforehand, so that a message buffer that is too short leaves the transcript untouched.
    private readonly int MessageSize(int payload)
    {
        var size = payload + Sodium.TagSize;
        foreach (var token in _pattern.Message(_message))
            size += token switch { Token.E => Key32.Size, Token.S => Key32.Size + Sodium.TagSize, _ => 0 };
        return size;
    }

    private int WriteEphemeral(scoped Span<byte> message)
    {
        if (!_fixedEphemeral) Sodium.Randomize(_e.Span);
        fixed (byte* q = _ePublic.Span, n = _e.Span) Sodium.ScalarMultBase(q, n);
        _ePublic.Span.CopyTo(message);
        _symmetric.MixHash(_ePublic.Span);
        return Key32.Size;
    }

    private bool MixAgreement(Token token)
    {
        Span<byte> shared = stackalloc byte[Sodium.KeySize];
        var agreed = token switch
        {
            Token.EE => AgreeEphemeral(_re.Span, shared),
            Token.ES => _initiator ? AgreeEphemeral(_rs.Span, shared) : AgreeStatic(_re.Span, shared),
            Token.SE => _initiator ? AgreeStatic(_re.Span, shared) : AgreeEphemeral(_rs.Span, shared),
            _ => AgreeStatic(_rs.Span, shared),
        };
        if (agreed) _symmetric.MixKey(shared);
        CryptographicOperations.ZeroMemory(shared);
        return agreed;
    }

    private bool AgreeEphemeral(scoped Span<byte> other, scoped Span<byte> shared)
    {
        fixed (byte* q = shared, n = _e.Span, p = other) return Sodium.ScalarMult(q, n, p);
    }

    private readonly bool AgreeStatic(scoped Span<byte> other, scoped Span<byte> shared)
    {
        fixed (byte* q = shared, p = other) return _s.TryAgree(p, q);
    }

    private static bool TryTake(scoped ref ReadOnlySpan<byte> message, int length, out ReadOnlySpan<byte> taken)
    {
        taken = default;
        if (message.Length < length) return false;
        taken = message[..length];
        message = message[length..];
        return true;
    }

    private HandshakeStep Next() => ++_message == _pattern.MessageCount ? HandshakeStep.Done : HandshakeStep.Continue;

    private HandshakeStep Fail(HandshakeFailure failure)
    {
        Dispose();
        Failure = failure;
        return HandshakeStep.Failed;
    }

    private readonly void ThrowIfNotTurn(bool write)
    {
        if (_over || _message >= _pattern.MessageCount) throw new InvalidOperationException("the handshake is over");
        var initiatorsTurn = _message % 2 == 0;
        if (write != (initiatorsTurn == _initiator)) throw new InvalidOperationException(write ? "the other side's message comes next" : "our own message comes next");
    }
}
