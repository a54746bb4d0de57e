using System.Buffers;
using System.Buffers.Binary;

namespace Coffer.Protocol.Frames;

/// <summary>What the front of the input is.</summary>
public enum FrameRead
{
    /// <summary>A whole frame.</summary>
    Complete,

    /// <summary>The beginning of one: more bytes are needed.</summary>
    Incomplete,

    /// <summary>No message of that sender: an unknown type, a type of the other side, or a length that its type does not have.</summary>
    Malformed,
}

/// <summary>One frame: its type from the clear header and its body as it travelled.</summary>
public readonly record struct Frame(MessageType Type, ReadOnlySequence<byte> Body);

/// <summary>Cuts and writes frames: u16 big-endian length, u8 type, then that many bytes (0..65535).</summary>
/// <remarks>The caller owns the buffer; the codec only says what it saw. Source: protocol.md section 1.</remarks>
public static class FrameCodec
{
    /// <summary>The header's length in bytes.</summary>
    public const int HeaderSize = 3;

    /// <summary>Cuts one frame of <paramref name="sender"/> off the front of <paramref name="input"/>.</summary>
    /// <returns><see cref="FrameRead.Incomplete"/> and <see cref="FrameRead.Malformed"/> leave <paramref name="input"/> untouched.
    /// A frame is malformed as soon as its header is, so at most the longest body of that sender is ever waited for.</returns>
    public static FrameRead Read(ref ReadOnlySequence<byte> input, Sender sender, out Frame frame)
    {
        frame = default;
        if (input.Length < HeaderSize) return FrameRead.Incomplete;

        Span<byte> header = stackalloc byte[HeaderSize];
        input.Slice(0, HeaderSize).CopyTo(header);
        if (!TryReadHeader(header, sender, out var type, out var length)) return FrameRead.Malformed;
        if (input.Length < HeaderSize + length) return FrameRead.Incomplete;

        frame = new Frame(type, input.Slice(HeaderSize, length));
        input = input.Slice(HeaderSize + length);
        return FrameRead.Complete;
    }

    /// <summary>Reads the 3 bytes of a header; false where <paramref name="sender"/> has no such message.</summary>
    public static bool TryReadHeader(ReadOnlySpan<byte> header, Sender sender, out MessageType type, out int length)
    {
        length = BinaryPrimitives.ReadUInt16BigEndian(header);
        type = (MessageType)header[2];
        return MessageSize.Fits(sender, type, length);
    }

    /// <summary>Writes the header of a body of <paramref name="length"/> bytes.</summary>
    /// <exception cref="OverflowException"><paramref name="length"/> is not 0..65535.</exception>
    public static void WriteHeader(Span<byte> header, MessageType type, int length)
    {
        BinaryPrimitives.WriteUInt16BigEndian(header, (ushort)length);
        header[2] = (byte)type;
    }
}
