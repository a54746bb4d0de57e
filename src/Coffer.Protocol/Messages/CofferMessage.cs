using Coffer.Crypto.Noise;
using Coffer.Protocol.Frames;

namespace Coffer.Protocol.Messages;

/// <summary>A coffer on the wire: Part frames while more follows, then OkGet. Source: protocol.md section 6.</summary>
public static class CofferMessage
{
    /// <summary>The length of all the frames of a coffer of <paramref name="size"/> bytes.</summary>
    public static int FramesSize(int size) => size + Slices(size) * SealedMessage.Overhead;

    /// <summary>Seals a coffer's frames into <paramref name="frames"/>, <see cref="FramesSize"/> bytes.</summary>
    /// <param name="transport">The conversation's.</param>
    /// <param name="spareAndCoffer">One spare byte, then the coffer's CBOR. It is scribbled over: each slice's type takes the byte before it.</param>
    /// <param name="frames">Receives the frames, one after the other.</param>
    public static void Write(Transport transport, Span<byte> spareAndCoffer, Span<byte> frames)
    {
        for (var slices = Slices(spareAndCoffer.Length - 1); slices > 0; slices--)
        {
            var isLast = slices == 1;
            var slice = isLast ? spareAndCoffer : spareAndCoffer[..(1 + SealedMessage.MaxBody)];
            slice[0] = (byte)(isLast ? MessageType.OkGet : MessageType.Part);
            frames = frames[SealedMessage.Write(transport, slice, frames)..];
            spareAndCoffer = spareAndCoffer[(slice.Length - 1)..];
        }
    }

    private static int Slices(int size) => Math.Max(1, (size + SealedMessage.MaxBody - 1) / SealedMessage.MaxBody);
}
