using Coffer.Server.Storage;
using Coffer.Server.Tests.Hosting;

namespace Coffer.Server.Tests.Storage;

/// <summary>The files that the address of a PostgreSQL names; no database is asked.</summary>
public sealed class PostgresFilesSpecs : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("coffer-store-").FullName;

    private string FilePath => Path.Combine(_directory, "file");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData("", "is no PEM of a certificate")]
    [InlineData("-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n", "is damaged")]
    [InlineData(null, "cannot be read (no such file)")]
    public void A_root_certificate_that_is_none_is_refused(string? content, string what)
    {
        if (content is not null) File.WriteAllText(FilePath, content);

        Assert.Equal((StoreFault.Denied, $"the root certificate {FilePath} {what}"), Refusal(FilePath));
    }

    [Fact]
    public async Task A_root_certificate_that_is_a_pipe_or_a_device_is_refused_without_waiting_for_its_end()
    {
        SpecialFiles.Pipe(FilePath);

        foreach (var file in new[] { FilePath, "/dev/zero" })
            Assert.Equal((StoreFault.Denied, $"the root certificate {file} cannot be read (no regular file)"), await Task.Run(() => Refusal(file)).WaitAsync(SpecialFiles.Patience));
    }

    [Fact]
    public async Task A_password_file_that_is_a_pipe_or_a_device_is_refused_without_waiting_for_its_end()
    {
        SpecialFiles.Pipe(FilePath);

        foreach (var file in new[] { FilePath, "/dev/zero" })
        {
            var refused = await Assert.ThrowsAsync<StoreException>(() => Task.Run(() => PostgresDialect.ReadPassword(file)).WaitAsync(SpecialFiles.Patience));
            Assert.Equal((StoreFault.Denied, $"the password file {file} cannot be read (no regular file)"), (refused.Fault, refused.Message));
        }
    }

    [Theory]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.UserWrite, false)]
    [InlineData(UnixFileMode.UserRead, false)]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.GroupRead, true)]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.OtherRead, true)]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.GroupWrite, true)]
    public void Knows_of_a_password_file_that_others_may_read_or_write(UnixFileMode mode, bool isOpen)
    {
        File.WriteAllText(FilePath, "");
        File.SetUnixFileMode(FilePath, mode);
        File.CreateSymbolicLink(FilePath + "-link", FilePath);

        Assert.Equal((isOpen, isOpen), (PostgresDialect.IsOpenToOthers(FilePath), PostgresDialect.IsOpenToOthers(FilePath + "-link")));
    }

    private static (StoreFault, string) Refusal(string rootCertificate)
    {
        var address = (StoreAddress.Postgres)SharedPostgres.AddressOf($"postgres://coffer@127.0.0.1/coffer?root-certificate={Uri.EscapeDataString(rootCertificate)}");
        var refused = Assert.Throws<StoreException>(() => new PostgresDialect(address));
        return (refused.Fault, refused.Message);
    }
}
