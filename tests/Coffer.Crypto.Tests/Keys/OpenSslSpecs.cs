using System.Text;
using Coffer.Crypto.Keys;

namespace Coffer.Crypto.Tests.Keys;

public sealed unsafe class OpenSslSpecs : IDisposable
{
    private readonly ScratchDirectory _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void Reads_the_secret_key_that_openssl_makes()
    {
        OpenSsl.Run("genpkey", "-algorithm", "X25519", "-out", _files["key"]);
        var expected = OpenSsl.Run("pkey", "-in", _files["key"], "-pubout", "-outform", "DER")[^PublicKey.Size..];

        Assert.True(KeyFile.TryRead(_files["key"], allowOpen: false, out var pair, out _));

        using (pair) Assert.Equal(expected, pair.PublicKey.Span);
    }

    [Fact]
    public void Reads_the_public_key_that_openssl_makes()
    {
        OpenSsl.Run("genpkey", "-algorithm", "X25519", "-out", _files["key"]);
        OpenSsl.Run("pkey", "-in", _files["key"], "-pubout", "-out", _files["public"]);
        Assert.True(KeyFile.TryRead(_files["key"], allowOpen: false, out var pair, out _));

        Assert.True(KeyFile.TryReadPublic(_files["public"], out var publicKey, out _));

        using (pair) Assert.Equal(pair.PublicKey, publicKey);
    }

    [Fact]
    public void Writes_a_key_that_openssl_reads_and_finds_the_same_public_key_in()
    {
        Assert.True(KeyFile.TryCreate(_files["key"], out var publicKey, out _));

        var der = OpenSsl.Run("pkey", "-in", _files["key"], "-pubout", "-outform", "DER");
        var text = Encoding.ASCII.GetString(OpenSsl.Run("pkey", "-in", _files["key"], "-noout", "-text"));
        var shown = string.Concat(text[text.IndexOf("pub:", StringComparison.Ordinal)..].Where(char.IsAsciiHexDigit).Skip("b".Length));

        Assert.Equal(publicKey.Span, der.AsSpan(der.Length - PublicKey.Size));
        Assert.StartsWith("X25519 Private-Key:", text);
        Assert.Equal(publicKey, PublicKey.Parse(shown));
    }

    [Fact]
    public void Agrees_on_the_secret_that_openssl_derives()
    {
        Assert.True(KeyFile.TryCreate(_files["ours"], out var ours, out _));
        OpenSsl.Run("genpkey", "-algorithm", "X25519", "-out", _files["theirs"]);
        OpenSsl.Run("pkey", "-in", _files["ours"], "-pubout", "-out", _files["our-public"]);
        OpenSsl.Run("pkey", "-in", _files["theirs"], "-pubout", "-out", _files["their-public"]);
        var derived = OpenSsl.Run("pkeyutl", "-derive", "-inkey", _files["theirs"], "-peerkey", _files["our-public"]);
        Assert.True(KeyFile.TryRead(_files["ours"], allowOpen: false, out var pair, out _));
        Assert.True(KeyFile.TryReadPublic(_files["their-public"], out var theirs, out _));

        var shared = new byte[Sodium.KeySize];
        var other = theirs.Span.ToArray();
        using (pair)
            fixed (byte* p = other, q = shared) Assert.True(pair.TryAgree(p, q));

        Assert.Equal(derived, shared);
        Assert.Equal(ours, pair.PublicKey);
    }

    [Theory]
    [InlineData("Ed25519", "a secret key for Ed25519")]
    [InlineData("X448", "a secret key for X448")]
    [InlineData("RSA", "a secret key for RSA")]
    [InlineData("EC", "a secret key for elliptic curve")]
    public void Says_which_other_algorithm_a_secret_key_is_for(string algorithm, string expected)
    {
        string[] curve = algorithm == "EC" ? ["-pkeyopt", "ec_paramgen_curve:P-256"] : [];
        OpenSsl.Run(["genpkey", "-algorithm", algorithm, .. curve, "-out", _files["key"]]);

        Assert.False(KeyFile.TryRead(_files["key"], allowOpen: false, out _, out var problem));

        Assert.Equal(KeyFault.OtherKind, problem.Fault);
        Assert.Equal($"{_files["key"]}: {expected}, expected a key for X25519", problem.Message);
    }

    [Fact]
    public void Says_which_other_algorithm_a_public_key_is_for()
    {
        OpenSsl.Run("genpkey", "-algorithm", "Ed25519", "-out", _files["key"]);
        OpenSsl.Run("pkey", "-in", _files["key"], "-pubout", "-out", _files["public"]);

        Assert.False(KeyFile.TryReadPublic(_files["public"], out _, out var problem));

        Assert.Equal(KeyFault.OtherKind, problem.Fault);
        Assert.Equal($"{_files["public"]}: a public key for Ed25519, expected a key for X25519", problem.Message);
    }

    [Fact]
    public void Says_that_a_key_is_behind_a_passphrase()
    {
        OpenSsl.Run("genpkey", "-algorithm", "X25519", "-aes256", "-pass", "pass:generated", "-out", _files["key"]);

        Assert.False(KeyFile.TryRead(_files["key"], allowOpen: false, out _, out var problem));

        Assert.Equal(KeyFault.OtherKind, problem.Fault);
        Assert.Equal($"{_files["key"]}: a secret key behind a passphrase, expected one without", problem.Message);
    }

    [Fact]
    public void Reads_a_key_with_text_around_it_as_openssl_writes_it_on_request()
    {
        OpenSsl.Run("genpkey", "-algorithm", "X25519", "-text", "-out", _files["key"]);

        Assert.True(KeyFile.TryRead(_files["key"], allowOpen: false, out var pair, out _));

        pair.Dispose();
    }
}
