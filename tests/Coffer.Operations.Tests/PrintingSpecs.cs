using System.Text;
using Coffer.Control.Printing;
using Coffer.Operations.Palettes;

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
        var output = new MemoryStream();
        var printer = new JsonPrinter(output);
        printer.Row("{\"a\":1}"u8.ToArray());
        printer.Flush();

        Assert.Equal("{\"a\":1}\n", Encoding.UTF8.GetString(output.ToArray()));
    }

    [Fact]
    public void Prints_no_character_that_a_terminal_would_obey() => Assert.Equal(
        "a\\u001b[2Jb\\u0009c\n", Plain(LogPalette.Tail, """{"line":"a\u001b[2Jb\tc"}"""));

    [Theory]
    [InlineData("uptimeSeconds", "uptime")]
    [InlineData("isRevoked", "revoked")]
    [InlineData("lastFetch", "last fetch")]
    [InlineData("state", "state")]
    [InlineData("bytes", "bytes")]
    public void Names_columns_for_people(string property, string title) => Assert.Equal(title, new ColumnTitle(property, false).Title);

    private static string Plain(Operation operation, string? json = null)
    {
        var output = new MemoryStream();
        var printer = new PlainPrinter(operation, output);
        printer.Row(Encoding.UTF8.GetBytes(json ?? SampleRows.All.Single(s => s.Operation == operation).Json));
        printer.Flush();
        return Encoding.UTF8.GetString(output.ToArray());
    }
}
