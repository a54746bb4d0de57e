using System.Net;
using System.Net.Sockets;
using System.Text;
using Coffer.Client.Tests;
using Coffer.Crypto.Keys;
using Coffer.Protocol.Messages;
using Coffer.Protocol.Secrets;
using Xunit;

namespace Coffer.EndToEnd.Tests.Client;

public sealed class ClientFailureSpecs
{
    [Fact]
    public async Task Says_that_it_cannot_connect()
    {
        await using var bench = new ClientBench();
        bench.Environment["COFFER_SERVER"] = Deaf();

        await Fails(bench, $"cannot connect to {bench.Environment["COFFER_SERVER"]} (connection refused)", "is coffer-server running there, and listening on that address and port?");
    }

    [Fact]
    public async Task Says_that_the_name_is_not_resolved()
    {
        await using var bench = new ClientBench();
        bench.Environment["COFFER_SERVER"] = "nowhere.invalid";

        var ended = await bench.Client("get");

        Assert.Equal(125, ended.ExitCode);
        Assert.Matches("^coffer-client: error: the name nowhere\\.invalid cannot be resolved \\(.*\\)\ncoffer-client: hint: is the name spelled right, and does this machine's DNS answer\\?\n$", ended.Error);
    }

    [Fact]
    public async Task Comes_back_to_a_name_that_could_not_be_resolved_for_now()
    {
        const int NotPermitted = 77;
        await using var bench = new ClientBench(("a", SecretValue.OfInteger(1)));
        // The resolver's files, as the client alone sees them: a name server where nobody listens, and no such host at first.
        var (hosts, resolver, order) = (bench.FilePath("hosts"), bench.FilePath("resolv.conf"), bench.FilePath("nsswitch.conf"));
        await File.WriteAllTextAsync(hosts, "127.0.0.1 localhost\n", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(resolver, "nameserver 127.0.0.77\n", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(order, "hosts: files dns\n", TestContext.Current.CancellationToken);
        await using var second = new ScriptedServer(bench.Server.Key, side =>
        {
            // The name was asked for before.
            File.AppendAllText(hosts, "127.0.0.1 coffer.test\n");
            side.Reset();
        });

        var ended = await bench.Run("/usr/bin/unshare",
        [
            "-rm", "/bin/sh", "-c", $"for file in hosts resolv.conf nsswitch.conf; do mount --bind $file /etc/$file || exit {NotPermitted}; done; exec \"$@\"",
            "sh", Programs.Client, "get", "--in-order", "--server", $"coffer.test:{bench.Server.Port},{second.Address}",
        ]);

        Assert.SkipWhen(ended.ExitCode is NotPermitted or 1, "no mounts of one's own are permitted here");
        Assert.Equal((0, "a = 1\n", "", 1), (ended.ExitCode, ended.Text, ended.Error, second.Accepted));
    }

    [Fact]
    public async Task Says_that_it_is_not_a_Coffer_server()
    {
        await using var bench = new ClientBench();
        await bench.Play(side =>
        {
            side.ReadFrame();
            side.Send("HTTP/1.1 400 Bad Request\r\n\r\n"u8);
        });

        await Fails(bench, $"{bench.Server.Address} is not a Coffer server: it answered in HTTP", "is the port right? coffer-server says on start where it listens, 9187 unless told otherwise");
    }

    [Fact]
    public async Task Says_that_the_server_key_is_wrong_when_the_server_cannot_open_the_hello()
    {
        await using var bench = new ClientBench();
        using var other = KeyPair.Generate();
        bench.Environment["COFFER_SERVER_KEY"] = other.PublicKey.ToString();

        await Fails(bench, $"wrong server key, most likely: {bench.Server.Address} cannot open what was sealed for {other.PublicKey}", "compare with what 'coffer-companion public' prints on the server; it answered 'violation', unsealed, as a server of another version would and anybody on the way can");
    }

    [Fact]
    public async Task Says_that_the_server_key_is_wrong_when_the_answer_does_not_open()
    {
        await using var bench = new ClientBench();
        await bench.Play(side =>
        {
            side.ReadFrame();
            side.Send([0, 49, 1, .. new byte[49]]);
            side.AwaitClose();
        });

        await Fails(bench, $"wrong server key: what answers on {bench.Server.Address} does not hold the secret key of {bench.ServerKey}", "compare with what 'coffer-companion public' prints on the server; if both are the same, somebody stands between and nothing was sent to them");
    }

    [Fact]
    public async Task Shows_its_own_key_ready_to_paste_where_the_server_does_not_know_it()
    {
        await using var bench = new ClientBench();
        await bench.Play(side => side.KeyNotFound());

        await Fails(bench, $"the server on {bench.Server.Address} does not know this client, whose public key is {bench.Key}", $"ask the operator to enter it under [clients] in the definition: NAME = \"{bench.Key}\"; or, where it is there and was revoked, to restore it");
    }

    [Fact]
    public async Task Says_the_servers_reason()
    {
        await using var bench = new ClientBench();
        await bench.Play(side =>
        {
            using var transport = side.Link();
            side.ReadGet(transport);
            side.Send(ErrorMessage.Write(transport, ErrorWord.Revoked, "removed at noon"));
            side.AwaitClose();
        });

        await Fails(bench, $"the server on {bench.Server.Address} refused: revoked: removed at noon", "an operator took this client's access away: ask whether that was meant");
    }

    [Fact]
    public async Task Says_that_an_unsealed_reason_may_be_forged()
    {
        await using var bench = new ClientBench();
        await bench.Play(side => side.Refuse(ErrorWord.Internal, "own fault"));

        await Fails(bench, $"the server on {bench.Server.Address} refused: internal: own fault (not sealed yet, so anybody on the way can have said it)", "try again; the server's log tells more", "--timeout", "0.3");
    }

    [Fact]
    public async Task Says_what_it_waited_for_when_the_time_is_over()
    {
        await using var bench = new ClientBench();
        await bench.Play(side => side.AwaitClose());

        await Fails(
            bench, $"{bench.Server.Address} did not answer in time, while waiting for the answer to our hello (--timeout is 0.2 s for all)",
            "is the host up and not overloaded, and does the network let TCP to that port through?", "--timeout", "0.2");
    }

    [Fact]
    public async Task Says_of_several_servers_that_one_may_just_have_died()
    {
        await using var bench = new ClientBench();
        await bench.Play(side => side.AwaitClose());
        await using var second = new ScriptedServer(bench.Server.Key, side => side.AwaitClose());

        var ended = await bench.Client("get", "--timeout", "0.4", "--in-order", "--server", $"{bench.Server.Address},{second.Address}");

        Assert.Equal(125, ended.ExitCode);
        Assert.Contains(
            "\ncoffer-client: hint: a node may just have died, which its cluster makes good within some 13 s: ask again, or outlast that by --timeout 30; "
            + "otherwise, is the host up and not overloaded, and does the network let TCP to that port through?\n",
            ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Says_that_the_conversation_broke_off()
    {
        await using var bench = new ClientBench();
        await bench.Play(side =>
        {
            using var transport = side.Link();
            side.ReadGet(transport);
        });

        await Fails(bench, $"the conversation with {bench.Server.Address} failed: it closed the connection before the coffer was whole", "try again; the server's log tells more", "--timeout", "0.3");
    }

    [Fact]
    public async Task Goes_to_the_next_server_and_notes_the_others_only_when_all_fail()
    {
        await using var bench = new ClientBench(("a", SecretValue.OfInteger(1)));
        var (deaf, speaking) = (Deaf(), bench.Server.Address);

        var fetched = await bench.Client("get", "--in-order", "--server", $"{deaf},{speaking}");
        await bench.Play(side => side.Reset());
        var failed = await bench.Client("get", "--server", deaf, "--server", bench.Server.Address);

        Assert.Equal((0, "a = 1\n", ""), (fetched.ExitCode, fetched.Text, fetched.Error));
        Assert.EndsWith($"coffer-client: note: cannot connect to {deaf} (connection refused)\n", failed.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stops_at_a_wrong_server_key_though_the_next_server_would_answer()
    {
        await using var bench = new ClientBench(("a", SecretValue.OfInteger(1)));
        using var other = KeyPair.Generate();
        await using var wrong = ScriptedServer.Serving(other, OpenCoffer.Empty);

        await Fails(
            bench, $"wrong server key, most likely: {wrong.Address} cannot open what was sealed for {bench.ServerKey}",
            "compare with what 'coffer-companion public' prints on the server; it answered 'violation', unsealed, as a server of another version would and anybody on the way can",
            "--in-order", "--server", $"{wrong.Address},{bench.Server.Address}");
        Assert.Equal(0, bench.Server.Accepted);
    }

    [Fact]
    public async Task Tells_of_every_server_when_none_answers()
    {
        await using var bench = new ClientBench();
        await using var silent = new ScriptedServer(bench.Server.Key, side => side.AwaitClose());
        await bench.Play(side => side.Refuse(ErrorWord.Unavailable, "no lease"));
        var deaf = Deaf();

        var ended = await bench.Client("get", "--timeout", "1", "--in-order", "--server", $"{deaf},{bench.Server.Address},{silent.Address}");

        Assert.Equal(125, ended.ExitCode);
        Assert.Equal(
            $"""
            coffer-client: error: the server on {bench.Server.Address} refused: unavailable: no lease (not sealed yet, so anybody on the way can have said it)
            coffer-client: hint: the server cannot answer for now: try later, or name more servers
            coffer-client: note: cannot connect to {deaf} (connection refused)
            coffer-client: note: {silent.Address} did not answer in time, while waiting for the answer to our hello (--timeout is 1 s for all)

            """,
            ended.Error);
    }

    [Fact]
    public async Task Says_at_which_of_a_names_addresses_it_failed()
    {
        await using var bench = new ClientBench();
        await bench.Play(side => side.KeyNotFound());

        var ended = await bench.Client("get", "--server", $"localhost:{bench.Server.Port}");

        Assert.Contains($"the server on localhost:{bench.Server.Port} (127.0.0.1) does not know this client", ended.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("COFFER_SERVER", null, "no server is named", "say --server HOST:PORT, or set COFFER_SERVER")]
    [InlineData("COFFER_SERVER", "a:b", "\"a:b\" is no server, expected HOST or HOST:PORT with a port from 1 to 65535", "several are joined by commas, as in --server a:9187,b:9187; an IPv6 address stands in brackets, as in [::1]:9187")]
    [InlineData("COFFER_SERVER_KEY", "", "the server's public key is not known", "say --server-key KEY, or set COFFER_SERVER_KEY, to what 'coffer-companion public server.pem' prints on the server")]
    [InlineData("COFFER_SERVER_KEY", "ABCD", "the server's key: 4 hexadecimal digits, expected 64", "copy the whole line that 'coffer-companion public FILE' prints")]
    [InlineData("COFFER_SERVER_KEY", "./nowhere", "the server's key: ./nowhere: cannot be read (no such file)", "name a key file that this user may read")]
    [InlineData("COFFER_KEY_FILE", null, "this client's key file is not known", "say --key FILE, or set COFFER_KEY_FILE; 'coffer-companion keygen FILE' makes one")]
    [InlineData("COFFER_KEY_FILE", "nowhere.pem", "nowhere.pem: cannot be read (no such file)", "name a key file that this user may read")]
    public async Task Says_which_setting_is_wrong(string variable, string? value, string error, string hint)
    {
        await using var bench = new ClientBench();
        bench.Environment.Remove(variable);
        if (value is not null) bench.Environment[variable] = value;

        await Fails(bench, error, hint);
    }

    [Fact]
    public async Task Refuses_a_timeout_that_is_none()
    {
        await using var bench = new ClientBench();

        foreach (var timeout in new[] { "0", "-1", "soon", "NaN", "1e9" })
            await Fails(bench, $"--timeout \"{timeout}\" is no time, expected seconds, from 0.001 to 2073600", "as in --timeout 10 or --timeout 2.5", $"--timeout={timeout}");
    }

    [Fact]
    public async Task Takes_the_server_key_from_a_file_in_both_forms()
    {
        await using var bench = new ClientBench(("a", SecretValue.OfInteger(1)));
        await File.WriteAllTextAsync(bench.FilePath("server.pub"), bench.ServerKey + "\n", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(bench.FilePath("server.pub.pem"), Pem(bench.ServerKey), TestContext.Current.CancellationToken);

        foreach (var file in new[] { "server.pub", "server.pub.pem" })
            Assert.Equal("a = 1\n", (await bench.Client("get", "--server-key", file)).Text);
    }

    [Fact]
    public async Task Prefers_options_over_variables()
    {
        await using var bench = new ClientBench(("a", SecretValue.OfInteger(1)));
        string[] options = ["--server", bench.Environment["COFFER_SERVER"], "--server-key", bench.Environment["COFFER_SERVER_KEY"], "--key", bench.KeyFilePath];
        foreach (var variable in new[] { "COFFER_SERVER", "COFFER_SERVER_KEY", "COFFER_KEY_FILE" }) bench.Environment[variable] = "wrong";

        Assert.Equal("a = 1\n", (await bench.Client(["get", .. options])).Text);
    }

    [Fact]
    public async Task Refuses_a_key_file_that_others_can_read_unless_that_is_allowed()
    {
        await using var bench = new ClientBench(("a", SecretValue.OfInteger(1)));
        File.SetUnixFileMode(bench.KeyFilePath, UnixFileMode.UserRead | UnixFileMode.GroupRead);

        var allowed = await bench.Client("get", "--allow-open-key");

        Assert.Equal("a = 1\n", allowed.Text);
        await Fails(bench, $"{bench.KeyFilePath}: others than its owner may open it (mode 0440), expected 0600", $"run 'chmod 600 {bench.KeyFilePath}', or say --allow-open-key if that is meant");
    }

    [Fact]
    public async Task Says_that_a_public_key_was_named_as_its_own_and_not_that_others_can_read_it()
    {
        await using var bench = new ClientBench();
        await File.WriteAllTextAsync(bench.FilePath("server.pub"), bench.ServerKey + "\n", TestContext.Current.CancellationToken);
        File.SetUnixFileMode(bench.FilePath("server.pub"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        bench.Environment["COFFER_KEY_FILE"] = "server.pub";

        await Fails(
            bench, "server.pub: a public key stands where a secret key belongs",
            "name the file that 'coffer-companion keygen FILE' or 'openssl genpkey -algorithm X25519' wrote");
    }

    private static async Task Fails(ClientBench bench, string error, string hint, params string[] options)
    {
        var ended = await bench.Client(["get", .. options]);

        Assert.Equal($"coffer-client: error: {error}\ncoffer-client: hint: {hint}\n", ended.Error);
        Assert.Equal((125, ""), (ended.ExitCode, ended.Text));
    }

    private static string Pem(PublicKey key) =>
        $"-----BEGIN PUBLIC KEY-----\n{Convert.ToBase64String([0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x6e, 0x03, 0x21, 0x00, .. key.Span])}\n-----END PUBLIC KEY-----\n";

    private static string Deaf()
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        return $"127.0.0.1:{port}";
    }
}
