using System.Text;
using System.Text.Json;
using Coffer.Control.Printing;
using Coffer.Operations.Palettes;
using Coffer.Operations.Rows;

namespace Coffer.Operations.Tests;

public sealed class PrintingSpecs
{
    [Fact]
    public void Prints_a_table_for_other_programs_with_tabs_and_its_columns_first() => Assert.Equal(
        "address\tstatus\troles\tisReachable\tisLeader\tisOldest\tisSelf\nakka.memory://coffer@alone:1\tup\tcoffer\tyes\tyes\tyes\tno\n",
        Plain(ClusterPalette.Show));

    [Fact]
    public void Prints_a_field_that_is_several_lines_several_times() => Assert.EndsWith(
        "bytes\t20 KiB\nsecrets\tPASSWORD  Text     17 B\nsecrets\tPORT      Integer  4 B\n", Plain(CofferPalette.ClientDetail), StringComparison.Ordinal);

    [Fact]
    public void Hands_rows_on_as_they_came()
    {
        Assert.Equal("{\"a\":1}\n", Json("{\"a\":1}"u8.ToArray()));
        Assert.Equal("{\"ü\":\"😀\"}\n", Json("{\"ü\":\"😀\"}"u8.ToArray()));
    }

    [Fact]
    public void Prints_no_character_that_a_terminal_would_obey() => Assert.Equal(
        "a\\u001b[2Jb\\u0009c\n", Plain(LogPalette.Tail, """{"line":"a\u001b[2Jb\tc"}"""));

    [Fact]
    public void Prints_a_name_that_holds_line_breaks_on_its_own_line()
    {
        const string Forged = "x\\nsecrets\\tADMIN\\u2028\\u202e";

        var client = Plain(CofferPalette.ClientDetail, $$"""{"name":"{{Forged}}","key":"K","revision":1,"isRevoked":false,"bytes":1,"secrets":[{"key":"{{Forged}}","type":"Text","bytes":1},{"key":"B","type":"Integer","bytes":1}]}""");
        var revoked = Plain(CofferPalette.Revoke, $$"""{"done":"revoked","revision":8,"client":"{{Forged}}","key":"K"}""");

        const string Shown = "x\\u000asecrets\\u0009ADMIN\\u2028\\u202e";
        Assert.StartsWith($"name\t{Shown}\nkey\tK\n", client, StringComparison.Ordinal);
        Assert.EndsWith($"\nsecrets\t{Shown}  Text     1 B\nsecrets\t{"B".PadRight(Shown.Length)}  Integer  1 B\n", client, StringComparison.Ordinal);
        Assert.Equal($"revoked {Shown} (K) as revision 8\n", revoked);
    }

    [Fact]
    public void Escapes_in_JSON_what_a_terminal_would_obey()
    {
        const string Name = "a\u202eb\u2066c é漢";

        var printed = Json(JsonSerializer.SerializeToUtf8Bytes(new ClientRow(Name, "K", 1, false, null), CofferPalette.Clients.Json));

        Assert.Contains("a\\u202eb\\u2066c é漢", printed, StringComparison.Ordinal);
        Assert.Equal(Name, JsonDocument.Parse(printed).RootElement.GetProperty("name").GetString());
    }

    [Theory]
    [InlineData("uptimeSeconds", "uptime")]
    [InlineData("isRevoked", "revoked")]
    [InlineData("lastFetch", "last fetch")]
    [InlineData("state", "state")]
    [InlineData("bytes", "bytes")]
    public void Names_columns_for_people(string property, string title) => Assert.Equal(title, new ColumnTitle(property, false).Title);

    private static string Json(byte[] row)
    {
        var output = new MemoryStream();
        var printer = new JsonPrinter(output);
        printer.Row(row);
        printer.Flush();
        return Encoding.UTF8.GetString(output.ToArray());
    }

    private static string Plain(Operation operation, string? json = null)
    {
        var output = new MemoryStream();
        var printer = new PlainPrinter(operation, output);
        printer.Row(Encoding.UTF8.GetBytes(json ?? SampleRows.All.Single(s => s.Operation == operation).Json));
        printer.Flush();
        return Encoding.UTF8.GetString(output.ToArray());
    }
}
