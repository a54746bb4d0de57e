using System.Buffers.Binary;
using System.Security.Cryptography;
using Coffer.Crypto.Keys;
using Coffer.Crypto.Noise;

namespace Coffer.Crypto.Tests.Noise;

public sealed class TransportSpecs : IDisposable
{
    private readonly Transport _client = new();
    private readonly Transport _server = new();

    public TransportSpecs() => Connect(_client, _server);

    public void Dispose()
    {
        _client.Dispose();
        _server.Dispose();
    }

    [Theory]
    [InlineData(0UL)]
    [InlineData(1UL)]
    [InlineData(0x0102030405060708UL)]
    [InlineData(ulong.MaxValue - 1)]
    public void Seals_as_RFC_8439_does_under_four_zero_bytes_and_the_count_in_little_endian(ulong count)
    {
        var nonce = new byte[12];
        BinaryPrimitives.WriteUInt64LittleEndian(nonce.AsSpan(4), count);
        using var independent = new ChaCha20Poly1305(_client.Key(Transport.Direction.Send));
        var ciphertext = new byte[6];
        var tag = new byte[16];
        independent.Encrypt(nonce, "coffer"u8, ciphertext, tag);
        _client.SkipToForTests(count);

        Assert.Equal((byte[])[.. ciphertext, .. tag], Seal(_client, "coffer"u8));
    }

    [Fact]
    public void Seals_one_message_under_the_last_nonce_and_none_after_it()
    {
        _client.SkipToForTests(ulong.MaxValue - 1);
        _server.SkipToForTests(ulong.MaxValue - 1);

        var last = Seal(_client, [1]);
        Assert.Equal([1], Open(_server, last));

        Assert.Throws<InvalidOperationException>(() => _client.Write([1], new byte[17]));
        Assert.Throws<InvalidOperationException>(() => _server.TryRead(last, new byte[1], out _));
    }

    [Fact]
    public void Seals_each_direction_under_its_own_key()
    {
        Assert.NotEqual(_client.Key(Transport.Direction.Send).ToArray(), _client.Key(Transport.Direction.Receive).ToArray());
        Assert.Equal(_client.Key(Transport.Direction.Send), _server.Key(Transport.Direction.Receive));
        Assert.Equal(_client.Key(Transport.Direction.Receive), _server.Key(Transport.Direction.Send));
        Assert.False(_client.TryRead(Seal(_client, [1]), new byte[1], out _));
    }

    [Fact]
    public void Refuses_a_message_that_was_read_before()
    {
        var message = Seal(_client, [1]);
        Assert.Equal([1], Open(_server, message));

        Assert.False(_server.TryRead(message, new byte[1], out var written));
        Assert.Equal(0, written);
    }

    [Fact]
    public void Refuses_messages_in_another_order_and_takes_them_in_theirs()
    {
        var first = Seal(_client, [1]);
        var second = Seal(_client, [2]);

        Assert.False(_server.TryRead(second, new byte[1], out _));
        Assert.Equal([1], Open(_server, first));
        Assert.Equal([2], Open(_server, second));
    }

    [Fact]
    public void Refuses_a_message_with_any_bit_flipped_and_shows_none_of_it()
    {
        var message = Seal(_client, "a secret"u8);

        for (var bit = 0; bit < message.Length * 8; bit++)
        {
            var changed = message.ToArray();
            changed[bit / 8] ^= (byte)(1 << bit % 8);
            var plaintext = new byte[8];
            Assert.False(_server.TryRead(changed, plaintext, out _));
            Assert.Equal(new byte[8], plaintext);
        }
        Assert.Equal("a secret"u8, Open(_server, message));
    }

    [Fact]
    public void Refuses_a_message_of_any_other_length()
    {
        var message = Seal(_client, "a secret"u8);

        for (var length = 0; length < message.Length; length++)
            Assert.False(_server.TryRead(message.AsSpan(0, length), new byte[8], out _));
        Assert.False(_server.TryRead([.. message, 0], new byte[9], out _));
        Assert.False(_server.TryRead(new byte[Transport.MaxMessage + 1], new byte[Transport.MaxMessage], out _));
    }

    [Fact]
    public void Carries_the_longest_message_and_refuses_to_write_a_longer_one()
    {
        var longest = new byte[Transport.MaxMessage - Transport.TagSize];

        Assert.Equal(longest, Open(_server, Seal(_client, longest)));
        Assert.Throws<ArgumentOutOfRangeException>(() => _client.Write(new byte[longest.Length + 1], new byte[Transport.MaxMessage + 1]));
    }

    [Fact]
    public void Throws_where_the_callers_buffer_is_too_short()
    {
        var message = Seal(_client, [1, 2]);

        Assert.Throws<ArgumentOutOfRangeException>(() => _client.Write([1, 2], new byte[17]));
        Assert.Throws<ArgumentOutOfRangeException>(() => _server.TryRead(message, new byte[1], out _));
        Assert.Equal([1, 2], Open(_server, message));
    }

    [Fact]
    public void Throws_before_a_handshake_and_after_disposal()
    {
        using var fresh = new Transport();
        Assert.Throws<InvalidOperationException>(() => fresh.Write([1], new byte[17]));
        Assert.Throws<InvalidOperationException>(() => fresh.TryRead(new byte[17], new byte[1], out _));

        _client.Dispose();
        _client.Dispose();

        Assert.Throws<ObjectDisposedException>(() => _client.Write([1], new byte[17]));
        Assert.Throws<ObjectDisposedException>(() => _client.TryRead(new byte[17], new byte[1], out _));
    }

    [Fact]
    public void Takes_the_keys_of_one_handshake_and_no_more()
    {
        using var other = new Transport();
        var before = _client.Key(Transport.Direction.Send).ToArray();

        Assert.Throws<InvalidOperationException>(() => Connect(_client, other));

        Assert.Equal(before, _client.Key(Transport.Direction.Send));
        Assert.Equal([7], Open(_server, Seal(_client, [7])));
    }

    [Fact]
    public void Takes_no_keys_once_it_is_disposed()
    {
        using var other = new Transport();
        _client.Dispose();

        Assert.Throws<ObjectDisposedException>(() => Connect(_client, other));
    }

    [Fact]
    public void Does_not_share_key_memory_between_two_that_live()
    {
        using var third = new Transport();
        using var fourth = new Transport();
        Connect(third, fourth);
        var keys = new[] { _client, _server, third, fourth }.Select(t => Convert.ToHexString(t.Key(Transport.Direction.Send))).ToArray();

        Assert.Equal(4, keys.Distinct().Count());
        Assert.Equal([1], Open(_server, Seal(_client, [1])));
        Assert.Equal([2], Open(fourth, Seal(third, [2])));
    }

    [Fact]
    public async Task Keeps_many_handshakes_at_once_apart()
    {
        await Parallel.ForAsync(0, 200, TestContext.Current.CancellationToken, (i, _) =>
        {
            using var client = new Transport();
            using var server = new Transport();
            Connect(client, server);
            byte[] text = [(byte)i];
            for (var n = 0; n < 5; n++)
            {
                Assert.Equal(text, Open(server, Seal(client, text)));
                Assert.Equal(text, Open(client, Seal(server, text)));
            }
            return ValueTask.CompletedTask;
        });
    }

    [Fact]
    public void Says_nothing_of_its_keys()
    {
        Assert.Equal(typeof(Transport).FullName, _client.ToString());
    }

    private static void Connect(Transport client, Transport server)
    {
        using var clientKeys = KeyPair.Generate();
        using var serverKeys = KeyPair.Generate();
        using var initiator = HandshakeState.Initiator(HandshakePattern.IK, "Coffer/1"u8, clientKeys, serverKeys.PublicKey);
        using var responder = HandshakeState.Responder(HandshakePattern.IK, "Coffer/1"u8, serverKeys);
        var hello = new byte[97];
        var link = new byte[49];
        initiator.WriteMessage([0], hello, out _);
        responder.ReadMessage(hello, new byte[1], out _);
        responder.WriteMessage([1], link, out _);
        initiator.ReadMessage(link, new byte[1], out _);
        initiator.Split(client);
        responder.Split(server);
    }

    private static byte[] Seal(Transport from, ReadOnlySpan<byte> plaintext)
    {
        var message = new byte[plaintext.Length + Transport.TagSize];
        Assert.Equal(message.Length, from.Write(plaintext, message));
        return message;
    }

    private static byte[] Open(Transport to, byte[] message)
    {
        var plaintext = new byte[message.Length - Transport.TagSize];
        Assert.True(to.TryRead(message, plaintext, out var written));
        Assert.Equal(plaintext.Length, written);
        return plaintext;
    }
}
