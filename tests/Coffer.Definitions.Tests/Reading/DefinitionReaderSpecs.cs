using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Coffer.Protocol.Cbor;
using Coffer.Protocol.Secrets;

namespace Coffer.Definitions.Tests.Reading;

public partial class DefinitionReaderSpecs
{
    [Theory]
    [MemberData(nameof(ComplaintCases.All), MemberType = typeof(ComplaintCases))]
    public void Says_where_and_what_each_mistake_is(ComplaintCase expected)
    {
        var complaints = Refused(expected.Toml);

        var complaint = Assert.Single(complaints);
        Assert.Equal($"file.toml:{expected.Line}:{expected.Column}: {expected.What}", complaint.ToString());
        Assert.Equal(expected.Hint, complaint.Hint);
    }

    [Fact]
    public void Says_every_mistake_of_a_file_at_once_in_the_order_of_the_file()
    {
        var complaints = Refused("""
            [clients]
            web = "@web"
            api = hello
            web = "@api"
            [web]
            "bad \q key" = 1
            a = [
              1,
              oops,
              3,
            ]
            b = "open
            d = 1
            c = "fine"
            [aip]
            c = 1 2
            [api]
            c = 1
            c = 2
            """);

        Assert.Equal(
            ["3:7", "4:1", "6:7", "7:1", "9:3", "12:10", "15:2", "16:7", "19:1"],
            complaints.Select(complaint => $"{complaint.Line}:{complaint.Column}"));
    }

    [Fact]
    public void Says_every_repeated_header_also_where_the_parser_does_not()
    {
        var complaints = Refused(""""
            [clients]
            web = "@web"
            [web]
            a = """
            [web]
            """
            [web]
            b = ["[web]",
              "x"]
            [web]
            [web]
            [[web]]
            a = 1
            [[web]]
            [web.x]
            a = 1
            [web.x]
            b = oops
            [web]
            """");

        Assert.Equal(
            ["7:2", "8:1", "10:2", "11:2", "12:3", "14:3", "15:2", "17:2", "18:5", "19:2"],
            complaints.Select(complaint => $"{complaint.Line}:{complaint.Column}"));
    }

    [Fact]
    public void Does_not_complain_about_what_follows_from_a_header_it_could_not_read()
    {
        var complaints = Refused("[clients\nweb = \"@web\"\n[web]\na = 1\n[api]\na = 1\n");

        Assert.Equal(["1:9"], complaints.Select(complaint => $"{complaint.Line}:{complaint.Column}"));
    }

    [Fact]
    public void Reads_on_after_an_array_that_was_never_closed()
    {
        var complaints = Refused("[clients]\nweb = \"@web\"\n[web]\na = [1,\nb = 1\nb = 2\n[other]\n");

        Assert.Equal(["4:1", "5:1", "6:1", "7:2"], complaints.Select(complaint => $"{complaint.Line}:{complaint.Column}"));
    }

    [Theory]
    [InlineData("a = hunter2secret")]
    [InlineData("a = \"hunter2secret\" hunter2secret")]
    [InlineData("a = \"hunter2secret\\q\"")]
    [InlineData("a = \"hunter2secret")]
    [InlineData("a = \"\"\"hunter2secret")]
    [InlineData("a = 'hunter2secret\u0001'")]
    [InlineData("a = [\"hunter2secret\" \"hunter2secret\"]")]
    [InlineData("a = { b = hunter2secret }")]
    [InlineData("a = \"hunter2secret\\u0000\"")]
    [InlineData("a = 2023-02-29hunter2secret")]
    [InlineData("a \"hunter2secret\"")]
    [InlineData("[web]hunter2secret")]
    public void Never_repeats_a_value(string statement)
    {
        var complaints = Refused($"[clients]\nweb = \"@web\"\n[web]\n{statement}\n");

        Assert.All(complaints, complaint => Assert.DoesNotContain("hunter2", complaint + complaint.Hint));
    }

    [Fact]
    public void Refuses_a_file_that_is_not_UTF_8_and_says_from_which_byte_on()
    {
        byte[] toml = [.. "[clients]\n# ü"u8, 0xFF, .. "\n"u8];

        var complaint = Assert.Single(Refused(toml));

        Assert.Equal("file.toml:2:4: not UTF-8 from byte 15 of the file on, expected UTF-8 text", complaint.ToString());
        Assert.Equal("save the file as UTF-8; the rest of the file was not read", complaint.Hint);
    }

    [Fact]
    public void Recognizes_UTF_16()
    {
        byte[] toml = [.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes("[clients]\n")];

        Assert.Equal("it looks like UTF-16: save the file as UTF-8", Assert.Single(Refused(toml)).Hint);
    }

    [Fact]
    public void Takes_a_byte_order_mark()
    {
        byte[] toml = [.. Encoding.UTF8.Preamble, .. WithKeys("[clients]\nweb = \"@web\"\n")];

        Assert.Equal("web", Assert.Single(Accepted(toml).Clients).Name);
    }

    [Fact]
    public void Takes_the_founding_form_with_every_type()
    {
        var definition = Accepted("""
            # clients may stand after their tables
            [web]
            TEXT = "a \"quoted\" \u00e9 😀"
            LITERAL = 'C:\dir'
            EMPTY = ""
            INTEGER = -9223372036854775808
            HEX = 0x7FFF_FFFF_FFFF_FFFF
            OCTAL = 0o17
            BINARY = 0b101
            PLUS = +1_000
            FLOAT = 6.02e23
            WHOLE = 1.0
            INF = -inf
            NAN = nan
            TRUE = true
            OFFSET = 1979-05-27 07:32:00.10z
            LOCAL = 1979-05-27t07:32:00
            DATE = 1979-05-27
            TIME = 07:32:00.999

            [clients]
            web = "@web"
            "no table" = "@none"
            """);

        Assert.Equal(["web", "no table"], definition.Clients.Select(client => client.Name));
        Assert.Equal([Keys.Of("web"), Keys.Of("none")], definition.Clients.Select(client => client.Key));
        Assert.Equal((22, 1), (definition.Clients[0].Line, definition.Clients[0].Column));
        Assert.Empty(definition.Clients[1].Coffer.Secrets);
        var expected = new Dictionary<string, SecretValue>
        {
            ["TEXT"] = SecretValue.OfText("a \"quoted\" é 😀"),
            ["LITERAL"] = SecretValue.OfText("C:\\dir"),
            ["EMPTY"] = SecretValue.OfText(""),
            ["INTEGER"] = SecretValue.OfInteger(long.MinValue),
            ["HEX"] = SecretValue.OfInteger(long.MaxValue),
            ["OCTAL"] = SecretValue.OfInteger(15),
            ["BINARY"] = SecretValue.OfInteger(5),
            ["PLUS"] = SecretValue.OfInteger(1000),
            ["FLOAT"] = SecretValue.OfFloat(6.02e23),
            ["WHOLE"] = SecretValue.OfFloat(1),
            ["INF"] = SecretValue.OfFloat(double.NegativeInfinity),
            ["NAN"] = SecretValue.OfFloat(double.NaN),
            ["TRUE"] = SecretValue.OfBoolean(true),
            ["OFFSET"] = SecretValue.OfDate(SecretKind.OffsetDateTime, "1979-05-27T07:32:00.10Z"),
            ["LOCAL"] = SecretValue.OfDate(SecretKind.LocalDateTime, "1979-05-27T07:32:00"),
            ["DATE"] = SecretValue.OfDate(SecretKind.LocalDate, "1979-05-27"),
            ["TIME"] = SecretValue.OfDate(SecretKind.LocalTime, "07:32:00.999"),
        };
        Assert.Equal(OpenCoffer.Of(expected).Secrets, definition.Clients[0].Coffer.Secrets);
    }

    [Theory]
    [InlineData("\"\"\"\none\r\ntwo\n\"\"\"", "one\r\ntwo\n")]
    [InlineData("\"\"\"\r\none\"\"\"", "one")]
    [InlineData("\"\"\"\none \\\n   two\"\"\"", "one two")]
    [InlineData("\"\"\"a\"\"b\"\"\"\"\"", "a\"\"b\"\"")]
    [InlineData("'''\nC:\\one\r\n''two''\n'''", "C:\\one\r\n''two''\n")]
    [InlineData("'''\n\n[web]\na = \"\"\"\n'''", "\n[web]\na = \"\"\"\n")]
    [InlineData("\"\"\"\n# no comment [x]\n\"\"\"", "# no comment [x]\n")]
    public void Takes_text_of_several_lines_byte_for_byte(string written, string read)
    {
        var definition = Accepted($"[clients]\nweb = \"@web\"\n[web]\na = {written}\nb = 1\n");

        Assert.Equal(read, definition.Clients[0].Coffer.Find("a")!.RevealText());
        Assert.Equal(1, definition.Clients[0].Coffer.Find("b")!.RevealInteger());
    }

    [Theory]
    [InlineData("a = \"secret\\\nb = 5  # \"\nc = 1\n", "file.toml:4:5", "file.toml:5:")]
    [InlineData("a = \"secret\\\r\n\r\n  more\"\n", "file.toml:4:5", "file.toml:6:")]
    public void A_backslash_takes_no_line_end_into_a_string_of_one_line(string secrets, string begin, string next)
    {
        var complaints = Refused($"[clients]\nweb = \"@web\"\n[web]\n{secrets}").Select(complaint => complaint.ToString()).ToArray();

        Assert.Equal($"{begin}: a string that is not closed on its line, expected a quote", complaints[0]);
        Assert.All(complaints.Skip(1), complaint => Assert.StartsWith(next, complaint, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("KEY = \"-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQ\n7kX9sHunter2tail==\n-----END PRIVATE KEY-----\"\n")]
    [InlineData("KEY = \"first\n7-Hunter2 = 5\n\"\n")]
    [InlineData("HOSTS =\n[\"Hunter2\"]\n")]
    [InlineData("HOSTS =\n[Hunter2]\n")]
    [InlineData("TOKEN = \"abc\n\"Hunter2 value\" =\nok = 1\n")]
    [InlineData("TOKEN = \"abc\nHunter2 = [1]\nHunter2 = 1\n")]
    [InlineData("TOKEN = \"abc\nHunter2 = 1\nTOKEN_2 = \"\"\"x\nHunter2=\n\"\"\"x\n")]
    [InlineData("TOKEN = \"abc\\\n[Hunter2]\"\n[web]\n")]
    [InlineData("TOKEN =\n[Hunter2]\n[Hunter2]\n")]
    public void Shows_no_part_of_a_value_for_a_name_where_a_statement_could_not_be_read(string secrets)
    {
        var reading = Assert.IsType<DefinitionReading.Refused>(Read($"[clients]\nweb = \"@web\"\n[web]\n{secrets}"));

        Assert.All([.. reading.Complaints, .. reading.Warnings], complaint => Assert.DoesNotContain("Hunter2", complaint + complaint.Hint, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("\"", "\"")]
    [InlineData("'", "'")]
    [InlineData("", "")]
    public void A_PEM_outside_of_quotes_of_several_lines_is_one_mistake_that_says_what_it_takes(string open, string close)
    {
        var complaint = Assert.Single(Refused($"[clients]\nweb = \"@web\"\n[web]\nTLS = {open}{Pem("PRIVATE KEY", lines: 200)}{close}\nB = 1\n"));

        Assert.Equal("a PEM that does not stand in quotes of several lines, expected it between ''' and '''", complaint.What);
        Assert.Equal((4, 7 + open.Length, "write ''' behind the = and the PEM from the next line on, then ''' on a line of its own"), (complaint.Line, complaint.Column, complaint.Hint));
    }

    [Fact]
    public void What_follows_a_PEM_that_is_a_mistake_is_read_again()
    {
        // Longer than what is read at once behind a mistake.
        static string Statements(string name) => $"{name} = \"{Pem("CERTIFICATE", lines: 200)}\"\n{name}2 = x\n";

        Assert.Equal([4, 206, 207, 409], Refused($"[clients]\nweb = \"@web\"\n[web]\n{Statements("A")}{Statements("B")}").Select(complaint => complaint.Line));
        Assert.Equal([4, 7], Refused($"[clients]\nweb = \"@web\"\n[web]\nA = \"-----BEGIN CERTIFICATE-----\nMIIB\n\n[wbe]\n").Select(complaint => complaint.Line));
        Assert.Equal([4, 5], Refused($"[clients]\nweb = \"@web\"\n[web]\nA = \"-----BEGIN X-----\\q-----END X-----\"\nB = x\n").Select(complaint => complaint.Line));
    }

    [Theory]
    [InlineData("PRIVATE KEY", "a secret key (PEM) stands where a public key belongs")]
    [InlineData("PUBLIC KEY", "a public key as PEM stands where a public key in text form belongs")]
    public void A_PEM_for_a_clients_key_is_wanted_in_text_form_and_not_in_other_quotes(string label, string why)
    {
        var complaint = Assert.Single(Refused($"[clients]\nweb = \"{Pem(label, lines: 1)}\"\n[web]\nB = 1\n"));

        Assert.Equal($"the public key of \"web\" is refused: {why}", complaint.What);
        Assert.Contains("'coffer-companion public FILE' prints", complaint.Hint, StringComparison.Ordinal);
    }

    // Some lines of base64 look like a key and '='.
    private static string Pem(string label, int lines) =>
        $"-----BEGIN {label}-----\n{string.Concat(Enumerable.Range(0, lines).Select(i => $"{Convert.ToBase64String(RandomNumberGenerator.GetBytes(44 + (i % 2)))}\n"))}-----END {label}-----";

    [Fact]
    public void Names_are_shown_again_after_the_next_statement_that_reads_whole()
    {
        var complaints = Refused("[clients]\nweb = \"@web\"\n[web]\na = x\nb = 1\nb = 2\n[wbe]\n").Select(complaint => complaint.ToString());

        Assert.Equal(
            [
                "file.toml:4:5: a bare word stands where a value belongs, expected a string, number, boolean or date",
                "file.toml:6:1: \"b\" stands twice in [web], expected once (the first is on line 5)",
                "file.toml:7:2: no client is named \"wbe\", expected a name from [clients]",
            ],
            complaints);
    }

    [Fact]
    public void Warns_once_of_a_key_that_is_no_environment_name()
    {
        var reading = Assert.IsType<DefinitionReading.Accepted>(Read("[clients]\nweb = \"@web\"\napi = \"@api\"\n[web]\nok_1 = 1\ndb-url = 1\n1st = 1\n[api]\ndb-url = 1\n"));

        Assert.Equal(
            ["file.toml:6:1: \"db-url\" is no environment name, expected letters, digits and _, not a digit first", "file.toml:7:1: \"1st\" is no environment name, expected letters, digits and _, not a digit first"],
            reading.Warnings.Select(warning => warning.ToString()));
    }

    [Fact]
    public void Warns_of_names_that_the_client_refuses_for_what_they_mean()
    {
        var reading = Assert.IsType<DefinitionReading.Accepted>(Read("[clients]\nweb = \"@web\"\nPATH = \"@api\"\n[web]\nPATH = 1\nLD_PRELOAD = 1\nCOFFER_KEY = 1\nPATHS = 1\n"));

        Assert.Equal(
            [
                "file.toml:5:1: \"PATH\" changes how programs find or load code", "file.toml:6:1: \"LD_PRELOAD\" changes how programs find or load code",
                "file.toml:7:1: \"COFFER_KEY\" is one of coffer-client's own variables",
            ],
            reading.Warnings.Select(warning => warning.ToString()));
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    public void Takes_a_coffer_of_a_mebibyte_and_no_byte_more(int over, bool accepted)
    {
        var overhead = CofferCbor.Encode(OpenCoffer.Of([new("a", SecretValue.OfText(new string('x', 100_000)))])).Length - 100_000;
        var text = new string('x', OpenCoffer.MaxEncodedSize - overhead + over);

        var reading = Read($"[clients]\nweb = \"@web\"\n[web]\na = \"{text}\"\n");

        if (accepted) Assert.IsType<DefinitionReading.Accepted>(reading);
        else Assert.Equal("file.toml:3:2: the coffer of \"web\" takes 1048577 bytes encoded, expected at most 1048576 (1 MiB)",
            Assert.Single(Assert.IsType<DefinitionReading.Refused>(reading).Complaints).ToString());
    }

    [Fact]
    public void Reads_many_windows_with_text_and_arrays_across_their_edges()
    {
        var toml = new StringBuilder("[clients]\n");
        for (var i = 0; i < 400; i++) toml.Append($"c{i} = \"{Keys.Text($"c{i}")}\"\n");
        var long1 = new string('é', 3000) + "\n[c1]\nx = '''\n";
        for (var i = 0; i < 400; i++) toml.Append($"[c{i}]\na = \"\"\"{long1}{i}\"\"\"\nb = {i}\n");
        toml.Append("z = [1,\n2]\n");
        var lines = toml.ToString().Count(c => c == '\n');

        var bad = Assert.Single(Refused(toml.ToString()));
        var definition = Accepted(toml.ToString().Replace("z = [1,\n2]\n", ""));

        Assert.Equal((lines - 1, 1), (bad.Line, bad.Column));
        Assert.Equal(400, definition.Clients.Count);
        for (var i = 0; i < 400; i++)
        {
            Assert.Equal(long1 + i, definition.Clients[i].Coffer.Find("a")!.RevealText());
            Assert.Equal(i, definition.Clients[i].Coffer.Find("b")!.RevealInteger());
        }
    }

    [Fact]
    public void Gives_up_on_a_statement_that_does_not_end_within_16_mebibytes()
    {
        var toml = "[clients]\nweb = \"@web\"\n[web]\na = 1 2\nb = \"\"\"\n" + new string('x', 33 << 20);

        Assert.Equal(
            ["file.toml:4:7: more text after the value, expected the end of the line", "file.toml:5:1: a string or an array that begins here takes over 16 MiB or is never closed, expected its end"],
            Refused(toml).Select(complaint => complaint.ToString()));
    }

    [Fact]
    public void Gives_up_after_ten_thousand_complaints()
    {
        var complaints = Refused("[clients]\n" + string.Concat(Enumerable.Repeat("a b\n", 20_000)));

        Assert.InRange(complaints.Count, DefinitionReader.MaxComplaints, DefinitionReader.MaxComplaints + 1000);
        Assert.Equal("over 10000 complaints, the rest of the file was not read", complaints[^1].What);
    }

    [Theory]
    [InlineData("[web]\n")]
    [InlineData("[a.b]\n")]
    [InlineData("[web]\nx.y = 1\n")]
    public void Gives_up_after_ten_thousand_complaints_of_valid_TOML_in_one_window(string repeated)
    {
        var complaints = Refused("[clients]\nweb = \"@web\"\n" + string.Concat(Enumerable.Repeat(repeated, 80_000)));

        Assert.InRange(complaints.Count, DefinitionReader.MaxComplaints + 1, DefinitionReader.MaxComplaints + 2);
        Assert.Equal("over 10000 complaints, the rest of the file was not read", complaints[^1].What);
    }

    [Fact]
    public void Tells_progress_up_to_the_last_byte()
    {
        var toml = Encoding.UTF8.GetBytes("[clients]\n" + string.Concat(Enumerable.Range(0, 30_000).Select(i => $"c{i} = \"{Keys.Text($"c{i}")}\"\n")));
        var told = new List<long>();

        DefinitionReader.Read(toml, "file.toml", new Told(told.Add));

        Assert.True(told.Count > 1);
        Assert.Equal(told.Order(), told);
        Assert.Equal(toml.Length, told[^1]);
    }

    [Fact]
    public void Never_prints_a_secret()
    {
        var definition = Accepted("[clients]\nweb = \"@web\"\n[web]\na = \"hunter2\"\n");

        Assert.Equal("<definition of 1>", definition.ToString());
        Assert.Equal($"\"web\" {Keys.Text("web")}", definition.Clients[0].ToString());
    }

    [Fact]
    public void Reads_back_what_generated_definitions_hold()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var (toml, expected) = GeneratedDefinition.Make(seed);

            var definition = Accepted(Encoding.UTF8.GetBytes(toml));

            Assert.Equal(expected.Keys, definition.Clients.Select(client => client.Name));
            foreach (var client in definition.Clients)
            {
                Assert.Equal(Keys.Of(client.Name), client.Key);
                Assert.Equal(OpenCoffer.Of(expected[client.Name]).Secrets, client.Coffer.Secrets);
            }
        }
    }

    [Fact]
    public void Answers_any_bytes_and_never_throws()
    {
        var random = new Random(1);
        var pieces = new[] { "[", "]", "[[", "]]", "{", "}", "\"", "'", "\"\"\"", "'''", "\n", "\r", "\r\n", "=", " = ", ".", ",", "#", "\\", "\\u", "\\U0011", "a", "clients", "[clients]\n", "web", "1", "0x", "1e", "-", "+inf", "nan", "2020-01-01", "07:32", "_", "é", "😀", "\uFFFD", "\0", "\t", "true", "@web", "\"@web\"" };
        var bytes = new byte[64];

        for (var i = 0; i < 20_000; i++)
        {
            random.NextBytes(bytes);
            DefinitionReader.Read(bytes.AsMemory(0, random.Next(bytes.Length)), "random");
            var toml = string.Concat(Enumerable.Range(0, random.Next(40)).Select(_ => pieces[random.Next(pieces.Length)]));
            Read(toml);
        }
    }

    [Fact]
    public void Answers_arrays_nested_deeper_than_anything_sensible()
    {
        var complaints = Refused($"[clients]\nweb = \"@web\"\n[web]\na = {new string('[', 5000)}{new string(']', 5000)}\nb = 1 2\n");

        Assert.Equal(["4:1", "4", "5:7"], complaints.Select(complaint => complaint.What.StartsWith("arrays nested") ? $"{complaint.Line}" : $"{complaint.Line}:{complaint.Column}"));
    }

    private static IReadOnlyList<Complaint> Refused(string toml) => Refused(WithKeys(toml));

    private static IReadOnlyList<Complaint> Refused(byte[] toml) => Assert.IsType<DefinitionReading.Refused>(DefinitionReader.Read(toml, "file.toml")).Complaints;

    private static Definition Accepted(string toml) => Accepted(WithKeys(toml));

    private static Definition Accepted(byte[] toml)
    {
        var reading = DefinitionReader.Read(toml, "file.toml");
        if (reading is DefinitionReading.Refused refused) Assert.Fail(string.Join('\n', refused.Complaints));
        return ((DefinitionReading.Accepted)reading).Definition;
    }

    private static DefinitionReading Read(string toml) => DefinitionReader.Read(WithKeys(toml), "file.toml");

    private static byte[] WithKeys(string toml) => Encoding.UTF8.GetBytes(KeyOf().Replace(toml, match => Keys.Text(match.Groups[1].Value)));

    [GeneratedRegex("@(\\w+)")]
    private static partial Regex KeyOf();

    private sealed class Told(Action<long> tell) : IProgress<long>
    {
        public void Report(long value) => tell(value);
    }
}
