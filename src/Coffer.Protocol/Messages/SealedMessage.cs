using System.Buffers;
using System.Security.Cryptography;
using Coffer.Crypto.Keys;
using Coffer.Crypto.Noise;
using Coffer.Protocol.Frames;

namespace Coffer.Protocol.Messages;

/// <summary>The messages after the handshake: each a transport message whose plaintext repeats the frame's type before its body.</summary>
/// <remarks>Source: protocol.md section 3.</remarks>
public static class SealedMessage
{
    /// <summary>What a frame takes beyond its body, in bytes: header, repeated type, tag.</summary>
    public const int Overhead = FrameCodec.HeaderSize + 1 + Transport.TagSize;

    /// <summary>The most body that fits a frame, in bytes: protocol.md section 6.</summary>
    public const int MaxBody = MessageSize.MaxBody - Transport.TagSize - 1;

    /// <summary>The length of a whole Get frame in bytes.</summary>
    public const int GetFrameSize = Overhead;

    /// <summary>The length of a whole Bye frame in bytes.</summary>
    public const int ByeFrameSize = Overhead + PublicKey.Size;

    /// <summary>Writes a Get frame.</summary>
    public static void WriteGet(Transport transport, Span<byte> frame) => Write(transport, [(byte)MessageType.Get], frame);

    /// <summary>Whether <paramref name="body"/> is a Get.</summary>
    public static bool TryReadGet(Transport transport, ReadOnlySpan<byte> body) => TryRead(transport, MessageType.Get, body, [], out _);

    /// <summary>Writes the Bye frame of <paramref name="client"/>.</summary>
    public static void WriteBye(Transport transport, PublicKey client, Span<byte> frame)
    {
        Span<byte> plaintext = stackalloc byte[1 + PublicKey.Size];
        plaintext[0] = (byte)MessageType.Bye;
        client.Span.CopyTo(plaintext[1..]);
        Write(transport, plaintext, frame);
    }

    /// <summary>Whether <paramref name="body"/> is the Bye of <paramref name="client"/>.</summary>
    public static bool TryReadBye(Transport transport, ReadOnlySpan<byte> body, PublicKey client)
    {
        Span<byte> named = stackalloc byte[PublicKey.Size];
        return TryRead(transport, MessageType.Bye, body, named, out var length) && length == PublicKey.Size && client.Span.SequenceEqual(named);
    }

    /// <summary>Opens the body of a frame of <paramref name="type"/> and takes the repeated type off it.</summary>
    /// <param name="transport">The conversation's.</param>
    /// <param name="type">The type in the frame's clear header.</param>
    /// <param name="body">The frame's body.</param>
    /// <param name="plain">Receives what follows the repeated type.</param>
    /// <param name="length">How many bytes that was.</param>
    /// <returns>False where the message does not open, repeats another type, or is longer than <paramref name="plain"/>.</returns>
    public static bool TryRead(Transport transport, MessageType type, ReadOnlySpan<byte> body, Span<byte> plain, out int length)
    {
        length = 0;
        var size = body.Length - Transport.TagSize;
        if (size < 1 || size - 1 > plain.Length) return false;

        var buffer = ArrayPool<byte>.Shared.Rent(size);
        var plaintext = buffer.AsSpan(0, size);
        try
        {
            if (!transport.TryRead(body, plaintext, out _) || plaintext[0] != (byte)type) return false;
            plaintext[1..].CopyTo(plain);
            length = size - 1;
            return true;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plaintext);
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Seals <paramref name="plaintext"/>, whose first byte is the message's type, into a whole frame; returns the frame's length.</summary>
    internal static int Write(Transport transport, scoped ReadOnlySpan<byte> plaintext, Span<byte> frame)
    {
        var body = plaintext.Length + Transport.TagSize;
        FrameCodec.WriteHeader(frame, (MessageType)plaintext[0], body);
        transport.Write(plaintext, frame.Slice(FrameCodec.HeaderSize, body));
        return FrameCodec.HeaderSize + body;
    }
}
