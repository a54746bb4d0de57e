using Coffer.Crypto.Keys;
using Coffer.Server.Storage;
using Coffer.Tests.Shared;

namespace Coffer.Server.Tests.Storage;

/// <summary>The way to a PostgreSQL that encrypts it.</summary>
public sealed class PostgresTlsSpecs(EncryptedPostgres encrypted) : IAsyncLifetime, IClassFixture<EncryptedPostgres>
{
    private readonly string _directory = Directory.CreateTempSubdirectory("coffer-store-").FullName;
    private string _database = "";

    public async ValueTask InitializeAsync() => _database = await encrypted.Postgres.CreateDatabaseAsync();

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_directory, recursive: true);
        return ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("&sslmode=disable", false)]
    [InlineData("&sslmode=require", true)]
    [InlineData("&root-certificate=CERTIFICATE", true)]
    [InlineData("&root-certificate=CERTIFICATE&sslmode=verify-ca", true)]
    public async Task Is_encrypted_unless_that_is_not_wanted(string parameters, bool isEncrypted)
    {
        await using var opened = await OpenAsync(parameters);

        var ways = await encrypted.Postgres.QueryAsync("postgres", $"SELECT DISTINCT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE datname = '{_database}'");

        Assert.Equal(isEncrypted ? "t" : "f", ways);
    }

    [Fact]
    public async Task Refuses_a_database_whose_certificate_is_from_nobody_that_is_trusted()
    {
        var e = await Assert.ThrowsAsync<StoreException>(() => OpenAsync("&sslmode=verify-full"));

        Assert.Equal((StoreFault.Denied, "the certificate of the database is not trusted"), (e.Fault, e.Message));
    }

    [Fact]
    public async Task Refuses_a_database_whose_certificate_has_another_name()
    {
        var address = encrypted.Postgres.Address(_database).Replace("127.0.0.1", "localhost", StringComparison.Ordinal);

        var e = await Assert.ThrowsAsync<StoreException>(() => OpenAsync("&root-certificate=CERTIFICATE", address));

        Assert.Equal(StoreFault.Denied, e.Fault);
    }

    private Task<OpenedStore> OpenAsync(string parameters, string? address = null) => OpenedStore.OpenAsync(
        DataDirectory.Open(_directory), SharedPostgres.AddressOf((address ?? encrypted.Postgres.Address(_database)) + parameters.Replace("CERTIFICATE", encrypted.Certificate, StringComparison.Ordinal)),
        new PublicKey([.. Enumerable.Repeat((byte)9, PublicKey.Size)]), TestContext.Current.CancellationToken);
}

/// <summary>One that takes encrypted connections.</summary>
public sealed class EncryptedPostgres : IAsyncLifetime
{
    public PrivatePostgres Postgres { get; private set; } = null!;

    public string Certificate { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        Postgres = await PrivatePostgres.StartAsync();
        Certificate = await Postgres.EncryptAsync();
    }

    public ValueTask DisposeAsync() => Postgres.DisposeAsync();
}
