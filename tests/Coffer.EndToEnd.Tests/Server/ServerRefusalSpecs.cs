using System.Net;
using System.Net.Sockets;
using Coffer.Crypto.Keys;
using Coffer.Tests.Shared;
using Microsoft.Data.Sqlite;

namespace Coffer.EndToEnd.Tests.Server;

/// <summary>A server that cannot start says why on a line, what to do on another, ends with the exit code of docs/operations.md, and leaves what is stored as it was.</summary>
[Takes(seconds: 70)]
public sealed class ServerRefusalSpecs : IAsyncDisposable
{
    private const int Usage = 2;
    private const int Key = 3;
    private const int Store = 4;
    private const int Definition = 5;
    private const int Listen = 6;

    private readonly ServerBench _bench = new();

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task Refuses_to_start_without_a_key()
    {
        _bench.Options.Remove("--key");

        await RefusesAsync(Usage, "no server key: --key FILE is missing", "make one with 'coffer-companion keygen server.pem'");
    }

    [Fact]
    public async Task Refuses_a_key_file_that_is_not_there()
    {
        _bench.Options["--key"] = "nowhere.pem";

        await RefusesAsync(Key, "--key: nowhere.pem: cannot be read (no such file)", "name a key file that this user may read");
    }

    [Fact]
    public async Task Refuses_a_key_file_that_others_may_read_unless_that_is_allowed()
    {
        File.SetUnixFileMode(_bench.FilePath("server.pem"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);

        await RefusesAsync(
            Key, $"--key: {_bench.FilePath("server.pem")}: others than its owner may open it (mode 0604), expected 0600",
            $"run 'chmod 600 {_bench.FilePath("server.pem")}', or say --allow-open-key if that is meant");
        await _bench.ServeAsync("--allow-open-key");
    }

    [Fact]
    public async Task Refuses_a_public_key_where_the_secret_one_belongs()
    {
        await File.WriteAllTextAsync(_bench.FilePath("server.pub"), _bench.ServerKey + "\n", TestContext.Current.CancellationToken);
        File.SetUnixFileMode(_bench.FilePath("server.pub"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        _bench.Options["--key"] = _bench.FilePath("server.pub");

        var (error, _) = await _bench.RefusalAsync(Key);

        Assert.Contains("public key", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refuses_a_second_key_that_is_the_first_one() => await RefusesAsync(
        Key, "--second-key: is the same key as --key, expected another one", "leave it out, or name the key that is being replaced", "--second-key", _bench.FilePath("server.pem"));

    [Fact]
    public async Task Refuses_a_second_key_that_cannot_be_read()
    {
        var (error, _) = await _bench.RefusalAsync(Key, "--second-key", _bench.FilePath("nowhere.pem"));

        Assert.StartsWith("--second-key: ", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refuses_to_start_without_a_companion()
    {
        _bench.Options.Remove("--companion");

        await RefusesAsync(
            Usage, "no companion: --companion KEY is missing", "'coffer-companion public companion.pem' prints the key of the companion that seals your definitions");
    }

    [Fact]
    public async Task Refuses_an_empty_companion_as_a_variable_that_is_not_set_leaves_it() => await RefusesAsync(
        Usage, "--companion: is empty, expected KEY", "'coffer-companion public companion.pem' prints the key of the companion that seals your definitions", "--companion", "");

    [Theory]
    [InlineData("ABCD")]
    [InlineData("nowhere.pub")]
    public async Task Refuses_a_companion_that_is_no_key(string companion)
    {
        _bench.Options["--companion"] = companion;

        var (error, _) = await _bench.RefusalAsync(Key);

        Assert.StartsWith("--companion: ", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refuses_a_companions_secret_key_without_showing_it()
    {
        var pem = await File.ReadAllTextAsync(_bench.FilePath("companion.pem"), TestContext.Current.CancellationToken);
        _bench.Options["--companion"] = pem;

        var (error, hint) = await _bench.RefusalAsync(Key);

        Assert.DoesNotContain(pem.Split('\n')[1], error + hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Takes_no_arguments_from_a_file_and_shows_nothing_of_it()
    {
        var pem = await File.ReadAllTextAsync(_bench.FilePath("server.pem"), TestContext.Current.CancellationToken);
        _bench.Options["--key"] = "@server.pem";

        var (error, hint) = await _bench.RefusalAsync(Key);

        Assert.DoesNotContain(pem.Split('\n')[1], error + hint, StringComparison.Ordinal);
        Assert.Contains("@server.pem", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("127.0.0.1")]
    [InlineData("127.0.0.1:65536")]
    [InlineData("localhost:9187")]
    public async Task Refuses_what_is_no_address(string listen)
    {
        _bench.Options["--listen"] = listen;

        await RefusesAsync(Usage, $"--listen: '{listen}' is no address, expected IP:PORT", "for example 127.0.0.1:9187, 0.0.0.0:9187 or [::]:9187");
    }

    [Fact]
    public async Task Refuses_a_port_that_another_program_has_and_loads_nothing()
    {
        await StoreAsync("PORT = 1");
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        taken.Listen();
        _bench.Options["--listen"] = taken.LocalEndPoint!.ToString()!;

        await RefusesAsync(
            Listen, $"--listen: {taken.LocalEndPoint} cannot be listened on: Address already in use",
            "another program may hold the port, or the address may not be this machine's", "--definition", _bench.Seal(_bench.OneClient("PORT = 2")));

        _bench.Options["--listen"] = "127.0.0.1:0";
        await ServesAsync(1);
    }

    [Fact]
    public async Task Refuses_an_address_that_is_not_this_machines()
    {
        _bench.Options["--listen"] = "192.0.2.1:9187";

        await RefusesAsync(
            Listen, "--listen: 192.0.2.1:9187 cannot be listened on: Cannot assign requested address",
            "another program may hold the port, or the address may not be this machine's");
    }

    [Fact]
    public async Task Refuses_a_data_directory_that_another_server_uses()
    {
        var first = await _bench.ServeDefinitionAsync(_bench.OneClient("PORT = 1"));

        await RefusesAsync(Store, $"--data: {_bench.DataDirectory}: is in use by another server", "stop the other server first, or name another directory");

        Assert.Single((await _bench.FetchAsync(first)).Secrets);
    }

    [Fact]
    public async Task Takes_a_data_directory_that_a_killed_server_left_locked()
    {
        var first = await _bench.ServeDefinitionAsync(_bench.OneClient("PORT = 1"));
        await first.KillAsync();
        Assert.True(File.Exists(Path.Combine(_bench.DataDirectory, "lock")));

        await ServesAsync(1);
    }

    [Fact]
    public async Task Refuses_a_data_directory_that_is_a_file()
    {
        _bench.Options["--data"] = _bench.FilePath("client.pem");

        await RefusesAsync(Store, $"--data: {_bench.FilePath("client.pem")}: is a file, expected a directory", "name a directory that this user may write");
    }

    [Fact]
    public async Task Refuses_a_data_directory_that_cannot_be_written()
    {
        // Where not even root may make a file.
        _bench.Options["--data"] = "/proc/coffer";

        await RefusesAsync(Store, "--data: /proc/coffer: cannot be made: a parent is missing or not writable", "name a directory that this user may write");
    }

    [Fact]
    public async Task Refuses_a_database_that_was_made_under_another_key()
    {
        await StoreAsync("PORT = 1");
        using var other = _bench.MakeKey("other.pem");
        _bench.Options["--key"] = _bench.FilePath("other.pem");

        await RefusesAsync(
            Store, $"--data: {_bench.DataDirectory}: the database was made under another server key, {_bench.ServerKey}",
            "start with that key, as --key or, where it is being replaced, as --second-key; or name another directory");

        _bench.Options["--key"] = _bench.FilePath("server.pem");
        await ServesAsync(1);
    }

    [Fact]
    public async Task Refuses_a_database_that_a_newer_version_made()
    {
        await StoreAsync("PORT = 1");
        var known = await MetaAsync("SELECT value FROM meta WHERE key = 'schema'");
        await MetaAsync("UPDATE meta SET value = '1000' WHERE key = 'schema'");

        await RefusesAsync(
            Store, $"--data: {_bench.DataDirectory}: the database was made by a newer version of Coffer (schema 1000, this one knows {known})", "start the newer version");

        await MetaAsync($"UPDATE meta SET value = '{known}' WHERE key = 'schema'");
        await ServesAsync(1);
    }

    [Fact]
    public async Task Refuses_a_database_that_is_damaged()
    {
        Directory.CreateDirectory(_bench.DataDirectory);
        await File.WriteAllTextAsync(Path.Combine(_bench.DataDirectory, "coffer.db"), new string('x', 8192), TestContext.Current.CancellationToken);

        await RefusesAsync(
            Store, $"--data: {_bench.DataDirectory}: the file is damaged, or no database", "restore it from a backup, or name another one and load the definition again");
    }

    [Fact]
    public async Task Refuses_a_store_with_a_password_in_its_address_and_does_not_show_it()
    {
        var (error, _) = await _bench.RefusalAsync(Usage, "--store", "postgres://coffer:hunter2@db/coffer");

        Assert.Equal("--store: the address has a password in it, which whoever lists processes would see", error);
        Assert.False(Directory.Exists(_bench.DataDirectory));
    }

    [Fact]
    public async Task Refuses_a_file_of_SQLite_in_a_directory_that_another_server_uses()
    {
        Directory.CreateDirectory(_bench.FilePath("stored"));
        _bench.Environment["COFFER_STORE"] = $"sqlite:{_bench.FilePath("stored/here.db")}";
        await _bench.ServeDefinitionAsync(_bench.OneClient("PORT = 1"));
        Assert.False(File.Exists(Path.Combine(_bench.DataDirectory, "coffer.db")));
        _bench.Options["--data"] = _bench.FilePath("other");

        await RefusesAsync(Store, $"--store: sqlite:{_bench.FilePath("stored/here.db")}: is in use by another server", "stop the other server first, or name another directory");
    }

    [Fact]
    public async Task Refuses_to_start_while_nobody_listens_where_the_database_should_be()
    {
        using var bound = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        bound.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var address = $"postgres://coffer@{bound.LocalEndPoint}/coffer";

        await RefusesAsync(
            Store, $"--store: {address}: the database cannot be reached: Connection refused",
            "start again once the database answers: check that it runs there and takes connections from here", "--store", address);
    }

    [Fact]
    public async Task Refuses_a_definition_that_cannot_be_read()
    {
        await StoreAsync("PORT = 1");

        await RefusesDefinitionAsync("nowhere.coffer", "the definition cannot be read (no such file)");
    }

    [Fact]
    public async Task Refuses_a_definition_that_is_not_sealed()
    {
        await StoreAsync("PORT = 1");
        await File.WriteAllTextAsync(_bench.FilePath("plain.toml"), _bench.OneClient("PORT = 2"), TestContext.Current.CancellationToken);

        await RefusesDefinitionAsync(_bench.FilePath("plain.toml"), "clear");
    }

    [Fact]
    public async Task Refuses_a_definition_that_was_changed()
    {
        await StoreAsync("PORT = 1");
        var file = _bench.Seal(_bench.OneClient("PORT = 2"));
        var bytes = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
        bytes[^1] ^= 1;
        await File.WriteAllBytesAsync(file, bytes, TestContext.Current.CancellationToken);

        await RefusesDefinitionAsync(file, "changed");
    }

    [Fact]
    public async Task Refuses_a_definition_that_was_cut_short()
    {
        await StoreAsync("PORT = 1");
        var file = _bench.Seal(_bench.OneClient("PORT = 2"));
        await File.WriteAllBytesAsync(file, (await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken))[..^1], TestContext.Current.CancellationToken);

        await RefusesDefinitionAsync(file, "cut short");
    }

    [Fact]
    public async Task Refuses_a_definition_of_a_companion_that_is_not_trusted()
    {
        await StoreAsync("PORT = 1");
        using var other = KeyPair.Generate();

        await RefusesDefinitionAsync(_bench.Seal(_bench.OneClient("PORT = 2"), "other.coffer", other, _bench.ServerKey, serial: 1000), other.PublicKey.ToString());
    }

    [Fact]
    public async Task Refuses_a_definition_for_another_server()
    {
        await StoreAsync("PORT = 1");
        using var companion = KeyPair.Generate();
        using var other = KeyPair.Generate();
        _bench.Options["--companion"] = companion.PublicKey.ToString();

        await RefusesDefinitionAsync(_bench.Seal(_bench.OneClient("PORT = 2"), "other.coffer", companion, other.PublicKey, serial: 1000), $"not sealed for {_bench.ServerKey}");
    }

    [Fact]
    public async Task Refuses_a_definition_that_is_not_valid_with_a_line_for_each_complaint()
    {
        await StoreAsync("PORT = 1");
        var file = _bench.Seal(_bench.OneClient("PORT = [ 1 ]", "OTHER = [ 2 ]"));

        var ended = await _bench.Start("--definition", file).EndedAsync();

        Assert.Equal(Definition, ended.ExitCode);
        var lines = ended.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Count(line => line.StartsWith($"coffer-server: error: {file}:", StringComparison.Ordinal)));
        Assert.Equal("coffer-server: hint: 'coffer-companion check' finds the same; seal it again once it is mended", lines[^1]);
        await ServesAsync(1);
    }

    [Fact]
    public async Task Refuses_a_definition_that_is_older_than_the_one_loaded_and_takes_the_same_again()
    {
        var older = _bench.Seal(_bench.OneClient("PORT = 1", "OLD = 1"), "older.coffer");
        var newer = _bench.Seal(_bench.OneClient("PORT = 1"), "newer.coffer");
        await (await _bench.ServeAsync("--definition", newer)).StopAsync();

        await RefusesAsync(
            Definition, $"{older}: is older than the newest definition that was loaded (serial 1, newest 2)", "start without --definition to serve what is stored, or put the newest definition in this place", "--definition", older);

        var again = await _bench.ServeAsync("--definition", newer);
        Assert.Contains(again.Log, line => line.Contains($"load of {newer}: nothing to do, revision 1 counts", StringComparison.Ordinal));
        Assert.Single((await _bench.FetchAsync(again)).Secrets);
    }

    [Theory]
    [InlineData("coffer = }", null)]
    [InlineData("coffer { limits { hello =", null)]
    [InlineData("include \"other.conf\"", null)]
    [InlineData("coffer.limits.connections = 0", "coffer.limits.connections is 0, expected a whole number from 1 to 1000000")]
    [InlineData("coffer.limits.connections = many", "coffer.limits.connections is many, expected a whole number from 1 to 1000000")]
    [InlineData("coffer.limits.connections-per-address = -1", "coffer.limits.connections-per-address is -1, expected a whole number of 0 or more")]
    [InlineData("coffer.coffers.shards = 0", "coffer.coffers.shards is 0, expected a whole number from 1 to 3000")]
    [InlineData("coffer.catalog.keep-revisions = 0", "coffer.catalog.keep-revisions is 0, expected a whole number of 1 or more")]
    [InlineData("coffer.limits.hello = 0s", "coffer.limits.hello is 0s, expected a time above zero and up to a day, such as 500ms, 5s or 2m")]
    [InlineData("coffer.limits.get = soon", "coffer.limits.get is soon, expected a time above zero and up to a day, such as 500ms, 5s or 2m")]
    [InlineData("coffer.limits.drain = 2d", "coffer.limits.drain is 2d, expected a time above zero and up to a day, such as 500ms, 5s or 2m")]
    public async Task Refuses_a_configuration_that_is_wrong(string hocon, string? what)
    {
        await File.WriteAllTextAsync(_bench.FilePath("node.conf"), hocon + "\n", TestContext.Current.CancellationToken);

        var (error, hint) = await _bench.RefusalAsync(Usage, "--config", "node.conf");

        if (what is null) Assert.StartsWith("node.conf: no HOCON: ", error, StringComparison.Ordinal);
        else Assert.Equal(("configuration: " + what, "docs/operations.md lists what the file may set"), (error, hint));
        Assert.False(Directory.Exists(_bench.DataDirectory));
    }

    [Theory]
    [InlineData("nowhere.conf", "no such file")]
    [InlineData(".", "a directory")]
    public async Task Refuses_a_configuration_that_cannot_be_read(string file, string why) => await RefusesAsync(
        Usage, $"{file}: the configuration file cannot be read ({why})", "name a HOCON file that this user may read", "--config", file);

    [Fact]
    public async Task Refuses_a_configuration_that_sets_what_is_no_setting()
    {
        await File.WriteAllTextAsync(_bench.FilePath("node.conf"), "coffer.limits.helo = 5s\n", TestContext.Current.CancellationToken);

        await RefusesAsync(
            Usage, "node.conf: coffer.limits.helo is no setting of coffer", "did you mean coffer.limits.hello? docs/operations.md lists what the file may set", "--config", "node.conf");
    }

    [Fact]
    public async Task Shows_nothing_of_a_file_that_a_terminal_would_obey()
    {
        await File.WriteAllTextAsync(_bench.FilePath("node.conf"), "coffer.\"a\u001b[2J\u202eb\" = 5s\n", TestContext.Current.CancellationToken);

        await RefusesAsync(Usage, "node.conf: coffer.a\\u001b[2J\\u202eb is no setting of coffer", "docs/operations.md lists what the file may set", "--config", "node.conf");
    }

    [Fact]
    public async Task Says_once_that_the_control_socket_cannot_be_made()
    {
        var inTheWay = Path.Combine(_bench.DataDirectory, "control.sock");
        Directory.CreateDirectory(inTheWay);

        await RefusesAsync(Store, $"--data: the control socket {inTheWay} cannot be made: a directory is in its place", "move that away, or name another directory");
    }

    [Theory]
    [InlineData("--watch")]
    [InlineData("--audit-required")]
    [InlineData("--allow-open-key")]
    public async Task Refuses_a_variable_that_neither_sets_an_option_nor_leaves_it_out(string option)
    {
        var variable = "COFFER_" + option[2..].Replace('-', '_').ToUpperInvariant();
        _bench.Environment[variable] = "yes";

        await RefusesAsync(Usage, $"{variable}: 'yes' is neither 1 nor 0", $"1 is as {option} on the command line, 0 as leaving it out");
    }

    [Fact]
    public async Task Refuses_to_watch_no_file() => await RefusesAsync(
        Usage, "--watch: there is no file to watch: --definition FILE is missing", "give --definition the file, or leave --watch out", "--watch");

    [Theory]
    [InlineData("\"--bogus\" is no option of coffer-server", "", "--bogus")]
    [InlineData("\"--definiton\" is no option of coffer-server", "did you mean --definition? ", "--definiton=definition.coffer")]
    // --companion takes all that follows.
    [InlineData("\"--definiton\" is no option of coffer-server", "did you mean --definition? ", "--companion", "KEY", "--definiton", "definition.coffer")]
    [InlineData("\"extra\" is too much", "", "extra", "--log-level")]
    [InlineData("--log-level: its value is missing, expected LEVEL", "", "--log-level")]
    public async Task Refuses_a_command_line_that_it_does_not_know(string error, string meant, params string[] arguments)
    {
        _bench.Options.Remove("--companion");

        await RefusesAsync(Usage, error, $"{meant}'coffer-server --help' shows what there is", [.. arguments.Select(a => a == "KEY" ? _bench.CompanionKey.ToString() : a)]);
    }

    [Theory]
    [InlineData("--log-level", "loud", "'loud' is no level", "one of debug, info, warning, error")]
    [InlineData("--log-format", "xml", "'xml' is no format", "one of text, json")]
    public async Task Refuses_a_word_that_it_does_not_know(string option, string value, string error, string hint) =>
        await RefusesAsync(Usage, $"{option}: {error}", hint, option, value);

    [Theory]
    [InlineData("--data", "DIR")]
    [InlineData("--definition", "FILE")]
    [InlineData("--audit", "FILE|-|off")]
    public async Task Refuses_an_option_that_is_empty(string option, string expected)
    {
        _bench.Options.Remove(option);

        await RefusesAsync(Usage, $"{option}: is empty, expected {expected}", "'coffer-server --help' shows what there is", option, "");
    }

    [Fact]
    public async Task Refuses_a_data_directory_whose_path_is_too_long_for_a_socket()
    {
        _bench.Options["--data"] = _bench.FilePath(new string('d', 100));

        await RefusesAsync(
            Store, $"--data: the control socket {_bench.Options["--data"]}/control.sock cannot be made: its path is longer than the 107 bytes that a socket's may have", "name a directory with a shorter path");
        Assert.False(Directory.Exists(_bench.Options["--data"]));
    }

    [Fact]
    public async Task Refuses_variables_of_OpenTelemetry_that_cannot_be_read_and_does_not_show_them()
    {
        _bench.Environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://127.0.0.1:1";
        _bench.Environment["OTEL_EXPORTER_OTLP_HEADERS"] = "not-a-real-token";

        await RefusesAsync(
            Usage, "OpenTelemetry's variables, OTEL_…, hold something that it cannot read", "its specification shows their form, for example OTEL_EXPORTER_OTLP_HEADERS=name=value");
    }

    private async Task RefusesDefinitionAsync(string file, string words)
    {
        var (error, _) = await _bench.RefusalAsync(Definition, "--definition", file);

        Assert.StartsWith($"{file}: ", error, StringComparison.Ordinal);
        Assert.Contains(words, error, StringComparison.Ordinal);
        await ServesAsync(1);
    }

    private async Task RefusesAsync(int exitCode, string error, string hint, params string[] arguments) =>
        Assert.Equal((error, hint), await _bench.RefusalAsync(exitCode, arguments));

    private async Task StoreAsync(params string[] secrets) => await (await _bench.ServeDefinitionAsync(_bench.OneClient(secrets))).StopAsync();

    // What was stored before the refusal is what is served after it.
    private async Task ServesAsync(long port)
    {
        _bench.Options["--companion"] = _bench.CompanionKey.ToString();
        var coffer = await _bench.FetchAsync(await _bench.ServeAsync());

        Assert.Equal(port.ToString(System.Globalization.CultureInfo.InvariantCulture), coffer.Find("PORT")!.RevealAsText());
    }

    private async Task<string?> MetaAsync(string sql)
    {
        await using var db = new SqliteConnection($"Data Source={Path.Combine(_bench.DataDirectory, "coffer.db")};Pooling=False");
        await db.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = db.CreateCommand();
        command.CommandText = sql;
        return (string?)await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }
}
