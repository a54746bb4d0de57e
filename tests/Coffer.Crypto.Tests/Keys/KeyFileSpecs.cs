using System.Globalization;
using System.Security.Cryptography;
using Coffer.Crypto.Keys;

namespace Coffer.Crypto.Tests.Keys;

public sealed class KeyFileSpecs : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly ScratchDirectory _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void Makes_a_file_of_mode_0600_that_reads_back()
    {
        Assert.True(KeyFile.TryCreate(_files["key"], out var publicKey, out _));

        Assert.Equal(OwnerOnly, File.GetUnixFileMode(_files["key"]));
        var pem = File.ReadAllText(_files["key"]);
        Assert.StartsWith("-----BEGIN PRIVATE KEY-----\n", pem);
        Assert.EndsWith("-----END PRIVATE KEY-----\n", pem);
        Assert.DoesNotContain('\r', pem);
        using var pair = Read(_files["key"]);
        Assert.Equal(publicKey, pair.PublicKey);
    }

    [Theory]
    [InlineData("file")]
    [InlineData("directory")]
    [InlineData("dangling link")]
    public void Never_overwrites_what_is_there(string what)
    {
        var path = _files["key"];
        if (what == "file") _files.Write("key", "precious");
        if (what == "directory") Directory.CreateDirectory(path);
        if (what == "dangling link") File.CreateSymbolicLink(path, _files["nowhere"]);

        Assert.False(KeyFile.TryCreate(path, out var publicKey, out var problem));

        Assert.Equal(KeyFault.Exists, problem.Fault);
        Assert.Equal(default, publicKey);
        if (what == "file") Assert.Equal("precious", File.ReadAllText(path));
        Assert.False(Path.Exists(_files["nowhere"]));
    }

    [Fact]
    public void Says_that_the_directory_is_missing()
    {
        var path = Path.Combine(_files["nowhere"], "key");

        Assert.False(KeyFile.TryCreate(path, out _, out var problem));

        Assert.Equal(KeyFault.Unwritable, problem.Fault);
        Assert.Equal($"{path}: cannot be written (no such directory)", problem.Message);
        Assert.False(KeyFile.TryCreate("", out _, out problem));
        Assert.Equal(KeyFault.Unwritable, problem.Fault);
    }

    [Theory]
    [InlineData(UnixFileMode.GroupRead, "0640")]
    [InlineData(UnixFileMode.GroupWrite, "0620")]
    [InlineData(UnixFileMode.OtherRead, "0604")]
    [InlineData(UnixFileMode.OtherWrite, "0602")]
    public void Refuses_a_file_that_others_may_open_unless_told_to(UnixFileMode open, string shown)
    {
        KeyFile.TryCreate(_files["key"], out var publicKey, out _);
        File.SetUnixFileMode(_files["key"], OwnerOnly | open);

        Assert.False(KeyFile.TryRead(_files["key"], allowOpen: false, out _, out var problem));
        Assert.Equal(KeyFault.OpenToOthers, problem.Fault);
        Assert.Equal($"{_files["key"]}: others than its owner may open it (mode {shown}), expected 0600", problem.Message);

        Assert.True(KeyFile.TryRead(_files["key"], allowOpen: true, out var pair, out _));
        using (pair) Assert.Equal(publicKey, pair.PublicKey);
    }

    [Fact]
    public void Judges_the_file_that_a_link_leads_to()
    {
        KeyFile.TryCreate(_files["key"], out var publicKey, out _);
        File.CreateSymbolicLink(_files["link"], _files["key"]);
        using (var pair = Read(_files["link"])) Assert.Equal(publicKey, pair.PublicKey);

        File.SetUnixFileMode(_files["key"], OwnerOnly | UnixFileMode.GroupRead);

        Assert.Equal(KeyFault.OpenToOthers, Refuse(_files["link"]));
    }

    [Fact]
    public void Lets_the_group_read_a_credential_of_systemd_and_nothing_more()
    {
        KeyFile.TryCreate(_files["key"], out _, out _);
        File.SetUnixFileMode(_files["key"], UnixFileMode.UserRead | UnixFileMode.GroupRead);
        Assert.Equal(KeyFault.OpenToOthers, Refuse(_files["key"]));
        var before = Environment.GetEnvironmentVariable("CREDENTIALS_DIRECTORY");
        try
        {
            Environment.SetEnvironmentVariable("CREDENTIALS_DIRECTORY", Path.GetDirectoryName(_files["key"]));
            Read(_files["key"]).Dispose();

            File.SetUnixFileMode(_files["key"], UnixFileMode.UserRead | UnixFileMode.OtherRead);
            Assert.Equal(KeyFault.OpenToOthers, Refuse(_files["key"]));
        }
        finally
        {
            Environment.SetEnvironmentVariable("CREDENTIALS_DIRECTORY", before);
        }
    }

    [Fact]
    public async Task Is_not_held_up_by_a_pipe()
    {
        using var made = System.Diagnostics.Process.Start("mkfifo", ["-m", "600", _files["pipe"]]);
        await made.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.False(KeyFile.TryRead(_files["pipe"], allowOpen: false, out _, out var problem));

        Assert.Equal($"{_files["pipe"]}: cannot be read (a pipe or a device)", problem.Message);
    }

    [Theory]
    [InlineData("/dev/zero", KeyFault.NotAKey)]
    [InlineData("/", KeyFault.Unreadable)]
    [InlineData("/nowhere/key", KeyFault.Unreadable)]
    [InlineData("", KeyFault.Unreadable)]
    public void Refuses_what_is_no_file(string path, KeyFault expected)
    {
        Assert.False(KeyFile.TryRead(path, allowOpen: true, out _, out var problem));

        Assert.Equal(expected, problem.Fault);
    }

    [Fact]
    public void Says_that_a_directory_is_one()
    {
        Assert.False(KeyFile.TryRead("/", allowOpen: true, out _, out var problem));

        Assert.Equal("/: cannot be read (a directory)", problem.Message);
    }

    [Fact]
    public void Reads_line_ends_of_Windows_and_text_around_the_key()
    {
        KeyFile.TryCreate(_files["key"], out var publicKey, out _);
        var pem = File.ReadAllText(_files["key"]);

        using var crlf = Read(_files.Write("crlf", pem.ReplaceLineEndings("\r\n")));
        using var around = Read(_files.Write("around", $"made by hand\n{pem}\nkeep this safe\n"));

        Assert.Equal(publicKey, crlf.PublicKey);
        Assert.Equal(publicKey, around.PublicKey);
    }

    [Fact]
    public void Reads_the_second_version_of_PKCS_8_with_the_public_key_inside()
    {
        var scalar = RandomNumberGenerator.GetBytes(Sodium.KeySize);
        using var expected = new KeyPair(scalar);
        byte[] inner = [0x02, 0x01, 0x01, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x6e, 0x04, 0x22, 0x04, 0x20, .. scalar, 0x81, 0x21, 0x00, .. expected.PublicKey.Span];
        var pem = PemEncoding.WriteString("PRIVATE KEY", [0x30, (byte)inner.Length, .. inner]);

        using var pair = Read(_files.Write("key", pem));

        Assert.Equal(expected.PublicKey, pair.PublicKey);
    }

    [Fact]
    public void Refuses_two_keys_in_one_file()
    {
        KeyFile.TryCreate(_files["key"], out _, out _);
        KeyFile.TryCreate(_files["other"], out _, out _);

        Assert.Equal(KeyFault.Several, Refuse(_files.Write("both", $"{File.ReadAllText(_files["key"])}\n{File.ReadAllText(_files["other"])}")));
    }

    [Theory]
    [InlineData("", KeyFault.Empty)]
    [InlineData(" \n", KeyFault.Empty)]
    [InlineData("hello\n", KeyFault.NotAKey)]
    [InlineData("-----BEGIN PRIVATE KEY-----\nMC4CAQ", KeyFault.NotAKey)]
    [InlineData("-----BEGIN PRIVATE KEY-----\nMC4CAQAw\n-----END PRIVATE KEY-----\n", KeyFault.NotAKey)]
    [InlineData("-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaA==\n-----END OPENSSH PRIVATE KEY-----\n", KeyFault.OtherKind)]
    [InlineData("-----BEGIN CERTIFICATE-----\nMC4CAQAw\n-----END CERTIFICATE-----\n", KeyFault.OtherKind)]
    public void Says_what_it_found_instead_of_a_secret_key(string text, KeyFault expected)
    {
        Assert.Equal(expected, Refuse(_files.Write("key", text)));
    }

    [Fact]
    public void Says_that_a_public_key_stands_where_a_secret_one_belongs()
    {
        KeyFile.TryCreate(_files["key"], out var publicKey, out _);
        OpenSsl.Run("pkey", "-in", _files["key"], "-pubout", "-out", _files["pem"]);
        File.SetUnixFileMode(_files["pem"], OwnerOnly);

        Assert.Equal(KeyFault.PublicKey, Refuse(_files["pem"]));
        Assert.Equal(KeyFault.PublicKey, Refuse(_files.Write("text", $"{publicKey}\n")));
        Assert.Equal(KeyFault.PublicKey, Refuse(_files.Write("open", $"{publicKey}\n", OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.OtherRead)));
    }

    [Fact]
    public void Says_that_a_secret_key_stands_where_a_public_one_belongs()
    {
        KeyFile.TryCreate(_files["key"], out _, out _);

        Assert.False(KeyFile.TryReadPublic(_files["key"], out _, out var problem));

        Assert.Equal(KeyFault.SecretKey, problem.Fault);
        Assert.Equal($"{_files["key"]}: a secret key stands where a public key belongs", problem.Message);
    }

    [Fact]
    public void Reads_a_public_key_as_text_on_a_line()
    {
        KeyFile.TryCreate(_files["key"], out var expected, out _);

        Assert.True(KeyFile.TryReadPublic(_files.Write("public", $"{expected}\n"), out var publicKey, out _));

        Assert.Equal(expected, publicKey);
    }

    [Theory]
    [MemberData(nameof(LowOrderForms.All), MemberType = typeof(LowOrderForms))]
    public void Refuses_a_low_order_public_key_as_PEM(string point)
    {
        byte[] der = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x6e, 0x03, 0x21, 0x00, .. Convert.FromHexString(point)];
        var path = _files.Write("public", PemEncoding.WriteString("PUBLIC KEY", der));

        Assert.False(KeyFile.TryReadPublic(path, out var publicKey, out var problem));

        Assert.Equal(KeyFault.LowOrder, problem.Fault);
        Assert.Equal(default, publicKey);
    }

    [Fact]
    public void Repeats_nothing_of_what_it_read()
    {
        KeyFile.TryCreate(_files["key"], out _, out _);
        var body = File.ReadAllLines(_files["key"])[1];

        KeyFile.TryRead(_files.Write("damaged", $"-----BEGIN PRIVATE KEY-----\n{body}!\n-----END PRIVATE KEY-----\n"), allowOpen: false, out _, out var damaged);
        KeyFile.TryReadPublic(_files.Write("bare", body), out _, out var bare);

        Assert.DoesNotContain(body[24..], damaged!.ToString());
        Assert.Equal(KeyFault.SecretKey, bare!.Fault);
        Assert.DoesNotContain(body[24..], bare.ToString());
    }

    [Theory]
    [InlineData("-----BEGIN PRIVATE KEY-----\n{0}\n-----END PRIVATE KEY-----\n")]
    [InlineData("{0}")]
    [InlineData("{0}\n-----END")]
    public void Takes_no_secret_key_for_the_name_of_a_file(string form)
    {
        // It holds the two characters that paths have as well.
        const string Body = "MC4CAQAwBQYDK2VuBCIEIIhpR6EzJ16nAf+gxR8FT/+tqtvclv23cgUCXJxFj0tZ";

        Assert.False(KeyFile.TryReadPublicTextOrFile(string.Format(CultureInfo.InvariantCulture, form, Body), out _, out var problem));

        Assert.DoesNotContain(Body[24..], problem.ToString());
    }

    [Fact]
    public void Says_of_a_name_that_no_such_file_is_there()
    {
        Assert.False(KeyFile.TryReadPublicTextOrFile(_files["nowhere.pub"], out _, out var problem));

        Assert.StartsWith(_files["nowhere.pub"], problem.Message);
    }

    [Fact]
    public void Says_of_a_word_that_it_is_no_key_and_no_file_either()
    {
        Assert.False(KeyFile.TryReadPublicTextOrFile("nowhere", out _, out var problem));

        Assert.Equal("not a key, expected a public key: 64 hexadecimal digits in groups of four joined by '-'; nor is there a file of that name", problem.Message);
    }

    [Fact]
    public void Shows_no_more_of_a_pair_than_its_public_key()
    {
        using var pair = KeyPair.Generate();

        Assert.Equal($"<key pair of {pair.PublicKey}>", pair.ToString());
    }

    private static KeyPair Read(string path)
    {
        Assert.True(KeyFile.TryRead(path, allowOpen: false, out var pair, out var problem), problem?.Message);
        return pair;
    }

    private static KeyFault Refuse(string path)
    {
        Assert.False(KeyFile.TryRead(path, allowOpen: false, out _, out var problem));
        return problem.Fault;
    }
}
