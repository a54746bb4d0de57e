using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Npgsql;

namespace Coffer.Server.Storage;

/// <summary>Where the store is, as <c>--store</c> says it. Holds no password, so it may be shown.</summary>
/// <remarks>
/// <c>sqlite:FILE</c>, or <c>postgres://USER@HOST[:PORT]/DATABASE[?PARAMETER=VALUE&amp;…]</c> (<c>postgresql://</c> too) with the parameters
/// <c>password-file</c>, <c>sslmode</c>, <c>root-certificate</c> and <c>connections</c>. What is no letter or digit may be percent-encoded; a host that begins with an
/// encoded slash is the directory of a socket. Source: the connection URIs of libpq (postgresql.org/docs/current/libpq-connect.html).
/// </remarks>
public abstract record StoreAddress
{
    // The catalog's transaction, its lease and the probe need one each beside those of clients. Ten clients at once are some thousands a second.
    private const int MinConnections = 4;
    private const int DefaultConnections = 10;
    private const int MaxConnections = 1000;

    private const string Form = "expected sqlite:FILE or postgres://USER@HOST[:PORT]/DATABASE";

    private StoreAddress()
    {
    }

    /// <summary>A file of SQLite, the only one of its kind in a directory that one server has.</summary>
    public sealed record Sqlite(string File) : StoreAddress
    {
        /// <inheritdoc/>
        public override string ToString() => $"sqlite:{File}";
    }

    /// <summary>A database of PostgreSQL.</summary>
    /// <param name="User">Who connects.</param>
    /// <param name="Host">A name, an address, or the directory of a socket.</param>
    /// <param name="Port">The port.</param>
    /// <param name="Database">Its name.</param>
    /// <param name="PasswordFile">The file whose content is the password, or null: then PGPASSFILE and ~/.pgpass are looked into.</param>
    /// <param name="SslMode">Whether the connection is encrypted, and the server's certificate checked.</param>
    /// <param name="RootCertificate">The authorities that the server's certificate is checked with, or null for those of the machine.</param>
    /// <param name="Connections">How many connections one node has at most.</param>
    public sealed record Postgres(string User, string Host, int Port, string Database, string? PasswordFile, SslMode SslMode, string? RootCertificate, int Connections) : StoreAddress
    {
        /// <inheritdoc/>
        public override string ToString() => $"postgres://{User}@{(Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host)}:{Port.ToString(CultureInfo.InvariantCulture)}/{Database}";
    }

    /// <summary>Reads an address.</summary>
    /// <returns>False, and what is wrong in words that repeat none of <paramref name="text"/>'s values, because a password might be among them.</returns>
    public static bool TryRead(string text, [NotNullWhen(true)] out StoreAddress? address, [NotNullWhen(false)] out StoreAddressProblem? problem)
    {
        (address, problem) = Read(text);
        return address is not null;
    }

    private static (StoreAddress? Address, StoreAddressProblem? Problem) Read(string text)
    {
        if (After(text, "sqlite:") is { } file) return ReadSqlite(file);
        return (After(text, "postgres://") ?? After(text, "postgresql://")) is { } rest ? ReadPostgres(rest) : No($"is no address of a store, {Form}");
    }

    // What SQLite itself takes for more than a name. One in memory would be gone with the process, and each connection has another.
    private static (StoreAddress?, StoreAddressProblem?) ReadSqlite(string file) => file.Length == 0 || file.StartsWith(":memory:", StringComparison.Ordinal) || file.StartsWith("file:", StringComparison.Ordinal)
        ? No("names no file", "for example sqlite:/var/lib/coffer/coffer.db")
        : (new Sqlite(file), null);

    private static (StoreAddress?, StoreAddressProblem?) ReadPostgres(string rest)
    {
        if (rest.Contains("%00", StringComparison.Ordinal)) return No("has a NUL in it (%00), which no part of one can have");
        var (at, colon) = (rest.IndexOf('@', StringComparison.Ordinal), rest.IndexOf(':', StringComparison.Ordinal));
        if (colon >= 0 && colon < at) return PasswordShown();
        if (at < 1) return No($"names no user, {Form}");

        var (place, query) = Cut(rest[(at + 1)..], '?');
        var (authority, database) = Cut(place, '/');
        var (host, port) = ReadAuthority(authority);
        if (host.Length == 0) return No($"names no host, {Form}");
        if (host.Contains(',', StringComparison.Ordinal)) return No("names several hosts, expected one", "name the address that leads to the primary");
        if (port is null) return No("has a port that is no number from 1 to 65535", "leave the port out for 5432");
        if (database.Length == 0) return No($"names no database, {Form}");

        var parameters = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var parameter in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var (name, value) = Cut(parameter, '=');
            if (name == "password") return PasswordShown();
            if (name is not ("password-file" or "sslmode" or "root-certificate" or "connections")) return No("has a parameter that is not known", "password-file, sslmode, root-certificate and connections are");
            if (value.Length == 0 || !parameters.TryAdd(name, Uri.UnescapeDataString(value))) return No($"has {name} without a value, or twice", $"give it once, as {name}=VALUE");
        }

        if (ReadConnections(parameters.GetValueOrDefault("connections")) is not { } connections)
            return No($"has a number of connections that is none from {MinConnections} to {MaxConnections}", $"leave it out for {DefaultConnections}");

        var root = parameters.GetValueOrDefault("root-certificate");
        // Who names an authority wants it asked.
        return ReadMode(parameters.GetValueOrDefault("sslmode") ?? (root is null ? "prefer" : "verify-full")) is { } mode
            ? (new Postgres(Uri.UnescapeDataString(rest[..at]), host, port.Value, Uri.UnescapeDataString(database), parameters.GetValueOrDefault("password-file"), mode, root, connections), null)
            : No("has an sslmode that is not known", "one of disable, prefer, require, verify-ca, verify-full");
    }

    // An address of IPv6 stands in brackets, because it has colons itself.
    private static (string Host, int? Port) ReadAuthority(string authority)
    {
        var (host, port) = authority.StartsWith('[') && authority.IndexOf(']', StringComparison.Ordinal) is > 0 and var end
            ? (authority[1..end], authority[(end + 1)..])
            : authority.IndexOf(':', StringComparison.Ordinal) is >= 0 and var colon ? (authority[..colon], authority[colon..]) : (authority, "");
        int? number = port.Length == 0 ? NpgsqlConnection.DefaultPort
            : port[0] == ':' && ushort.TryParse(port.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out var read) && read > 0 ? read : null;
        return (Uri.UnescapeDataString(host), number);
    }

    private static int? ReadConnections(string? text) => text is null ? DefaultConnections
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var read) && read is >= MinConnections and <= MaxConnections ? read : null;

    private static SslMode? ReadMode(string text) => text switch
    {
        "disable" => SslMode.Disable,
        "prefer" => SslMode.Prefer,
        "require" => SslMode.Require,
        "verify-ca" => SslMode.VerifyCA,
        "verify-full" => SslMode.VerifyFull,
        _ => null,
    };

    private static string? After(string text, string start) => text.StartsWith(start, StringComparison.Ordinal) ? text[start.Length..] : null;

    private static (string Before, string After) Cut(string text, char at) => text.IndexOf(at, StringComparison.Ordinal) is >= 0 and var index ? (text[..index], text[(index + 1)..]) : (text, "");

    private static (StoreAddress?, StoreAddressProblem?) PasswordShown() => No(
        "has a password in it, which whoever lists processes would see", "write it to a file and add ?password-file=FILE to the address, or name a .pgpass with PGPASSFILE");

    private static (StoreAddress?, StoreAddressProblem?) No(string what, string hint = "docs/operations.md shows the form") => (null, new StoreAddressProblem(what, hint));
}

/// <summary>What is wrong with an address, without its values, and what to do about it.</summary>
public sealed record StoreAddressProblem(string Message, string Hint);
