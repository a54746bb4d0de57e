using Coffer.Server.Storage;
using Npgsql;

namespace Coffer.Server.Tests.Storage;

/// <summary>What <c>--store</c> takes.</summary>
public sealed class StoreAddressSpecs
{
    [Fact]
    public void Reads_a_file_of_SQLite() => Assert.Equal(new StoreAddress.Sqlite("/var/lib/a b.db"), SharedPostgres.AddressOf("sqlite:/var/lib/a b.db"));

    [Theory]
    [InlineData("postgres://coffer@db/secrets", "coffer", "db", 5432, "secrets")]
    [InlineData("postgresql://coffer@db.example:5433/secrets", "coffer", "db.example", 5433, "secrets")]
    [InlineData("postgres://coffer@[::1]:5433/secrets", "coffer", "::1", 5433, "secrets")]
    [InlineData("postgres://coffer@[::1]/secrets", "coffer", "::1", 5432, "secrets")]
    [InlineData("postgres://coffer@%2Frun%2Fpostgresql/secrets", "coffer", "/run/postgresql", 5432, "secrets")]
    [InlineData("postgres://the%40user@db/a%2Fb", "the@user", "db", 5432, "a/b")]
    public void Reads_user_host_port_and_database_of_PostgreSQL(string text, string user, string host, int port, string database) =>
        Assert.Equal(new StoreAddress.Postgres(user, host, port, database, PasswordFile: null, SslMode.Prefer, RootCertificate: null, Connections: 10), SharedPostgres.AddressOf(text));

    [Theory]
    [InlineData("sslmode=disable", SslMode.Disable)]
    [InlineData("sslmode=prefer", SslMode.Prefer)]
    [InlineData("sslmode=require", SslMode.Require)]
    [InlineData("sslmode=verify-ca", SslMode.VerifyCA)]
    [InlineData("sslmode=verify-full", SslMode.VerifyFull)]
    public void Reads_how_the_connection_is_encrypted(string query, SslMode mode) => Assert.Equal(mode, Postgres(query).SslMode);

    [Fact]
    public void Reads_the_password_file() => Assert.Equal("/run/secrets/db@1", Postgres("password-file=/run/secrets/db%401").PasswordFile);

    [Fact]
    public void Checks_the_certificate_where_an_authority_is_named()
    {
        var address = Postgres("root-certificate=/etc/ca.pem");

        Assert.Equal(("/etc/ca.pem", SslMode.VerifyFull), (address.RootCertificate, address.SslMode));
    }

    [Theory]
    [InlineData("connections=4", 4)]
    [InlineData("connections=1000", 1000)]
    public void Reads_how_many_connections_a_node_may_have(string query, int connections) => Assert.Equal(connections, Postgres(query).Connections);

    [Theory]
    [InlineData("postgres://coffer@db/secrets?password-file=/run/a", "postgres://coffer@db:5432/secrets")]
    [InlineData("postgres://coffer@[::1]:5433/secrets", "postgres://coffer@[::1]:5433/secrets")]
    [InlineData("sqlite:a.db", "sqlite:a.db")]
    public void Is_shown_by_its_place(string text, string shown) => Assert.Equal(shown, SharedPostgres.AddressOf(text).ToString());

    [Theory]
    [InlineData("")]
    [InlineData("coffer.db")]
    [InlineData("mysql://root:hunter2@db/x")]
    [InlineData("sqlite:")]
    [InlineData("sqlite::memory:")]
    [InlineData("sqlite:file:hunter2.db?mode=memory")]
    [InlineData("postgres://coffer@a,hunter2:5432/secrets")]
    [InlineData("postgres://coffer@a:5432,hunter2:5432/secrets")]
    [InlineData("postgres://coffer@a%2Chunter2/secrets")]
    [InlineData("postgres:hunter2")]
    [InlineData("postgres://")]
    [InlineData("postgres://db/secrets")]
    [InlineData("postgres://@db/secrets")]
    [InlineData("postgres://coffer@/secrets")]
    [InlineData("postgres://coffer@db")]
    [InlineData("postgres://coffer@db/")]
    [InlineData("postgres://coffer@db:hunter2/secrets")]
    [InlineData("postgres://hunter2%00@db/secrets")]
    [InlineData("postgres://coffer@hunter2%00/secrets")]
    [InlineData("postgres://coffer@db/hunter2%00")]
    [InlineData("postgres://coffer@db/secrets?password-file=hunter2%00")]
    [InlineData("postgres://coffer@db:0/secrets")]
    [InlineData("postgres://coffer@db:65536/secrets")]
    [InlineData("postgres://coffer@[::1]5432/secrets")]
    [InlineData("postgres://coffer@db/secrets?hunter2=1")]
    [InlineData("postgres://coffer@db/secrets?password-file=")]
    [InlineData("postgres://coffer@db/secrets?password-file")]
    [InlineData("postgres://coffer@db/secrets?sslmode=hunter2")]
    [InlineData("postgres://coffer@db/secrets?connections=3")]
    [InlineData("postgres://coffer@db/secrets?connections=1001")]
    [InlineData("postgres://coffer@db/secrets?connections=hunter2")]
    [InlineData("postgres://coffer@db/secrets?sslmode=require&sslmode=require")]
    public void Refuses_what_is_none_and_shows_nothing_of_it(string text)
    {
        Assert.False(StoreAddress.TryRead(text, out _, out var problem));
        Assert.DoesNotContain("hunter2", problem.Message + problem.Hint, StringComparison.Ordinal);
        Assert.DoesNotContain("password in it", problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("postgres://coffer:hunter2@db/secrets")]
    [InlineData("postgres://coffer:hunter2/@db/secrets")]
    [InlineData("postgres://coffer:hunt?er2=@db/secrets")]
    [InlineData("postgresql://coffer:@db/secrets")]
    [InlineData("postgres://coffer@db/secrets?password=hunter2")]
    public void Refuses_a_password_and_says_where_it_belongs(string text)
    {
        Assert.False(StoreAddress.TryRead(text, out _, out var problem));
        Assert.Contains("password in it", problem.Message, StringComparison.Ordinal);
        Assert.Contains("password-file", problem.Hint, StringComparison.Ordinal);
        Assert.DoesNotContain("hunt", problem.Message + problem.Hint, StringComparison.Ordinal);
    }

    private static StoreAddress.Postgres Postgres(string query) => Assert.IsType<StoreAddress.Postgres>(SharedPostgres.AddressOf($"postgres://coffer@db/secrets?{query}"));
}
