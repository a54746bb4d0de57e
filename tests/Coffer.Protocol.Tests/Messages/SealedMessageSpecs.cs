using Coffer.Crypto.Keys;
using Coffer.Protocol.Frames;
using Coffer.Protocol.Messages;

namespace Coffer.Protocol.Tests.Messages;

public sealed class SealedMessageSpecs : IDisposable
{
    private readonly LinkedPair _pair = new();

    public void Dispose() => _pair.Dispose();

    [Fact]
    public void Carries_get_and_bye_in_frames_of_the_protocols_sizes()
    {
        var get = Get();
        var bye = Bye(_pair.ClientKey);

        Assert.Equal([0, 17, 0x02], get[..3]);
        Assert.Equal([0, 49, 0x99], bye[..3]);
        Assert.Equal((20, 52), (get.Length, bye.Length));
        Assert.True(SealedMessage.TryReadGet(_pair.Server, get.AsSpan(3)));
        Assert.True(SealedMessage.TryReadBye(_pair.Server, bye.AsSpan(3), _pair.ClientKey));
    }

    [Fact]
    public void Refuses_the_bye_of_another_client()
    {
        using var other = KeyPair.Generate();
        var bye = Bye(other.PublicKey);

        Assert.False(SealedMessage.TryReadBye(_pair.Server, bye.AsSpan(3), _pair.ClientKey));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(31)]
    [InlineData(33)]
    public void Refuses_a_bye_with_another_number_of_bytes(int length)
    {
        var body = Seal([(byte)MessageType.Bye, .. new byte[length]]);

        Assert.False(SealedMessage.TryReadBye(_pair.Server, body, _pair.ClientKey));
    }

    [Fact]
    public void Refuses_a_get_that_says_more()
    {
        Assert.False(SealedMessage.TryReadGet(_pair.Server, Seal([(byte)MessageType.Get, 0])));
    }

    [Fact]
    public void Refuses_a_message_without_its_type()
    {
        Assert.False(SealedMessage.TryRead(_pair.Server, MessageType.Get, Seal([]), new byte[10], out var length));
        Assert.Equal(0, length);
    }

    [Fact]
    public void Refuses_every_change_of_the_type_in_the_clear_header()
    {
        for (var type = 0; type <= 0xff; type++)
            Assert.Equal(type == 0x02, SealedMessage.TryRead(_pair.Server, (MessageType)type, Get().AsSpan(3), [], out _));
    }

    [Fact]
    public void Refuses_every_flipped_bit_and_every_cut_and_then_takes_the_message_as_it_was()
    {
        var body = Bye(_pair.ClientKey)[3..];

        for (var bit = 0; bit < body.Length * 8; bit++)
        {
            body[bit / 8] ^= (byte)(1 << bit % 8);
            Assert.False(SealedMessage.TryReadBye(_pair.Server, body, _pair.ClientKey));
            body[bit / 8] ^= (byte)(1 << bit % 8);
        }
        for (var length = 0; length < body.Length; length++) Assert.False(SealedMessage.TryReadBye(_pair.Server, body[..length], _pair.ClientKey));
        Assert.False(SealedMessage.TryReadBye(_pair.Server, [.. body, 0], _pair.ClientKey));
        Assert.True(SealedMessage.TryReadBye(_pair.Server, body, _pair.ClientKey));
    }

    [Fact]
    public void Refuses_a_message_that_is_replayed_reordered_or_sent_back()
    {
        var first = Get()[3..];
        var second = Get()[3..];

        Assert.False(SealedMessage.TryReadGet(_pair.Server, second));
        Assert.True(SealedMessage.TryReadGet(_pair.Server, first));
        Assert.False(SealedMessage.TryReadGet(_pair.Server, first));
        Assert.False(SealedMessage.TryReadGet(_pair.Client, second));
        Assert.True(SealedMessage.TryReadGet(_pair.Server, second));
    }

    [Theory]
    [InlineData(9, false)]
    [InlineData(10, true)]
    [InlineData(11, true)]
    public void Refuses_a_body_that_the_reader_has_no_room_for(int room, bool taken)
    {
        var body = Seal([(byte)MessageType.OkGet, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
        var plain = new byte[room];

        Assert.Equal(taken, SealedMessage.TryRead(_pair.Server, MessageType.OkGet, body, plain, out var length));
        Assert.Equal(taken ? 10 : 0, length);
        if (taken) Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], plain[..length]);
    }

    private byte[] Seal(byte[] plaintext)
    {
        var message = new byte[plaintext.Length + 16];
        _pair.Client.Write(plaintext, message);
        return message;
    }

    private byte[] Get()
    {
        var frame = new byte[SealedMessage.GetFrameSize];
        SealedMessage.WriteGet(_pair.Client, frame);
        return frame;
    }

    private byte[] Bye(PublicKey client)
    {
        var frame = new byte[SealedMessage.ByeFrameSize];
        SealedMessage.WriteBye(_pair.Client, client, frame);
        return frame;
    }
}
