using System.Buffers;
using Coffer.Protocol.Frames;

namespace Coffer.Protocol.Tests.Frames;

public sealed class FrameCodecSpecs
{
    /// <summary>Every message of the protocol with the bodies that it may have on the wire, protocol.md sections 2 and 3.</summary>
    private static readonly (Sender Sender, MessageType Type, int Least, int Most)[] Messages =
    [
        (Sender.Client, MessageType.Hello, 97, 97),
        (Sender.Client, MessageType.Get, 17, 17),
        (Sender.Client, MessageType.Bye, 49, 49),
        (Sender.Server, MessageType.Link, 49, 49),
        (Sender.Server, MessageType.KeyNotFound, 81, 81),
        (Sender.Server, MessageType.OkGet, 17, 65_535),
        (Sender.Server, MessageType.Part, 17, 65_535),
        (Sender.Server, MessageType.Error, 0, 65_535),
    ];

    private static readonly byte[] Known = [0x00, 0x01, 0x02, 0x03, 0x04, 0x99, 0xaa, 0xff];

    public static TheoryData<Sender, MessageType, int, bool> Lengths()
    {
        var data = new TheoryData<Sender, MessageType, int, bool>();
        foreach (var (sender, type, least, most) in Messages)
            foreach (var length in new[] { 0, least - 1, least, least + 1, most - 1, most, most + 1, 65_534, 65_535 }.Distinct().Where(l => l is >= 0 and <= 65_535))
                data.Add(sender, type, length, length >= least && length <= most);
        return data;
    }

    [Theory]
    [InlineData(MessageType.Hello, 0x00)]
    [InlineData(MessageType.Link, 0x01)]
    [InlineData(MessageType.Get, 0x02)]
    [InlineData(MessageType.OkGet, 0x03)]
    [InlineData(MessageType.Part, 0x04)]
    [InlineData(MessageType.Bye, 0x99)]
    [InlineData(MessageType.KeyNotFound, 0xaa)]
    [InlineData(MessageType.Error, 0xff)]
    public void Writes_the_length_in_network_order_and_the_types_of_the_protocol(MessageType type, byte expected)
    {
        var header = new byte[FrameCodec.HeaderSize];

        FrameCodec.WriteHeader(header, type, 0x1234);

        Assert.Equal([0x12, 0x34, expected], header);
    }

    [Fact]
    public void Reads_back_what_it_wrote()
    {
        var random = new Random(1);
        for (var i = 0; i < 10_000; i++)
        {
            var (sender, type, body) = Generate(random);
            var input = new ReadOnlySequence<byte>(Frame(type, body));

            Assert.Equal(FrameRead.Complete, FrameCodec.Read(ref input, sender, out var frame));

            Assert.Equal(type, frame.Type);
            Assert.Equal(body, frame.Body.ToArray());
            Assert.Equal(0, input.Length);
        }
    }

    [Fact]
    public void Reads_several_frames_cut_at_every_position()
    {
        var random = new Random(2);
        var bodies = new[] { (MessageType.Link, Bytes(random, 49)), (MessageType.Part, Bytes(random, 300)), (MessageType.OkGet, Bytes(random, 17)), (MessageType.Error, []) };
        var stream = bodies.SelectMany(b => Frame(b.Item1, b.Item2)).ToArray();

        for (var cut = 0; cut <= stream.Length; cut++)
        {
            var read = new List<(MessageType, byte[])>();
            var rest = ReadAll(new ReadOnlySequence<byte>(stream[..cut]), read);
            // The caller keeps the rest, as it must, and goes on with both as two segments.
            rest = ReadAll(Sequence(rest.ToArray(), stream[cut..]), read);

            Assert.Equal(0, rest.Length);
            Assert.Equal(bodies.Select(b => b.Item1), read.Select(r => r.Item1));
            Assert.Equal(bodies.Select(b => b.Item2), read.Select(r => r.Item2));
        }
    }

    [Fact]
    public void Reads_a_frame_that_came_byte_by_byte_and_leaves_the_input_untouched_until_then()
    {
        var stream = Frame(MessageType.Hello, Bytes(new Random(3), 97));

        for (var length = 0; length < stream.Length; length++)
        {
            var input = Sequence([.. stream[..length].Select(b => new[] { b })]);
            Assert.Equal(FrameRead.Incomplete, FrameCodec.Read(ref input, Sender.Client, out _));
            Assert.Equal(length, input.Length);
        }
        var whole = Sequence([.. stream.Select(b => new[] { b })]);
        Assert.Equal(FrameRead.Complete, FrameCodec.Read(ref whole, Sender.Client, out var frame));
        Assert.Equal(stream[3..], frame.Body.ToArray());
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Takes_the_lengths_that_a_message_may_have_and_no_other(Sender sender, MessageType type, int length, bool taken)
    {
        var bytes = Frame(type, new byte[length]);
        var input = new ReadOnlySequence<byte>(bytes);
        var header = new ReadOnlySequence<byte>(bytes, 0, FrameCodec.HeaderSize);

        Assert.Equal(taken ? FrameRead.Complete : FrameRead.Malformed, FrameCodec.Read(ref input, sender, out _));
        Assert.Equal(taken ? 0 : bytes.Length, input.Length);
        // The header alone decides, so that no byte of a body is waited for in vain.
        Assert.Equal(!taken ? FrameRead.Malformed : length == 0 ? FrameRead.Complete : FrameRead.Incomplete, FrameCodec.Read(ref header, sender, out _));
    }

    [Fact]
    public void Refuses_unknown_types_and_those_of_the_other_side_at_every_length()
    {
        for (var type = 0; type <= 0xff; type++)
            foreach (var sender in Enum.GetValues<Sender>())
            {
                var has = Messages.Any(m => m.Sender == sender && (byte)m.Type == type);
                for (var length = 0; length <= 0xffff; length++)
                {
                    var fits = FrameCodec.TryReadHeader([(byte)(length >> 8), (byte)length, (byte)type], sender, out _, out _);
                    if (fits && !has) Assert.Fail($"type {type:x2} of the {sender}, length {length}");
                }
            }
    }

    [Fact]
    public void Never_throws_on_random_bytes()
    {
        var random = new Random(4);
        for (var i = 0; i < 100_000; i++)
        {
            var bytes = Bytes(random, random.Next(200));
            // Every other one begins with a known type, so that not all of them end at the same check.
            if (i % 2 == 0 && bytes.Length > 2) (bytes[0], bytes[2]) = (0, Known[random.Next(Known.Length)]);
            var input = new ReadOnlySequence<byte>(bytes);

            var read = FrameCodec.Read(ref input, (Sender)random.Next(2), out var frame);

            Assert.Equal(read == FrameRead.Complete ? bytes.Length - FrameCodec.HeaderSize - frame.Body.Length : bytes.Length, input.Length);
        }
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(65_536)]
    public void Refuses_to_announce_a_body_that_no_header_can(int length)
    {
        Assert.Throws<OverflowException>(() => FrameCodec.WriteHeader(new byte[3], MessageType.OkGet, length));
    }

    private static (Sender, MessageType, byte[]) Generate(Random random)
    {
        var (sender, type, least, most) = Messages[random.Next(Messages.Length)];
        return (sender, type, Bytes(random, random.Next(20) == 0 ? most : random.Next(least, Math.Min(most, least + 2000) + 1)));
    }

    private static ReadOnlySequence<byte> ReadAll(ReadOnlySequence<byte> input, List<(MessageType, byte[])> into)
    {
        while (FrameCodec.Read(ref input, Sender.Server, out var frame) == FrameRead.Complete) into.Add((frame.Type, frame.Body.ToArray()));
        return input;
    }

    private static byte[] Frame(MessageType type, byte[] body)
    {
        var header = new byte[FrameCodec.HeaderSize];
        FrameCodec.WriteHeader(header, type, body.Length);
        return [.. header, .. body];
    }

    private static byte[] Bytes(Random random, int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }

    private static ReadOnlySequence<byte> Sequence(params byte[][] parts)
    {
        if (parts.Length == 0) return ReadOnlySequence<byte>.Empty;
        var first = new Segment(parts[0], 0);
        var last = first;
        foreach (var part in parts[1..]) last = last.Append(part);
        return new(first, 0, last, last.Memory.Length);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        internal Segment(byte[] bytes, long runningIndex)
        {
            Memory = bytes;
            RunningIndex = runningIndex;
        }

        internal Segment Append(byte[] bytes)
        {
            var next = new Segment(bytes, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
