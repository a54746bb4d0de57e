using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Coffer.Crypto.Keys;
using Coffer.EndToEnd.Tests.Client;
using Coffer.EndToEnd.Tests.Server;
using Xunit;

namespace Coffer.EndToEnd.Tests.OtherClients;

/// <summary>What the client of tests/clients/python, written from docs/protocol.md alone, gets from the published server.</summary>
public sealed class PythonClientSpecs(PythonClientSpecs.Server server) : IClassFixture<PythonClientSpecs.Server>
{
    /// <summary>Each secret as the definition writes it, and as the client has to print it.</summary>
    private static readonly (string Key, string Toml, string Type, string Json)[] OfEveryType =
    [
        ("BOOLEAN_FALSE", "false", "boolean", "false"),
        ("BOOLEAN_TRUE", "true", "boolean", "true"),
        ("FLOAT", "1.0", "float", "\"1.0\""),
        ("FLOAT_INF", "inf", "float", "\"inf\""),
        ("FLOAT_LEAST", "5e-324", "float", "\"5e-324\""),
        ("FLOAT_MOST", "-1.7976931348623157e308", "float", "\"-1.7976931348623157e+308\""),
        ("FLOAT_NAN", "nan", "float", "\"nan\""),
        ("FLOAT_NEGATIVE_INF", "-inf", "float", "\"-inf\""),
        ("FLOAT_NEGATIVE_ZERO", "-0.0", "float", "\"-0.0\""),
        ("FLOAT_TENTH", "0.1", "float", "\"0.1\""),
        ("INTEGER_0", "0", "integer", "0"),
        ("INTEGER_23", "23", "integer", "23"),
        ("INTEGER_24", "24", "integer", "24"),
        ("INTEGER_255", "255", "integer", "255"),
        ("INTEGER_256", "256", "integer", "256"),
        ("INTEGER_65536", "65_536", "integer", "65536"),
        ("INTEGER_LEAST", "-9223372036854775808", "integer", "-9223372036854775808"),
        ("INTEGER_MINUS_25", "-25", "integer", "-25"),
        ("INTEGER_MOST", "9223372036854775807", "integer", "9223372036854775807"),
        ("INTEGER_OVER_32_BITS", "4294967296", "integer", "4294967296"),
        ("LOCAL_DATE", "2026-11-24", "local date", "\"2026-11-24\""),
        ("LOCAL_DATE_TIME", "2026-11-24T10:00:00.120", "local date-time", "\"2026-11-24T10:00:00.120\""),
        ("LOCAL_TIME", "23:59:59.000001", "local time", "\"23:59:59.000001\""),
        ("OFFSET_DATE_TIME", "2026-11-24T10:00:00.50-07:30", "offset date-time", "\"2026-11-24T10:00:00.50-07:30\""),
        ("OFFSET_DATE_TIME_UTC", "2026-11-24T10:00:00Z", "offset date-time", "\"2026-11-24T10:00:00Z\""),
        ("TEXT", "'as it is'", "string", "\"as it is\""),
        ("TEXT_EMPTY", "''", "string", "\"\""),
        ("TEXT_LINES", "\"two\\n\\tlines\\r\\n\"", "string", "\"two\\n\\tlines\\r\\n\""),
        ("TEXT_UNICODE", "'ü 水 😀 e\u0301'", "string", "\"ü 水 😀 e\u0301\""),
        // By UTF-8 the last stands behind the first; by UTF-16 it would not.
        ("～", "1", "integer", "1"),
        ("😀", "2", "integer", "2"),
    ];

    [Fact]
    public async Task Prints_every_type_as_the_definition_wrote_it_in_the_order_of_the_protocol()
    {
        var ended = await server.Fetch(server.Everything);

        Assert.Equal((0, ""), (ended.ExitCode, ended.Error));
        Assert.Equal(OfEveryType.Select(s => (s.Key, s.Type, Json: Canonical(s.Json))), Printed(ended));
    }

    [Fact]
    public async Task Prints_an_empty_coffer()
    {
        var ended = await server.Fetch(server.Nothing);

        Assert.Equal((0, "[]", ""), (ended.ExitCode, ended.Text, ended.Error));
    }

    [Fact]
    public async Task Joins_a_coffer_of_many_parts()
    {
        var ended = await server.Fetch(server.Much);

        Assert.Equal((0, ""), (ended.ExitCode, ended.Error));
        Assert.Equal(Enumerable.Range(0, Server.LongSecrets).Select(i => ($"LONG_{i:00}", "string", Canonical($"\"{Server.LongText(i)}\""))), Printed(ended));
    }

    [Fact]
    public async Task Is_told_that_its_key_is_not_known()
    {
        var (file, key) = server.Stranger;

        var ended = await server.Fetch(file);

        Assert.Equal((3, "", $"key not found: {key}\n"), (ended.ExitCode, ended.Text, ended.Error));
    }

    [Fact]
    public async Task Is_told_why_before_there_is_a_key()
    {
        using var other = KeyPair.Generate();

        var ended = await server.Run([Server.Script, server.Address, other.PublicKey.ToString(), server.Everything]);

        Assert.Equal((4, ""), (ended.ExitCode, ended.Text));
        Assert.StartsWith("server error: violation: ", ended.Error, StringComparison.Ordinal);
        Assert.EndsWith(" (not sealed: a hint that may be forged)\n", ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Is_told_why_under_seal_once_there_is_one()
    {
        const string AsksTwice = """
            import sys
            from coffer_client import Conversation, ServerError, parse_key, read_key_file
            host, _, port = sys.argv[1].rpartition(":")
            with Conversation((host, int(port)), parse_key(sys.argv[2]), read_key_file(sys.argv[3])) as conversation:
                conversation.link()
                conversation.get()
                try:
                    conversation.get()
                except ServerError as error:
                    print(error.word, error.is_sealed)
            """;

        var ended = await server.Run(["-c", AsksTwice, server.Address, server.ServerKey.ToString(), server.Everything]);

        Assert.Equal((0, "violation True\n", ""), (ended.ExitCode, ended.Text, ended.Error));
    }

    [Fact]
    public async Task Takes_the_servers_key_in_lower_case_without_dashes()
    {
        var key = server.ServerKey.ToString().Replace("-", "", StringComparison.Ordinal).ToLower(CultureInfo.InvariantCulture);

        var ended = await server.Run([Server.Script, server.Address, key, server.Nothing]);

        Assert.Equal((0, "[]", ""), (ended.ExitCode, ended.Text, ended.Error));
    }

    [Fact]
    public async Task Agrees_with_the_vectors_of_the_protocol()
    {
        var ended = await server.Run([Programs.InRepository("tests", "clients", "python", "check_vectors.py"), Programs.InRepository("docs", "protocol.md")]);

        Assert.Equal((0, "21 vectors agree\n", ""), (ended.ExitCode, ended.Text, ended.Error));
    }

    private static IEnumerable<(string Key, string Type, string Json)> Printed(Ended ended)
    {
        using var json = JsonDocument.Parse(ended.Output);
        return [.. json.RootElement.EnumerateArray().Select(secret =>
        {
            Assert.Equal(["key", "type", "value"], secret.EnumerateObject().Select(p => p.Name));
            return (secret.GetProperty("key").GetString()!, secret.GetProperty("type").GetString()!, Canonical(secret.GetProperty("value").GetRawText()));
        })];
    }

    // The same string has several forms in JSON, a number has but the one it was printed in.
    private static string Canonical(string json)
    {
        using var value = JsonDocument.Parse(json);
        return value.RootElement.ValueKind == JsonValueKind.String ? $"text {value.RootElement.GetString()}" : value.RootElement.GetRawText();
    }

    /// <summary>The server with its three clients, and a stranger.</summary>
    public sealed class Server : IAsyncLifetime
    {
        /// <summary>How many long secrets one client has: 16 frames of them.</summary>
        internal const int LongSecrets = 20;

        private readonly ServerBench _bench = new();

        internal static string Script => Programs.InRepository("tests", "clients", "python", "coffer_client.py");

        internal static string LongText(int i) => new((char)('a' + i), 50_000 + i);

        internal string Address { get; private set; } = "";

        internal PublicKey ServerKey => _bench.ServerKey;

        /// <summary>The key file of the client that has a secret of every type.</summary>
        internal string Everything { get; private set; } = "";

        /// <summary>The key file of the client without a secret.</summary>
        internal string Nothing { get; private set; } = "";

        /// <summary>The key file of the client whose coffer takes many frames.</summary>
        internal string Much { get; private set; } = "";

        /// <summary>A key that no definition knows.</summary>
        internal (string File, PublicKey Key) Stranger { get; private set; }

        public async ValueTask InitializeAsync()
        {
            (Everything, var everything) = NewKey("everything.pem");
            (Nothing, var nothing) = NewKey("nothing.pem");
            (Much, var much) = NewKey("much.pem");
            Stranger = NewKey("stranger.pem");

            var toml = new StringBuilder();
            toml.Append(CultureInfo.InvariantCulture, $"[clients]\neverything = \"{everything}\"\nnothing = \"{nothing}\"\nmuch = \"{much}\"\n");
            // The last first: the order is the server's to make.
            toml.Append("[everything]\n");
            foreach (var (key, value, _, _) in OfEveryType.Reverse()) toml.Append(CultureInfo.InvariantCulture, $"\"{key}\" = {value}\n");
            toml.Append("[much]\n");
            for (var i = 0; i < LongSecrets; i++) toml.Append(CultureInfo.InvariantCulture, $"LONG_{i:00} = \"{LongText(i)}\"\n");
            Address = (await (await _bench.ServeDefinitionAsync(toml.ToString())).ServingAsync()).ToString();
        }

        public ValueTask DisposeAsync() => _bench.DisposeAsync();

        private (string File, PublicKey Key) NewKey(string name)
        {
            using var pair = _bench.MakeKey(name);
            return (_bench.FilePath(name), pair.PublicKey);
        }

        internal Task<Ended> Fetch(string keyFile) => Run([Script, Address, ServerKey.ToString(), keyFile]);

        /// <summary>Runs the system's Python, which has the <c>cryptography</c> package, to its end.</summary>
        internal async Task<Ended> Run(string[] arguments)
        {
            var start = new ProcessStartInfo("/usr/bin/python3", arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
            start.Environment.Clear();
            start.Environment["PYTHONPATH"] = Path.GetDirectoryName(Script);
            start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
            using var process = Process.Start(start)!;
            process.StandardInput.Close();
            var output = new MemoryStream();
            var reading = process.StandardOutput.BaseStream.CopyToAsync(output, TestContext.Current.CancellationToken);
            var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            await ClientBench.WaitFor(process);
            await reading;
            return new(process.ExitCode, output.ToArray(), await error);
        }
    }
}
