namespace Coffer.Definitions.Tests.Reading;

/// <summary>A definition with one mistake, and what is said of it. In the text, @NAME stands for the public key of NAME.</summary>
public sealed record ComplaintCase(string Name, string Toml, int Line, int Column, string What, string Hint)
{
    public override string ToString() => Name;
}

public static class ComplaintCases
{
    private const string Form = "expected a string, number, boolean or date";

    public static TheoryData<ComplaintCase> All() => new()
    {
        new ComplaintCase("empty file", "", 1, 1, "the file is empty, expected [clients] and a table for each client", "docs/definition.md shows the form"),
        new ComplaintCase("nothing but blanks and comments", "\n  # nothing\r\n\t\n# at all", 1, 1, "the file is empty, expected [clients] and a table for each client", "docs/definition.md shows the form"),
        new ComplaintCase("no clients", "[web]\na = 1\n", 1, 1, "no [clients] table, expected one that names every client and its public key",
            "begin with [clients] and a line NAME = \"PUBLIC-KEY\" for each client; 'coffer-companion public FILE' prints the key"),
        new ComplaintCase("key above every table", "a = 1\nb = 2\n[clients]\nweb = \"@web\"\n", 1, 1, "a key above every table, expected [clients] or a client's table first",
            "put the line into the table of the client it belongs to"),
        new ComplaintCase("clients twice", "[clients]\nweb = \"@web\"\n\n[clients]\napi = \"@api\"\n", 4, 2, "[clients] stands twice, expected one table that names every client (the first is on line 1)",
            "put the clients of both into one table"),

        new ComplaintCase("table of nobody", "[clients]\nweb = \"@web\"\n[database]\na = 1\n", 3, 2, "no client is named \"database\", expected a name from [clients]",
            "add database = \"PUBLIC-KEY\" to [clients], or take the table away"),
        new ComplaintCase("table of nobody, nearly somebody's", "[clients]\npayments = \"@payments\"\n  [payment]\na = 1\n", 3, 4, "no client is named \"payment\", expected a name from [clients]", "did you mean [payments]?"),
        new ComplaintCase("table of nobody, nearly somebody's who has one", "[clients]\nweb = \"@web\"\n[web]\na = 1\n[Wbe]\nb = 1\n", 5, 2, "no client is named \"Wbe\", expected a name from [clients]", "did you mean [web]?"),
        new ComplaintCase("table of nobody with an odd name", "[clients]\nweb = \"@web\"\n[\"a\\u001B\\\"b\"]\n", 3, 2, "no client is named \"a\\u001B\\\"b\", expected a name from [clients]",
            "add \"a\\u001B\\\"b\" = \"PUBLIC-KEY\" to [clients], or take the table away"),
        new ComplaintCase("table without a name", "[clients]\nweb = \"@web\"\n[\"\"]\n", 3, 2, "a table without a name, expected the name of a client", "write the client's name between the brackets"),
        new ComplaintCase("table twice", "[clients]\nweb = \"@web\"\n[web]\na = 1\n[web]\nb = 1\n", 5, 2, "[web] stands twice, expected one table for each client (the first is on line 3)",
            "put the secrets of both into one table"),
        new ComplaintCase("table twice without a key in between", "[clients]\nweb = \"@web\"\n[web]\n# [x]\n [web] # again\n", 5, 3, "[web] stands twice, expected one table for each client (the first is on line 3)",
            "put the secrets of both into one table"),
        new ComplaintCase("nested table", "[clients]\nweb = \"@web\"\n[web.database]\na = 1\n", 3, 2, "a table inside of a table, expected one table for each client",
            "put the keys into the client's table, or a name with dots in double quotes: [\"a.name\"]"),
        new ComplaintCase("array of tables", "[clients]\nweb = \"@web\"\n[[web]]\na = 1\n", 3, 3, "an array of tables, expected one table for each client", "write the name in single brackets"),

        new ComplaintCase("client twice", "[clients]\nweb = \"@web\"\nweb = \"@api\"\n", 3, 1, "\"web\" stands twice in [clients], expected once (the first is on line 2)", "take one of them away"),
        new ComplaintCase("client named clients", "[clients]\nclients = \"@web\"\n", 2, 1, "a client named \"clients\", expected another name: [clients] is the table that lists them", "give the client another name"),
        new ComplaintCase("client without a name", "[clients]\n'' = \"@web\"\n", 2, 1, "an empty client's name, expected at least one character", "give it a name"),
        new ComplaintCase("NUL in a client's name", "[clients]\n\"a\\u0000\" = \"@web\"\n", 2, 1, "a NUL in a client's name, expected text without", "take it out: no name in an environment can hold it"),
        new ComplaintCase("client with an integer for a key", "[clients]\nweb = 5\n", 2, 7, "an integer stands where the public key of \"web\" belongs, expected a string", "write NAME = \"PUBLIC-KEY\"; secrets stand in the table [NAME]"),
        new ComplaintCase("client with a boolean for a key", "[clients]\nweb = true\n", 2, 7, "a boolean stands where the public key of \"web\" belongs, expected a string", "write NAME = \"PUBLIC-KEY\"; secrets stand in the table [NAME]"),
        new ComplaintCase("client with a table for a key", "[clients]\nweb = { key = \"@web\" }\n", 2, 1, "an inline table stands where the public key of \"web\" belongs, expected a string", "write NAME = \"PUBLIC-KEY\"; secrets stand in the table [NAME]"),
        new ComplaintCase("client with a dotted name", "[clients]\nweb.shop = \"@web\"\n", 2, 1, "a dotted key, which makes a table inside of a table, expected a plain one", "put a name with dots in double quotes: \"a.name\""),

        new ComplaintCase("key too short", "[clients]\nweb = \"452B-0788\"\n", 2, 7, "the public key of \"web\" is refused: 8 hexadecimal digits, expected 64", "copy the whole line that 'coffer-companion public FILE' prints"),
        new ComplaintCase("key of low order", "[clients]\nweb = \"0100000000000000000000000000000000000000000000000000000000000000\"\n", 2, 7,
            "the public key of \"web\" is refused: a low-order point, which every secret key agrees with and nobody can own", "make a key pair with 'coffer-companion keygen FILE' and use the public key it prints"),
        new ComplaintCase("secret key", "[clients]\nweb = \"\"\"\n-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VuBCIEIKjYKTGGFbEPsXsLCDDcvHDWsXJTgXCDaIKkLNk8DFdi\n-----END PRIVATE KEY-----\n\"\"\"\n", 2, 7,
            "the public key of \"web\" is refused: a secret key (PEM) stands where a public key belongs",
            "take it out and replace it everywhere, it is no longer secret; then paste what 'coffer-companion public FILE' prints"),
        new ComplaintCase("key of another client", "[clients]\nweb = \"@web\"\napi = \"@web\"\n", 3, 7, "\"api\" has the public key of \"web\" on line 2, expected one of its own", "make a key pair for each client with 'coffer-companion keygen FILE'"),

        Secret("array", "ports = [1, 2]", 1, $"\"ports\" is an array, {Form}", "write one key for each element, or all of it as one string"),
        Secret("array over lines", "ports = [\n  1,\n  [2, 3],\n]", 1, $"\"ports\" is an array, {Form}", "write one key for each element, or all of it as one string"),
        Secret("inline table", "db = { host = \"h\", port.low = 1 }", 1, $"\"db\" is an inline table, {Form}", "write one key for each part, or all of it as one string"),
        Secret("dotted key", "db.host = \"h\"", 1, "a dotted key, which makes a table inside of a table, expected a plain one", "put a name with dots in double quotes: \"a.name\""),
        Secret("key twice", "a = 1\n\"a\" = 2", 1, "\"a\" stands twice in [web], expected once (the first is on line 4)", "take one of them away", line: 5),
        Secret("empty key", "\"\" = 1", 1, "an empty key, expected at least one character", "give it a name"),
        Secret("NUL in a key", "\"a\\u0000\" = 1", 1, "a NUL in a key, expected text without", "take it out: no name in an environment can hold it"),
        Secret("NUL in a value", "a = \"x\\u0000y\"", 5, "a NUL in the value of \"a\", expected text without", "encode it, as base64 for one: no variable in an environment can hold a NUL"),
        Secret("raw NUL in a value", "a = \"x\0y\"", 5, "a control character in a string, expected it escaped", "write \\u and four hexadecimal digits, such as \\u001B; no value may hold a NUL"),

        Secret("integer above 64 bits", "a = 9223372036854775808", 5, Integer, InQuotes),
        Secret("integer above 64 bits unsigned", "a = 18446744073709551616", 5, Integer, InQuotes),
        Secret("integer below 64 bits", "a = -9223372036854775809", 5, Integer, InQuotes),
        Secret("hexadecimal integer above 64 bits", "a = 0xFFFF_FFFF_FFFF_FFFF", 5, Integer, InQuotes),
        Secret("float above 64 bits", "a = 1e999", 5, "a float beyond 64 bits, expected one of at most 1.7976931348623157e308", "write inf if that is meant, or a string: in double quotes"),
        Secret("leading zero", "a = 012", 5, "a number with leading zeros, expected none", "take them away, or write it as a string: in double quotes"),
        Secret("underscores", "a = 1__0", 7, "an underscore that is not between digits, expected digits around it", "take it away, or write the value as a string: in double quotes"),
        Secret("half a float", "a = 1.", 7, "a number that is not whole, expected digits", "write text in double quotes"),
        Secret("date that is none", "a = 2023-02-29", 5, Date, DateHint),
        Secret("date with too fine seconds", "a = 07:32:00.12345678", 5, Date, DateHint),
        Secret("time without seconds", "a = 1979-05-27 07:32Z", 5, "a time without seconds, expected HH:MM:SS", "add ':00', or write it as a string: in double quotes"),

        Secret("bare word", "a = hello", 5, "a bare word stands where a value belongs, expected a string, number, boolean or date", "put text in double quotes; a boolean is true or false in small letters"),
        Secret("no value", "a =", 4, "a key without a value, expected key = value", "write \"\" for an empty value, or take the line away"),
        Secret("no equals sign", "a b = 1", 3, "a key without '=', expected key = value", "put a key with other characters than A-Z a-z 0-9 - _ in double quotes"),
        Secret("no name", "= 1", 1, "no name stands here, expected one of A-Z a-z 0-9 - _ or in double quotes", "put a name with other characters in double quotes: \"a name\""),
        Secret("letter that needs quotes", "schlüssel = 1", 5, "a key without '=', expected key = value", "put a key with other characters than A-Z a-z 0-9 - _ in double quotes"),
        Secret("text after a value", "a = \"b\" c", 9, "more text after the value, expected the end of the line", "text stands in double quotes, a number has a point and no comma; a string that holds quotes stands in single quotes, or has \\\" for each"),
        Secret("unknown escape", "a = \"C:\\dir\"", 9, Escape, EscapeHint),
        Secret("escape of no character", "a = \"\\uD800\"", 7, Escape, EscapeHint),
        Secret("string open at the line's end", "a = \"b\nc = 1", 7, "a string that is not closed on its line, expected a quote", "close it with the quote it was opened with; text of several lines stands in \"\"\" or '''"),
        Secret("literal string open at the line's end", "a = 'b\nc = 1", 7, "a string that is not closed on its line, expected a quote", "close it with the quote it was opened with; text of several lines stands in \"\"\" or '''"),
        Secret("text never closed", "a = \"\"\"\nb\n", 1, Unclosed, "close it with the quotes or the bracket it was opened with"),
        Secret("literal text never closed", "a = '''\nb = 1\n[web2]\n", 1, Unclosed, "close it with the quotes or the bracket it was opened with"),
        Secret("control character", "a = \"\u001b[1m\"", 5, "a control character in a string, expected it escaped", "write \\u and four hexadecimal digits, such as \\u001B; no value may hold a NUL"),
        Secret("control character in a comment", "a = 1 # \u0001", 9, "a control character in a comment, expected text", "take it out"),
        Secret("lone carriage return", "a = 1\rb = 2", 6, "a carriage return without a line feed, expected both or a line feed alone", "save the file with line feeds, or write \\r"),
        Secret("replacement character", "a = \"b\uFFFD\"", 7, "the replacement character U+FFFD, the mark of text that was damaged, expected the text itself", "restore the text, or write \\uFFFD if it is meant"),
        new ComplaintCase("header open", "[clients]\nweb = \"@web\"\n[web\na = 1\n", 3, 5, "not a table's name, expected [NAME] on a line of its own", "put a name with other characters than A-Z a-z 0-9 - _ in double quotes: [\"a name\"]"),
    };

    private const string Integer = "an integer beyond 64 bits, expected one from -9223372036854775808 to 9223372036854775807";
    private const string InQuotes = "write it as a string: in double quotes";
    private const string Date = "not a date or time, expected one that exists, as RFC 3339 writes it, at most 14 hours from UTC, and with at most 7 digits for parts of a second";
    private const string DateHint = "write 1979-05-27T07:32:00Z, 1979-05-27T07:32:00, 1979-05-27 or 07:32:00; anything else, a public key too, as a string: in double quotes";
    private const string Escape = "an escape that TOML does not know, expected \\b \\t \\n \\f \\r \\e \\\" \\\\ \\xHH \\uHHHH or \\UHHHHHHHH";
    private const string EscapeHint = "write \\\\ for a backslash, or put the text in single quotes, where nothing is escaped";
    private const string Unclosed = "a string or an array that begins here is never closed, expected its end";

    private static ComplaintCase Secret(string name, string statement, int column, string what, string hint, int line = 4) =>
        new(name, $"[clients]\nweb = \"@web\"\n[web]\n{statement}\n", line, column, what, hint);
}
