using System.Buffers;
using Coffer.Protocol.Frames;
using Coffer.Server.Remoting;

namespace Coffer.Cluster.Tests.Remoting;

/// <summary>What travels between nodes.</summary>
public sealed class RemotingFrameSpecs
{
    [Fact]
    public void Frames_come_out_as_they_went_in_wherever_they_are_cut()
    {
        var output = new ArrayBufferWriter<byte>();
        byte[][] bodies = [[1, 2, 3], [], [4], [.. Enumerable.Range(0, 300).Select(i => (byte)i)]];
        foreach (var body in bodies) RemotingFrame.Write(output, body);

        for (var cut = 0; cut <= output.WrittenCount; cut++)
        {
            var read = new List<byte[]>();
            var input = new ReadOnlySequence<byte>(output.WrittenMemory[..cut]);
            while (RemotingFrame.Read(ref input, longest: 300, out var body) == FrameRead.Complete) read.Add(body.ToArray());
            input = Joined(input.ToArray(), output.WrittenMemory[cut..]);
            while (RemotingFrame.Read(ref input, longest: 300, out var body) == FrameRead.Complete) read.Add(body.ToArray());

            Assert.Equal(bodies, read);
            Assert.True(input.IsEmpty);
        }
    }

    [Theory]
    [InlineData(new byte[] { 9, 0, 0, 0 }, FrameRead.Incomplete)]
    [InlineData(new byte[] { 10, 0, 0, 0 }, FrameRead.Incomplete)]
    [InlineData(new byte[] { 11, 0, 0, 0 }, FrameRead.Malformed)]
    [InlineData(new byte[] { 0xff, 0xff, 0xff, 0xff }, FrameRead.Malformed)]
    [InlineData(new byte[] { 0xff, 0xff, 0xff }, FrameRead.Incomplete)]
    public void A_frame_is_refused_by_its_header(byte[] header, FrameRead expected)
    {
        var input = new ReadOnlySequence<byte>(header);

        Assert.Equal(expected, RemotingFrame.Read(ref input, longest: 10, out _));
        Assert.Equal(header, input.ToArray());
    }

    private static ReadOnlySequence<byte> Joined(ReadOnlyMemory<byte> first, ReadOnlyMemory<byte> second)
    {
        var start = new Segment(first, 0);
        var end = new Segment(second, first.Length);
        start.Follow(end);
        return new ReadOnlySequence<byte>(start, 0, end, second.Length);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        internal Segment(ReadOnlyMemory<byte> memory, long before)
        {
            Memory = memory;
            RunningIndex = before;
        }

        internal void Follow(Segment next) => Next = next;
    }
}
