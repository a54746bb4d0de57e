using System.Buffers;
using Coffer.Protocol.Frames;
using Coffer.Protocol.Messages;
using Coffer.Protocol.Secrets;

namespace Coffer.Protocol.Tests.Messages;

public sealed class CofferMessageSpecs : IDisposable
{
    /// <summary>What one frame holds: protocol.md section 6.</summary>
    private const int Slice = 65_518;

    private readonly LinkedPair _pair = new();

    public void Dispose() => _pair.Dispose();

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(Slice - 1, 1)]
    [InlineData(Slice, 1)]
    [InlineData(Slice + 1, 2)]
    [InlineData(2 * Slice - 1, 2)]
    [InlineData(2 * Slice, 2)]
    [InlineData(2 * Slice + 1, 3)]
    [InlineData(16 * Slice - 1, 16)]
    [InlineData(16 * Slice, 16)]
    [InlineData(OpenCoffer.MaxEncodedSize, 17)]
    public void Cuts_a_coffer_into_parts_and_one_last_that_join_to_it_again(int size, int frames)
    {
        var coffer = new byte[size];
        new Random(size).NextBytes(coffer);
        var bytes = new byte[CofferMessage.FramesSize(size)];

        CofferMessage.Write(_pair.Server, [0xee, .. coffer], bytes);

        var read = Read(bytes);
        Assert.Equal([.. Enumerable.Repeat(MessageType.Part, frames - 1), MessageType.OkGet], read.Select(r => r.Type));
        Assert.All(read[..^1], part => Assert.Equal(Slice, part.Plain.Length));
        Assert.Equal(coffer, read.SelectMany(r => r.Plain));
    }

    // The whole output is read as frames, so a byte too many would be a frame too many.
    private List<(MessageType Type, byte[] Plain)> Read(byte[] bytes)
    {
        var read = new List<(MessageType, byte[])>();
        var input = new ReadOnlySequence<byte>(bytes);
        while (input.Length > 0)
        {
            Assert.Equal(FrameRead.Complete, FrameCodec.Read(ref input, Sender.Server, out var frame));
            var plain = new byte[Slice];
            Assert.True(SealedMessage.TryRead(_pair.Client, frame.Type, frame.Body.ToArray(), plain, out var length));
            read.Add((frame.Type, plain[..length]));
        }
        return read;
    }
}
