using Coffer.Crypto.Keys;
using Coffer.Crypto.Noise;
using Coffer.Protocol.Frames;

namespace Coffer.Protocol.Messages;

/// <summary>What a server's answer to Hello says.</summary>
public enum HelloAnswer
{
    /// <summary>The link is established.</summary>
    Link,

    /// <summary>The server does not know our key.</summary>
    KeyNotFound,

    /// <summary>The answer does not open: another server's key, or bytes changed on the way.</summary>
    NotOurs,
}

/// <summary>The three handshake messages: Hello, and Link or KeyNotFound in answer.</summary>
/// <remarks>Each repeats its type as the first byte of its Noise payload. Source: protocol.md section 3.</remarks>
public static class Handshake
{
    /// <summary>The length of a whole Hello frame in bytes.</summary>
    public const int HelloFrameSize = FrameCodec.HeaderSize + MessageSize.Hello;

    /// <summary>The length of a whole Link frame in bytes.</summary>
    public const int LinkFrameSize = FrameCodec.HeaderSize + 49;

    /// <summary>The length of a whole KeyNotFound frame in bytes.</summary>
    public const int KeyNotFoundFrameSize = FrameCodec.HeaderSize + 81;

    /// <summary>The 8 ASCII bytes that both sides mix in first.</summary>
    public static ReadOnlySpan<byte> Prologue => "Coffer/1"u8;

    /// <summary>Writes a client's Hello frame.</summary>
    public static void WriteHello(ref HandshakeState handshake, Span<byte> frame) =>
        Write(ref handshake, [(byte)MessageType.Hello], frame[..HelloFrameSize]);

    /// <summary>Reads a Hello's body; false where it does not open or repeats another type. The client's key is then the handshake's remote static.</summary>
    public static bool TryReadHello(ref HandshakeState handshake, ReadOnlySpan<byte> body)
    {
        Span<byte> payload = stackalloc byte[1];
        return handshake.ReadMessage(body, payload, out var written) == HandshakeStep.Continue && written == 1 && payload[0] == (byte)MessageType.Hello;
    }

    /// <summary>Writes a server's Link frame.</summary>
    public static void WriteLink(ref HandshakeState handshake, Span<byte> frame) =>
        Write(ref handshake, [(byte)MessageType.Link], frame[..LinkFrameSize]);

    /// <summary>Writes a server's KeyNotFound frame, which names the key that is not known.</summary>
    public static void WriteKeyNotFound(ref HandshakeState handshake, Span<byte> frame)
    {
        Span<byte> payload = stackalloc byte[1 + PublicKey.Size];
        var client = handshake.RemoteStatic;
        payload[0] = (byte)MessageType.KeyNotFound;
        client.Span.CopyTo(payload[1..]);
        Write(ref handshake, payload, frame[..KeyNotFoundFrameSize]);
    }

    /// <summary>Reads the body of the server's answer, which came under <paramref name="type"/>, as <paramref name="client"/>.</summary>
    public static HelloAnswer ReadAnswer(ref HandshakeState handshake, MessageType type, ReadOnlySpan<byte> body, PublicKey client)
    {
        Span<byte> payload = stackalloc byte[1 + PublicKey.Size];
        if (handshake.ReadMessage(body, payload, out var written) != HandshakeStep.Done || written == 0 || payload[0] != (byte)type) return HelloAnswer.NotOurs;
        return type switch
        {
            MessageType.Link when written == 1 => HelloAnswer.Link,
            MessageType.KeyNotFound when written == payload.Length && payload[1..].SequenceEqual(client.Span) => HelloAnswer.KeyNotFound,
            _ => HelloAnswer.NotOurs,
        };
    }

    // The payload's first byte is the frame's type, too.
    private static void Write(ref HandshakeState handshake, scoped ReadOnlySpan<byte> payload, Span<byte> frame)
    {
        FrameCodec.WriteHeader(frame, (MessageType)payload[0], frame.Length - FrameCodec.HeaderSize);
        handshake.WriteMessage(payload, frame[FrameCodec.HeaderSize..], out _);
    }
}
