using System.Globalization;
using System.Text;
using System.Text.Json;
using Coffer.Definitions;
using Coffer.Protocol.Secrets;
using Xunit;

namespace Coffer.EndToEnd.Tests.Client;

public sealed class ClientGetSpecs
{
    private static readonly (string Key, SecretValue Value)[] OfEveryType =
    [
        ("boolean", SecretValue.OfBoolean(false)),
        ("endless", SecretValue.OfFloat(double.PositiveInfinity)),
        ("float", SecretValue.OfFloat(1.0)),
        ("huge", SecretValue.OfFloat(double.MaxValue)),
        ("integer", SecretValue.OfInteger(long.MaxValue)),
        ("least", SecretValue.OfInteger(long.MinValue)),
        ("local date", SecretValue.OfDate(SecretKind.LocalDate, "2026-11-24")),
        ("local moment", SecretValue.OfDate(SecretKind.LocalDateTime, "2026-11-24T10:00:00.120")),
        ("local time", SecretValue.OfDate(SecretKind.LocalTime, "23:59:59")),
        ("moment", SecretValue.OfDate(SecretKind.OffsetDateTime, "2026-11-24T10:00:00.5-07:30")),
        ("negative zero", SecretValue.OfFloat(-0.0)),
        ("none", SecretValue.OfFloat(double.NaN)),
        ("quote\"back\\slash\u0001", SecretValue.OfText("\"'\\\b\t\n\f\r\u001b\u007f\u0085 ü😀\u2028")),
        ("text", SecretValue.OfText("")),
    ];

    [Fact]
    public async Task Prints_json_with_types_and_every_digit()
    {
        await using var bench = new ClientBench(OfEveryType);

        var ended = await bench.Client("get", "--format", "json");

        using var json = JsonDocument.Parse(ended.Output);
        var raw = json.RootElement.EnumerateObject().ToDictionary(p => p.Name, p => p.Value.ValueKind == JsonValueKind.String ? p.Value.GetString()! : p.Value.GetRawText());
        Assert.Equal(OfEveryType.ToDictionary(s => s.Key, s => s.Value.RevealAsText()), raw);
        Assert.Equal(JsonValueKind.Number, json.RootElement.GetProperty("integer").ValueKind);
        Assert.Equal("9223372036854775807", json.RootElement.GetProperty("integer").GetRawText());
        Assert.Equal("1.0", json.RootElement.GetProperty("float").GetRawText());
        Assert.Equal(JsonValueKind.False, json.RootElement.GetProperty("boolean").ValueKind);
        Assert.Equal(JsonValueKind.String, json.RootElement.GetProperty("endless").ValueKind);
        Assert.Equal(JsonValueKind.String, json.RootElement.GetProperty("moment").ValueKind);
        Assert.Equal((byte)'\n', ended.Output[^1]);
        Assert.Equal((0, ""), (ended.ExitCode, ended.Error));
    }

    [Theory]
    [InlineData("json", @"""a\u202eb\u2066\uDB40\uDC41c é"": ""x\u202ey""")]
    [InlineData("toml", @"""a\u202Eb\u2066\U000E0041c é"" = ""x\u202Ey""")]
    public async Task Escapes_what_a_terminal_would_obey(string format, string line)
    {
        await using var bench = new ClientBench(("a\u202eb\u2066\U000e0041c é", SecretValue.OfText("x\u202ey")));

        Assert.Contains(line, (await bench.Client("get", "--format", format)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Prints_an_empty_coffer_as_each_format_says_nothing()
    {
        await using var bench = new ClientBench();

        Assert.Equal("{}\n", (await bench.Client("get", "--format", "json")).Text);
        foreach (var format in new[] { "toml", "env", "docker" }) Assert.Equal((0, ""), ((await bench.Client("get", "--format", format)).ExitCode, (await bench.Client("get", "--format", format)).Text));
    }

    [Fact]
    public async Task Prints_env_that_a_real_shell_reads_back_equal()
    {
        var random = new Random(7);
        var secrets = Enumerable.Range(0, 10_000).Select(i => ($"V{i}", SecretValue.OfText(RandomText(random)))).ToArray();
        await using var bench = new ClientBench(secrets);
        var env = await bench.Client("get", "--format", "env");
        Assert.Equal((0, ""), (env.ExitCode, env.Error));

        // One shell reads them all and prints each; command substitution would eat line feeds at the end, so printf ends each in NUL.
        var script = new StringBuilder(env.Text);
        for (var i = 0; i < secrets.Length; i++) script.Append(CultureInfo.InvariantCulture, $"printf '%s\\0' \"$V{i}\"\n");
        var read = await bench.Run("/bin/sh", [], Encoding.UTF8.GetBytes(script.ToString()));

        Assert.Equal((0, ""), (read.ExitCode, read.Error));
        Assert.Equal(secrets.Select(s => s.Item2.RevealText()), read.Text.Split('\0')[..^1]);
    }

    [Fact]
    public async Task Prints_env_that_eval_takes()
    {
        await using var bench = new ClientBench(("A", SecretValue.OfText("it's $HOME\n`id`")), ("B", SecretValue.OfInteger(5)));

        var ended = await bench.ClientUnder("""eval "$("$@")"; printf '%s|%s' "$A" "$B" """, "get", "--format", "env");

        Assert.Equal("it's $HOME\n`id`|5", ended.Text);
    }

    [Fact]
    public async Task Prints_toml_that_a_definition_reads_back_equal()
    {
        var random = new Random(11);
        var secrets = OfEveryType.Concat(AtTheLimits()).ToDictionary();
        while (secrets.Count < 5_000) secrets.TryAdd(RandomText(random, least: 1), RandomValue(random));
        await using var bench = new ClientBench([.. secrets.Select(s => (s.Key, s.Value))]);

        var printed = await bench.Client("get", "--format", "toml");

        Assert.Equal((0, ""), (printed.ExitCode, printed.Error));
        var definition = Encoding.UTF8.GetBytes($"[clients]\nname = \"{bench.Key}\"\n[name]\n{printed.Text}");
        var reading = DefinitionReader.Read(definition, "printed.toml");
        Assert.True(reading is DefinitionReading.Accepted, string.Join('\n', (reading as DefinitionReading.Refused)?.Complaints.Select(c => $"{c}: {Encoding.UTF8.GetString(definition).Split('\n')[c.Line - 1]}") ?? []));
        var client = Assert.Single(((DefinitionReading.Accepted)reading).Definition.Clients);
        Assert.Equal(OpenCoffer.Of(secrets).Secrets, client.Coffer.Secrets);
    }

    [Fact]
    public async Task Prints_docker_lines_as_they_are()
    {
        await using var bench = new ClientBench(("A", SecretValue.OfText("it's \"quoted\" # $HOME \\n ")), ("B", SecretValue.OfFloat(2)), ("C", SecretValue.OfText("")));

        var ended = await bench.Client("get", "--format", "docker");

        Assert.Equal("A=it's \"quoted\" # $HOME \\n \nB=2.0\nC=\n", ended.Text);
    }

    [Theory]
    [InlineData("two\nlines", "\"V\" holds a line break, which docker's env files cannot say")]
    [InlineData("line\n", "\"V\" holds a line break, which docker's env files cannot say")]
    [InlineData("return\r", "\"V\" holds a line break, which docker's env files cannot say")]
    public async Task Refuses_what_docker_lines_cannot_say(string value, string complaint)
    {
        await using var bench = new ClientBench(("V", SecretValue.OfText(value)), ("fine", SecretValue.OfInteger(1)));

        var ended = await bench.Client("get", "--format", "docker");

        Assert.Equal((125, ""), (ended.ExitCode, ended.Text));
        Assert.StartsWith($"coffer-client: error: {complaint}\ncoffer-client: hint: ", ended.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(65_532, 0)]
    [InlineData(65_533, 125)]
    public async Task Refuses_a_docker_line_that_is_too_long_for_docker(int length, int expected)
    {
        await using var bench = new ClientBench(("V", SecretValue.OfText(new string('x', length))));

        Assert.Equal(expected, (await bench.Client("get", "--format", "docker")).ExitCode);
    }

    [Theory]
    [InlineData("env")]
    [InlineData("docker")]
    public async Task Refuses_names_that_are_unfit_or_dangerous_where_they_become_variables(string format)
    {
        await using var bench = new ClientBench(("a;rm -rf", SecretValue.OfInteger(1)), ("LD_PRELOAD", SecretValue.OfText("/evil.so")));

        var ended = await bench.Client("get", "--format", format);

        Assert.Equal((125, "", 2), (ended.ExitCode, ended.Text, ended.Error.Split(": error: ").Length - 1));
    }

    [Fact]
    public async Task Prints_one_raw_value_and_nothing_else()
    {
        await using var bench = new ClientBench(("a", SecretValue.OfText("one\nü ")), ("b", SecretValue.OfInteger(-5)));

        Assert.Equal("one\nü ", (await bench.Client("get", "a", "--format", "raw")).Text);
        Assert.Equal("-5", (await bench.Client("get", "--format", "raw", "b")).Text);
    }

    [Fact]
    public async Task Refuses_raw_for_none_or_several()
    {
        await using var bench = new ClientBench(("a", SecretValue.OfInteger(1)), ("b", SecretValue.OfInteger(2)));

        var both = await bench.Client("get", "--format", "raw");
        var none = await bench.Client("get", "--format", "raw", "--except", "a,b");

        Assert.Equal((125, "", "coffer-client: error: raw prints exactly one value, and 2 are asked for\ncoffer-client: hint: name one, as in 'coffer-client get password --format raw'\n"), (both.ExitCode, both.Text, both.Error));
        Assert.Equal(125, none.ExitCode);
    }

    [Fact]
    public async Task Prints_the_names_that_were_asked_for_and_complains_of_all_that_are_missing()
    {
        await using var bench = new ClientBench(("a", SecretValue.OfInteger(1)), ("b", SecretValue.OfInteger(2)));

        var there = await bench.Client("get", "b");
        var missing = await bench.Client("get", "a", "x", "y");

        Assert.Equal("b = 2\n", there.Text);
        Assert.Equal((125, ""), (missing.ExitCode, missing.Text));
        Assert.StartsWith("coffer-client: error: the coffer holds no \"x\"\ncoffer-client: error: the coffer holds no \"y\"\ncoffer-client: hint: ", missing.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refuses_names_of_only_that_select_nothing()
    {
        await using var bench = new ClientBench(("password", SecretValue.OfInteger(1)));

        var ended = await bench.Client("get", "--only", "PASSWORD");

        Assert.Equal(
            (125, "", "coffer-client: error: the coffer holds no \"PASSWORD\", which --only names\ncoffer-client: hint: \"PASSWORD\": did you mean \"password\"?\n"),
            (ended.ExitCode, ended.Text, ended.Error));
    }

    [Fact]
    public async Task Refuses_a_name_that_one_option_picks_and_another_leaves_out()
    {
        await using var bench = new ClientBench(("a", SecretValue.OfInteger(1)));

        var ended = await bench.Client("get", "--only", "a", "--except", "a");

        Assert.Equal(
            (125, "", "coffer-client: error: \"a\" is in --only, and --except leaves it out\ncoffer-client: hint: take it out of the one or the other\n"),
            (ended.ExitCode, ended.Text, ended.Error));
    }

    [Theory]
    [InlineData("--only", "b,c", "ask for it without --only, or name it there, too")]
    [InlineData("--except", "a,c", "ask for it without --except")]
    public async Task Refuses_a_name_that_another_option_leaves_out(string option, string names, string hint)
    {
        await using var bench = new ClientBench(("a", SecretValue.OfInteger(1)), ("b", SecretValue.OfInteger(2)), ("c", SecretValue.OfInteger(3)));

        var ended = await bench.Client("get", "a", "b", option, names);

        Assert.Equal(
            (125, "", $"coffer-client: error: \"a\" is asked for, and {option} leaves it out\ncoffer-client: hint: {hint}\n"),
            (ended.ExitCode, ended.Text, ended.Error));
    }

    [Fact]
    public async Task Renames_in_every_format()
    {
        await using var bench = new ClientBench(("a", SecretValue.OfInteger(1)));

        Assert.Equal("X_A = 1\n", (await bench.Client("get", "--prefix", "x_", "--upper")).Text);
        Assert.Equal("X_A='1'\n", (await bench.Client("get", "--prefix", "x_", "--upper", "--format", "env")).Text);
    }

    [Theory]
    [InlineData("toml", "a = \"********\"\r\n")]
    [InlineData("json", "{\r\n  \"a\": \"********\"\r\n}\r\n")]
    [InlineData("env", "a='********'\r\n")]
    [InlineData("docker", "a=********\r\n")]
    [InlineData("raw", "********\r\n")]
    public async Task Masks_values_on_a_terminal(string format, string expected)
    {
        await using var bench = new ClientBench(("a", SecretValue.OfText("hunter2")));
        // A terminal that programs could set up: nothing is sent to it but what is printed.
        bench.Environment["TERM"] = "xterm-256color";

        var masked = await OnTerminal(bench, "get", "--format", format);
        var shown = await OnTerminal(bench, "get", "--format", format, "--show");

        Assert.Equal(expected, masked.Text);
        Assert.Equal("coffer-client: note: values are masked on a terminal; --show shows them\n", masked.Error);
        Assert.Contains("hunter2", shown.Text, StringComparison.Ordinal);
        Assert.Equal("", shown.Error);
    }

    [Fact]
    public async Task Leaves_a_terminal_as_it_is_when_it_shows_its_help()
    {
        await using var bench = new ClientBench();
        bench.Environment["TERM"] = "xterm-256color";

        var help = await OnTerminal(bench, "get", "--help");

        Assert.Equal((0, ""), (help.ExitCode, help.Error));
        Assert.Contains("--show", help.Text, StringComparison.Ordinal);
        Assert.DoesNotContain('\e', help.Text);
    }

    [Fact]
    public async Task Says_when_nobody_takes_its_output()
    {
        await using var bench = new ClientBench(("a", SecretValue.OfInteger(1)));

        var ended = await bench.ClientUnder("exec \"$@\" >/dev/full", "get");

        Assert.Equal((125, "coffer-client: error: standard output cannot be written (no space left on device)\ncoffer-client: hint: is there room where it goes, and does the reader still read?\n"), (ended.ExitCode, ended.Error));
    }

    [Fact]
    public async Task Prints_a_secret_whose_name_begins_with_a_dash()
    {
        await using var bench = new ClientBench(("-a", SecretValue.OfInteger(1)), ("b", SecretValue.OfInteger(2)));

        Assert.Equal("-a = 1\n", (await bench.Client("get", "--only=-a")).Text);
    }

    [Fact]
    public async Task Refuses_a_format_that_is_none()
    {
        await using var bench = new ClientBench();

        var ended = await bench.Client("get", "--format", "yaml");

        Assert.Equal((125, "coffer-client: error: --format \"yaml\" is none, expected toml|json|env|docker|raw\n"), (ended.ExitCode, ended.Error));
    }

    /// <summary>Runs coffer-client with its standard output, and nothing else, on a pseudo terminal.</summary>
    private static Task<Ended> OnTerminal(ClientBench bench, params string[] arguments)
    {
        const string Script = """
            import os, pty, subprocess, sys
            ours, theirs = pty.openpty()
            child = subprocess.Popen(sys.argv[1:], stdout=theirs)
            os.close(theirs)
            try:
                while data := os.read(ours, 4096):
                    sys.stdout.buffer.write(data)
            except OSError:
                pass
            sys.exit(child.wait())
            """;
        return bench.Run("/usr/bin/python3", ["-c", Script, Programs.Client, .. arguments]);
    }

    private const string Shelly = "'\"\\$`!*?#~ \t\r\n;&|<>(){}[]=%^-";

    private static IEnumerable<(string Key, SecretValue Value)> AtTheLimits()
    {
        foreach (var number in new[] { 0.0, double.NegativeInfinity, double.Epsilon, -double.Epsilon, BitConverter.Int64BitsToDouble(0x000F_FFFF_FFFF_FFFF), double.MinValue, 1e15, 1e16, 1e-5, 1e22, 123_456_789_012_345_680, 0.1 })
            yield return ($"float {number:R}", SecretValue.OfFloat(number));
        foreach (var integer in new[] { 0, -1, int.MaxValue + 1L, long.MaxValue - 1, long.MinValue + 1 })
            yield return ($"integer {integer}", SecretValue.OfInteger(integer));
        foreach (var fraction in new[] { "", ".0", ".1", ".120", ".1234567", ".0000000", ".9999999" })
        {
            yield return ($"time{fraction}", SecretValue.OfDate(SecretKind.LocalTime, $"00:00:00{fraction}"));
            yield return ($"local{fraction}", SecretValue.OfDate(SecretKind.LocalDateTime, $"2024-02-29T23:59:59{fraction}"));
            foreach (var offset in new[] { "Z", "+00:00", "-00:00", "+14:00", "-12:00", "+05:45" })
                yield return ($"offset{fraction}{offset}", SecretValue.OfDate(SecretKind.OffsetDateTime, $"2026-11-24T10:00:00{fraction}{offset}"));
        }
        foreach (var day in new[] { "0001-01-01", "1900-02-28", "2000-02-29", "9999-12-31" })
            yield return ($"day {day}", SecretValue.OfDate(SecretKind.LocalDate, day));

        // Each character that a terminal obeys or TOML may not hold bare, alone and between others.
        foreach (var c in Enumerable.Range(1, 0x9f).Concat([0xa0, 0xad, 0x200b, 0x2028, 0x2029, 0x202e, 0xd7ff, 0xe000, 0xfeff, 0xfffd, 0xffff, 0x10000, 0xe0041, 0x10ffff]).Select(char.ConvertFromUtf32))
        {
            yield return ($"{c}", SecretValue.OfText(c));
            yield return ($"a{c}b", SecretValue.OfText($"{c}{c}a\\{c}\"{c}'"));
        }
        foreach (var text in new[] { "\"\"\"", "'''", "\\", "\\u0041", "\r\n", "\n", " ", "# no comment", "[name]", "a = 1", "true", "1979-05-27", new string('x', 100_000) })
            yield return ($"text {text.Length} {text[0]}{text[^1]}", SecretValue.OfText(text));
    }

    private static SecretValue RandomValue(Random random)
    {
        var moment = new DateTime(random.NextInt64(DateTime.MaxValue.Ticks));
        var fraction = random.Next(8) is > 0 and var digits ? "." + random.Next(10_000_000).ToString("D7", CultureInfo.InvariantCulture)[..digits] : "";
        return random.Next(12) switch
        {
            0 => SecretValue.OfInteger(random.NextInt64(long.MinValue, long.MaxValue)),
            1 => SecretValue.OfFloat(BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue))),
            2 => SecretValue.OfFloat(random.Next(-1_000_000, 1_000_000) / 1000.0),
            3 => SecretValue.OfBoolean(random.Next(2) == 0),
            4 => SecretValue.OfDate(SecretKind.LocalDate, Written("yyyy-MM-dd")),
            5 => SecretValue.OfDate(SecretKind.LocalTime, Written("HH:mm:ss") + fraction),
            6 => SecretValue.OfDate(SecretKind.LocalDateTime, Written("yyyy-MM-dd'T'HH:mm:ss") + fraction),
            7 => SecretValue.OfDate(SecretKind.OffsetDateTime, $"{Written("yyyy-MM-dd'T'HH:mm:ss")}{fraction}{(random.Next(2) == 0 ? '+' : '-')}{random.Next(13):D2}:{random.Next(60):D2}"),
            _ => SecretValue.OfText(RandomText(random)),
        };

        string Written(string format) => moment.ToString(format, CultureInfo.InvariantCulture);
    }

    private static string RandomText(Random random, int least = 0)
    {
        var text = new StringBuilder();
        for (var length = random.Next(24); length > 0 || text.Length < least; length--)
        {
            // Half of it is what a shell might take to heart, the other half anything but NUL.
            if (random.Next(2) == 0) text.Append(Shelly[random.Next(Shelly.Length)]);
            else if (Rune.TryCreate(random.Next(1, random.Next(2) == 0 ? 0x80 : 0x110000), out var rune)) text.Append(rune);
        }
        return text.ToString();
    }
}
