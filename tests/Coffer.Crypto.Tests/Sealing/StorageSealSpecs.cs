using System.Security.Cryptography;
using Coffer.Crypto.Keys;
using Coffer.Crypto.Sealing;

namespace Coffer.Crypto.Tests.Sealing;

public sealed class StorageSealSpecs : IDisposable
{
    private static readonly byte[] Coffer = "a coffer's CBOR"u8.ToArray();
    private static readonly PublicKey Owner = new(RandomNumberGenerator.GetBytes(PublicKey.Size));
    private static readonly PublicKey Other = new(RandomNumberGenerator.GetBytes(PublicKey.Size));

    private readonly KeyPair _server = KeyPair.Generate();
    private readonly StorageSeal _seal;

    public StorageSealSpecs() => _seal = new StorageSeal(_server);

    public void Dispose()
    {
        _seal.Dispose();
        _server.Dispose();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1024 * 1024)]
    public void Opens_what_it_sealed(int length)
    {
        var coffer = RandomNumberGenerator.GetBytes(length);

        var sealedCoffer = _seal.Seal(Owner, 7, coffer);

        Assert.Equal(length + StorageSeal.Overhead, sealedCoffer.Bytes.Length);
        Assert.Equal(length, StorageSeal.OpenedSize(sealedCoffer));
        Assert.Equal(coffer, Open(_seal, Owner, sealedCoffer));
    }

    [Fact]
    public void Opens_after_a_restart_with_the_same_key()
    {
        var sealedCoffer = _seal.Seal(Owner, 7, Coffer);

        using var again = new StorageSeal(_server);

        Assert.Equal(Coffer, Open(again, Owner, sealedCoffer));
        Assert.Equal(_seal.Digest(Owner, Coffer), again.Digest(Owner, Coffer));
        Assert.Equal(_server.PublicKey, again.Server);
    }

    [Fact]
    public void Opens_what_either_of_two_keys_sealed_and_seals_under_the_first()
    {
        using var newer = KeyPair.Generate();
        using var both = new StorageSeal(new ServerKeys(newer, _server));
        using var newAlone = new StorageSeal(newer);
        var (before, after) = (_seal.Seal(Owner, 7, Coffer), both.Seal(Owner, 7, Coffer));

        Assert.Equal((true, false), (both.HasSecond, newAlone.HasSecond));
        Assert.Equal(newer.PublicKey, both.Server);
        Assert.Equal(Coffer, Open(both, Owner, before));
        Assert.Equal(Coffer, Open(both, Owner, after));
        Assert.Equal(Coffer, Open(newAlone, Owner, after));
        Assert.Null(Open(newAlone, Owner, before));
        Assert.Null(Open(_seal, Owner, after));
        Assert.False(both.IsUnderFirst(Owner, before, new byte[Coffer.Length]));
        Assert.True(both.IsUnderFirst(Owner, after, new byte[Coffer.Length]));
    }

    [Fact]
    public void Knows_a_digest_of_the_second_key_and_makes_those_of_the_first()
    {
        using var newer = KeyPair.Generate();
        using var both = new StorageSeal(new ServerKeys(newer, _server));
        using var newAlone = new StorageSeal(newer);

        Assert.Equal(newAlone.Digest(Owner, Coffer), both.Digest(Owner, Coffer));
        Assert.True(both.IsSecondDigest(_seal.Digest(Owner, Coffer), Owner, Coffer));
        Assert.False(both.IsSecondDigest(both.Digest(Owner, Coffer), Owner, Coffer));
        Assert.False(both.IsSecondDigest(_seal.Digest(Other, Coffer), Owner, Coffer));
        Assert.False(_seal.IsSecondDigest(_seal.Digest(Owner, Coffer), Owner, Coffer));
    }

    [Fact]
    public void Does_not_open_for_another_owner_revision_or_server()
    {
        using var server = KeyPair.Generate();
        using var elsewhere = new StorageSeal(server);
        var sealedCoffer = _seal.Seal(Owner, 7, Coffer);

        Assert.Null(Open(_seal, Other, sealedCoffer));
        for (var bit = 0; bit < 64; bit++)
            Assert.Null(Open(_seal, Owner, sealedCoffer with { Revision = 7L ^ 1L << bit }));
        Assert.Null(Open(elsewhere, Owner, sealedCoffer));
    }

    [Fact]
    public void Does_not_open_with_any_bit_flipped()
    {
        var sealedCoffer = _seal.Seal(Owner, 7, Coffer);

        for (var bit = 0; bit < sealedCoffer.Bytes.Length * 8; bit++)
        {
            var changed = sealedCoffer.Bytes.ToArray();
            changed[bit / 8] ^= (byte)(1 << bit % 8);
            Assert.Null(Open(_seal, Owner, sealedCoffer with { Bytes = changed }));
        }
    }

    [Fact]
    public void Does_not_open_at_any_other_length()
    {
        var sealedCoffer = _seal.Seal(Owner, 7, Coffer);

        for (var length = 0; length < sealedCoffer.Bytes.Length; length++)
            Assert.Null(Open(_seal, Owner, sealedCoffer with { Bytes = sealedCoffer.Bytes[..length] }));
        Assert.Null(Open(_seal, Owner, sealedCoffer with { Bytes = (byte[])[.. sealedCoffer.Bytes.Span, 0] }));
    }

    [Fact]
    public void Never_seals_alike_twice()
    {
        var first = _seal.Seal(Owner, 7, Coffer).Bytes.ToArray();
        var second = _seal.Seal(Owner, 7, Coffer).Bytes.ToArray();

        Assert.NotEqual(first[..24], second[..24]);
        Assert.NotEqual(first[24..], second[24..]);
    }

    [Fact]
    public void Digests_tell_contents_owners_and_servers_apart()
    {
        using var server = KeyPair.Generate();
        using var elsewhere = new StorageSeal(server);
        var digest = _seal.Digest(Owner, Coffer);

        Assert.Equal(StorageSeal.DigestSize, digest.Length);
        Assert.Equal(digest, _seal.Digest(Owner, Coffer));
        Assert.NotEqual(digest, _seal.Digest(Other, Coffer));
        Assert.NotEqual(digest, _seal.Digest(Owner, Coffer.AsSpan(1)));
        Assert.NotEqual(digest, elsewhere.Digest(Owner, Coffer));
    }

    [Fact]
    public void Throws_once_it_is_disposed_and_where_the_buffer_is_too_short()
    {
        var sealedCoffer = _seal.Seal(Owner, 7, Coffer);
        Assert.Throws<ArgumentOutOfRangeException>(() => _seal.TryOpen(Owner, sealedCoffer, new byte[Coffer.Length - 1]));

        _seal.Dispose();

        Assert.Throws<ObjectDisposedException>(() => _seal.Seal(Owner, 7, Coffer));
        Assert.Throws<ObjectDisposedException>(() => _seal.TryOpen(Owner, sealedCoffer, new byte[Coffer.Length]));
        Assert.Throws<ObjectDisposedException>(() => _seal.Digest(Owner, Coffer));
    }

    [Fact]
    public void Seals_for_nobody_only_by_mistake()
    {
        Assert.Throws<InvalidOperationException>(() => _seal.Seal(default, 7, Coffer));
    }

    [Fact]
    public void Shows_its_size_and_nothing_in_it()
    {
        Assert.Equal($"<sealed coffer of revision 7, {Coffer.Length + StorageSeal.Overhead} bytes>", _seal.Seal(Owner, 7, Coffer).ToString());
        Assert.Equal(typeof(StorageSeal).FullName, _seal.ToString());
    }

    private static byte[]? Open(StorageSeal seal, PublicKey owner, SealedCoffer coffer)
    {
        var opened = new byte[StorageSeal.OpenedSize(coffer)];
        return seal.TryOpen(owner, coffer, opened) ? opened : null;
    }
}
