using System.Buffers.Binary;
using System.Formats.Cbor;
using System.Text;
using Coffer.Crypto.Keys;
using Coffer.Crypto.Noise;
using Coffer.Definitions.Sealed;

namespace Coffer.Definitions.Tests.Sealed;

public sealed class SealedDefinitionSpecs : IDisposable
{
    private const long Serial = 1_764_000_000_123;
    private static readonly DateTimeOffset SealedAt = new(2026, 11, 24, 15, 0, 1, TimeSpan.FromHours(1));
    private static readonly byte[] Toml = Encoding.UTF8.GetBytes("[clients]\n# not looked at when it is sealed\n");

    private readonly KeyPair _companion = KeyPair.Generate();
    private readonly KeyPair _server = KeyPair.Generate();

    public void Dispose()
    {
        _companion.Dispose();
        _server.Dispose();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(SealedDefinition.MaxChunkText - 1)]
    [InlineData(SealedDefinition.MaxChunkText)]
    [InlineData(SealedDefinition.MaxChunkText + 1)]
    [InlineData(3 * SealedDefinition.MaxChunkText)]
    public void Opens_what_was_sealed(int length)
    {
        var toml = new byte[length];
        new Random(length).NextBytes(toml);

        using var opened = Opened(Open(Seal(toml)));

        Assert.Equal(toml, opened.Toml.ToArray());
        Assert.Equal((_companion.PublicKey, Serial), (opened.Companion, opened.Serial));
        Assert.Equal((SealedAt, TimeSpan.Zero), (opened.SealedAt, opened.SealedAt.Offset));
    }

    [Fact]
    public void Is_laid_out_as_the_protocol_says()
    {
        var file = Seal(new byte[100_000]);

        Assert.Equal("coffer-definition/1\n"u8, file.AsSpan(0, 20));
        var hello = BinaryPrimitives.ReadUInt16BigEndian(file.AsSpan(20));
        var first = BinaryPrimitives.ReadUInt16BigEndian(file.AsSpan(22 + hello));
        var last = BinaryPrimitives.ReadUInt16BigEndian(file.AsSpan(24 + hello + first));
        Assert.Equal(65_535, first);
        Assert.Equal(100_000 - 65_518 + 17, last);
        Assert.Equal(26 + hello + first + last, file.Length);
    }

    [Fact]
    public void Opens_from_a_stream_that_cannot_seek_and_gives_a_byte_at_a_time()
    {
        var toml = new byte[200_000];
        new Random(1).NextBytes(toml);

        using var opened = Opened(SealedDefinition.Open(new Trickle(Seal(toml)), _server, [_companion.PublicKey]));

        Assert.Equal(toml, opened.Toml.ToArray());
    }

    [Fact]
    public void Seals_differently_each_time()
    {
        Assert.NotEqual(Seal(Toml), Seal(Toml));
    }

    [Fact]
    public void Wipes_the_text_when_disposed()
    {
        var opened = Opened(Open(Seal(Toml)));
        var toml = opened.Toml;

        opened.Dispose();

        Assert.All(toml.ToArray(), b => Assert.Equal(0, b));
        Assert.Throws<ObjectDisposedException>(() => opened.Toml);
    }

    [Fact]
    public void Prints_nothing_of_the_text()
    {
        using var opened = Opened(Open(Seal(Toml)));

        Assert.Equal($"<definition {Serial} sealed by {_companion.PublicKey}>", opened.ToString());
    }

    [Fact]
    public void Refuses_every_flipped_bit_with_the_reason_of_its_place()
    {
        var file = Seal(Toml, chunkText: 16);
        var hello = 22 + BinaryPrimitives.ReadUInt16BigEndian(file.AsSpan(20));
        for (var at = 0; at < file.Length; at++)
        {
            for (var bit = 0; bit < 8; bit++)
            {
                var changed = file.ToArray();
                changed[at] ^= (byte)(1 << bit);

                var reason = Refused(Open(changed)).Reason;

                SealRefusal[] expected = at switch
                {
                    // One bit makes the c a #, with which a definition in the clear may begin.
                    0 => [SealRefusal.NotSealed, SealRefusal.PlainDefinition],
                    < 18 or 19 => [SealRefusal.NotSealed],
                    18 => [SealRefusal.NotSealed, SealRefusal.NewerFormat],
                    20 or 21 => [SealRefusal.CutShort, SealRefusal.BadLength, SealRefusal.WrongServerOrChanged],
                    _ when at < hello => [SealRefusal.WrongServerOrChanged],
                    _ when IsLength(file, hello, at) => [SealRefusal.CutShort, SealRefusal.BadLength, SealRefusal.Changed],
                    _ => [SealRefusal.Changed],
                };
                Assert.True(expected.Contains(reason), $"byte {at}, bit {bit}: {reason}");
            }
        }
    }

    [Fact]
    public void Refuses_a_file_cut_at_any_length()
    {
        var file = Seal(Toml, chunkText: 16);
        var ends = Parts(file).Select(part => part.End.GetOffset(file.Length)).ToHashSet();
        for (var length = 0; length < file.Length; length++)
        {
            var expected = length == 0 ? SealRefusal.NotSealed : ends.Contains(length) ? SealRefusal.NoLastChunk : SealRefusal.CutShort;

            Assert.Equal((length, expected), (length, Refused(Open(file[..length])).Reason));
        }
    }

    [Fact]
    public void Refuses_a_file_with_anything_after_its_end()
    {
        var file = Seal(Toml, chunkText: 16);
        var last = file[Parts(file)[^1]];

        foreach (var tail in new[] { [0], new byte[1000], last, file })
            Assert.Equal(SealRefusal.BytesAfterLast, Refused(Open([.. file, .. tail])).Reason);
    }

    [Fact]
    public void Refuses_chunks_swapped_repeated_or_left_out()
    {
        var file = Seal(Toml, chunkText: 8);
        var parts = Parts(file);
        var start = file[..parts[0].End];
        var chunks = parts.Skip(1).Select(part => file[part]).ToArray();
        Assert.Equal(file, (byte[])[.. start, .. chunks.SelectMany(chunk => chunk)]);

        for (var i = 0; i < chunks.Length; i++)
        {
            var without = chunks.Where((_, index) => index != i);
            var repeated = chunks.SelectMany((chunk, index) => index == i ? new[] { chunk, chunk } : [chunk]);
            Assert.Equal(i == chunks.Length - 1 ? SealRefusal.NoLastChunk : SealRefusal.Changed, Refused(Open([.. start, .. without.SelectMany(chunk => chunk)])).Reason);
            Assert.Equal(i == chunks.Length - 1 ? SealRefusal.BytesAfterLast : SealRefusal.Changed, Refused(Open([.. start, .. repeated.SelectMany(chunk => chunk)])).Reason);
            for (var j = 0; j < i; j++)
            {
                var swapped = chunks.ToArray();
                (swapped[i], swapped[j]) = (swapped[j], swapped[i]);
                Assert.Equal(SealRefusal.Changed, Refused(Open([.. start, .. swapped.SelectMany(chunk => chunk)])).Reason);
            }
        }
    }

    [Fact]
    public void Refuses_chunks_of_another_file_of_the_same_companion()
    {
        var one = Seal(Toml);
        var other = Seal(Toml);

        Assert.Equal(SealRefusal.Changed, Refused(Open([.. one[..Parts(one)[0].End], .. other[Parts(other)[1]]])).Reason);
    }

    [Fact]
    public void Refuses_a_file_for_another_server()
    {
        using var other = KeyPair.Generate();

        var refused = Refused(SealedDefinition.Open(Seal(Toml), other, [_companion.PublicKey]));

        Assert.Equal(SealRefusal.WrongServerOrChanged, refused.Reason);
        Assert.Equal($"not sealed for {other.PublicKey}, or changed since, expected a file for this server's key", refused.What);
    }

    [Fact]
    public void Refuses_a_companion_that_is_not_trusted_and_shows_its_key()
    {
        var file = Seal(Toml);
        using var other = KeyPair.Generate();

        Assert.Equal(SealRefusal.NotTrusted, Refused(SealedDefinition.Open(file, _server, [])).Reason);
        var refused = Refused(SealedDefinition.Open(file, _server, [other.PublicKey, _server.PublicKey]));
        Assert.Equal($"sealed by {_companion.PublicKey}, expected a companion that is trusted here", refused.What);
        using var opened = Opened(SealedDefinition.Open(file, _server, [other.PublicKey, _companion.PublicKey]));
        using var ofAnyone = Opened(SealedDefinition.OpenOfAnyone(file, _server));
        Assert.Equal(_companion.PublicKey, ofAnyone.Companion);
    }

    [Theory]
    [InlineData("", SealRefusal.NotSealed)]
    [InlineData("[clients]\n", SealRefusal.PlainDefinition)]
    [InlineData("\n  # my clients", SealRefusal.PlainDefinition)]
    [InlineData("\uFEFF[clients]\n", SealRefusal.PlainDefinition)]
    [InlineData("-----BEGIN PRIVATE KEY-----", SealRefusal.NotSealed)]
    [InlineData("coffer-definition/2\n", SealRefusal.NewerFormat)]
    [InlineData("coffer-definition/10\n", SealRefusal.NewerFormat)]
    [InlineData("coffer-definition/0\n", SealRefusal.NotSealed)]
    [InlineData("coffer-definition/1\r\n", SealRefusal.NotSealed)]
    public void Says_what_a_file_is_that_is_no_sealed_definition(string text, SealRefusal reason)
    {
        Assert.Equal(reason, Refused(Open(Encoding.UTF8.GetBytes(text))).Reason);
    }

    [Theory]
    [InlineData("not a map")]
    [InlineData("serial first")]
    [InlineData("no time")]
    [InlineData("three entries")]
    [InlineData("negative serial")]
    [InlineData("serial beyond 63 bits")]
    [InlineData("serial not as short as it can be")]
    [InlineData("time without a tag")]
    [InlineData("time that is none")]
    [InlineData("more behind")]
    [InlineData("nothing")]
    public void Refuses_a_hello_that_is_not_exactly_a_serial_and_a_time(string mistake)
    {
        Assert.Equal(SealRefusal.BadHello, Refused(Open(WithHello(BadHello(mistake)))).Reason);
    }

    [Fact]
    public void Takes_the_hello_that_those_are_made_from()
    {
        using var opened = Opened(Open(WithHello(BadHello("none"))));

        Assert.Equal(5, opened.Serial);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(255)]
    public void Refuses_a_chunk_with_a_flag_of_no_meaning(byte flag)
    {
        Assert.Equal(SealRefusal.Changed, Refused(Open(WithHello(BadHello("none"), flag))).Reason);
    }

    [Fact]
    public void Does_not_seal_for_a_low_order_point_or_with_a_negative_serial()
    {
        Assert.Throws<ArgumentException>(() => SealedDefinition.Seal(new MemoryStream(), _companion, new PublicKey(new byte[32]), 1, SealedAt, new MemoryStream()));
        Assert.Throws<ArgumentOutOfRangeException>(() => SealedDefinition.Seal(new MemoryStream(), _companion, _server.PublicKey, -1, SealedAt, new MemoryStream()));
    }

    [Fact]
    public void Answers_any_bytes_and_never_throws()
    {
        var random = new Random(1);
        for (var i = 0; i < 5_000; i++)
        {
            var bytes = new byte[random.Next(300)];
            random.NextBytes(bytes);
            if (i % 2 == 0) bytes = [.. SealedDefinition.Magic, .. bytes];

            Refused(Open(bytes));
        }
    }

    private static byte[] BadHello(string mistake)
    {
        var writer = new CborWriter(CborConformanceMode.Lax);
        void Time(string text, bool tagged = true)
        {
            writer.WriteTextString("sealed");
            if (tagged) writer.WriteTag(CborTag.DateTimeString);
            writer.WriteTextString(text);
        }
        void Number()
        {
            writer.WriteTextString("serial");
            writer.WriteInt64(mistake == "negative serial" ? -5 : 5);
        }
        if (mistake == "nothing") return [];
        if (mistake == "not a map")
        {
            writer.WriteInt32(5);
            return writer.Encode();
        }
        writer.WriteStartMap(mistake switch { "no time" => 1, "three entries" => 3, _ => 2 });
        if (mistake == "serial first") Number();
        if (mistake != "no time") Time(mistake == "time that is none" ? "2026-02-30T00:00:00Z" : "2026-11-24T15:00:01Z", tagged: mistake != "time without a tag");
        switch (mistake)
        {
            case "serial first":
                break;
            case "serial beyond 63 bits":
                writer.WriteTextString("serial");
                writer.WriteUInt64(1UL << 63);
                break;
            case "serial not as short as it can be":
                writer.WriteTextString("serial");
                writer.WriteEncodedValue([0x18, 0x05]);
                break;
            default:
                Number();
                break;
        }
        if (mistake == "three entries")
        {
            writer.WriteTextString("serial2");
            writer.WriteInt64(5);
        }
        writer.WriteEndMap();
        return mistake == "more behind" ? [.. writer.Encode(), 0] : writer.Encode();
    }

    private byte[] WithHello(byte[] payload, byte flag = 1)
    {
        using var transport = new Transport();
        var message = new byte[400];
        var handshake = HandshakeState.Initiator(HandshakePattern.X, "coffer-definition/1"u8, _companion, _server.PublicKey);
        handshake.WriteMessage(payload, message, out var length);
        handshake.Split(transport);
        handshake.Dispose();
        var chunk = new byte[17];
        transport.Write([flag], chunk);
        return [.. SealedDefinition.Magic, (byte)(length >> 8), (byte)length, .. message[..length], 0, 17, .. chunk];
    }

    private byte[] Seal(byte[] toml, int chunkText = SealedDefinition.MaxChunkText)
    {
        var file = new MemoryStream();
        SealedDefinition.Seal(new MemoryStream(toml), _companion, _server.PublicKey, Serial, SealedAt, file, chunkText);
        return file.ToArray();
    }

    private SealOpening Open(byte[] file) => SealedDefinition.Open(file, _server, [_companion.PublicKey]);

    private static SealOpening.Opened Opened(SealOpening opening) => Assert.IsType<SealOpening.Opened>(opening);

    private static SealOpening.Refused Refused(SealOpening opening) => Assert.IsType<SealOpening.Refused>(opening);

    /// <summary>The hello together with the magic, then each chunk, its length included.</summary>
    private static List<Range> Parts(byte[] file)
    {
        var parts = new List<Range>();
        for (int from = 0, at = 20; at < file.Length;)
        {
            at += 2 + BinaryPrimitives.ReadUInt16BigEndian(file.AsSpan(at));
            parts.Add(from..at);
            from = at;
        }
        return parts;
    }

    private static bool IsLength(byte[] file, int from, int at)
    {
        while (from + 1 < at) from += 2 + BinaryPrimitives.ReadUInt16BigEndian(file.AsSpan(from));
        return at == from || at == from + 1;
    }

    /// <summary>A stream as a pipe may be.</summary>
    private sealed class Trickle(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;

        public override long Length => throw new NotSupportedException();

        public override int Read(Span<byte> buffer) => base.Read(buffer.Length > 1 ? buffer[..1] : buffer);
    }
}
