using System.Buffers;
using System.Buffers.Binary;
using Coffer.Protocol.Frames;

namespace Coffer.Server.Remoting;

/// <summary>Cuts and writes what travels between nodes: i32 little-endian length, then that many bytes.</summary>
/// <remarks>The form is that of Akka's own transport, so that a node of either understands the other.</remarks>
internal static class RemotingFrame
{
    /// <summary>The header's length in bytes.</summary>
    internal const int HeaderSize = sizeof(int);

    /// <summary>Cuts one frame off the front of <paramref name="input"/>.</summary>
    /// <returns><see cref="FrameRead.Incomplete"/> and <see cref="FrameRead.Malformed"/> leave <paramref name="input"/> untouched.
    /// A frame is malformed as soon as its header says more than <paramref name="longest"/> bytes, or fewer than none.</returns>
    internal static FrameRead Read(ref ReadOnlySequence<byte> input, int longest, out ReadOnlySequence<byte> body)
    {
        body = default;
        var reader = new SequenceReader<byte>(input);
        if (!reader.TryReadLittleEndian(out int length)) return FrameRead.Incomplete;
        if (length < 0 || length > longest) return FrameRead.Malformed;
        if (reader.Remaining < length) return FrameRead.Incomplete;

        body = reader.UnreadSequence.Slice(0, length);
        input = reader.UnreadSequence.Slice(length);
        return FrameRead.Complete;
    }

    /// <summary>Writes one frame.</summary>
    internal static void Write(IBufferWriter<byte> output, ReadOnlySpan<byte> body)
    {
        BinaryPrimitives.WriteInt32LittleEndian(output.GetSpan(HeaderSize), body.Length);
        output.Advance(HeaderSize);
        output.Write(body);
    }
}
