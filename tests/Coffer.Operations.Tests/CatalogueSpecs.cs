using System.Text;
using System.Text.Json;

namespace Coffer.Operations.Tests;

public sealed class CatalogueSpecs
{
    public static TheoryData<string> Names => [.. OperationCatalogue.Operations.Select(o => o.Name)];

    [Fact]
    public void Holds_what_operators_were_promised()
    {
        Assert.Equal(
            [
                "coffer status", "coffer load", "coffer clients", "coffer client", "coffer history", "coffer rollback", "coffer revoke", "coffer restore", "coffer sessions", "coffer audit tail",
                "cluster show", "cluster status", "cluster leader", "cluster join", "cluster leave", "cluster down", "cluster down-unreachable", "cluster tail",
                "sharding regions", "sharding shards", "sharding stats", "sharding locate",
                "log tail", "log level",
                "actor hierarchy", "actor system",
            ],
            OperationCatalogue.Operations.Select(o => o.Name));
    }

    [Fact]
    public void Gives_each_operation_a_path_of_its_own_in_the_palette_it_names()
    {
        Assert.Distinct(OperationCatalogue.Operations.Select(o => o.Path));
        Assert.All(OperationCatalogue.Palettes, palette => Assert.All(palette.Operations, o => Assert.Equal(palette.Name, o.Palette)));
    }

    [Fact]
    public void Has_a_sample_of_each_operation_here() => Assert.Equal(OperationCatalogue.Operations, SampleRows.All.Select(sample => sample.Operation));

    [Theory]
    [MemberData(nameof(Names))]
    public void Shows_a_row_as_it_was_sent(string name)
    {
        var (operation, json, shown) = SampleRows.All.Single(sample => sample.Operation.Name == name);

        Assert.Equal(shown, operation.Show(Encoding.UTF8.GetBytes(json)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Names_its_columns_after_properties_of_the_row(string name)
    {
        var operation = OperationCatalogue.Operations.Single(o => o.Name == name);

        Assert.Subset(operation.Properties.ToHashSet(), operation.Columns.Select(c => c.Name).Where(c => c.Length > 0).ToHashSet());
        Assert.Distinct(operation.Columns.Select(c => c.Title));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Cannot_be_taken_for_the_last_line(string name)
    {
        var (operation, json, _) = SampleRows.All.Single(sample => sample.Operation.Name == name);

        Assert.False(AnswerEnd.TryRead(Encoding.UTF8.GetBytes(json), out _));
        Assert.DoesNotContain("end", operation.Properties);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Reads_a_row_of_a_newer_server_that_says_more(string name)
    {
        var (operation, json, shown) = SampleRows.All.Single(sample => sample.Operation.Name == name);
        if (operation.Properties.Count == 0) return;

        Assert.Equal(shown, operation.Show(Encoding.UTF8.GetBytes(json[..^1] + ",\"more\":[1]}")));
    }

    [Fact]
    public void Refuses_a_row_that_is_none() => Assert.Throws<JsonException>(() => SampleRows.All[0].Operation.Show("null"u8));

    [Theory]
    [MemberData(nameof(Names))]
    public void Can_be_typed_and_explained(string name)
    {
        var operation = OperationCatalogue.Operations.Single(o => o.Name == name);

        Assert.Distinct(operation.Arguments.Select(a => a.Name));
        Assert.All(operation.Arguments, a => Assert.True(a.Help.Length > 0 && (a.Kind == ArgumentKind.Flag || a.ValueName.Length > 0), a.Name));
        Assert.All(operation.Examples, example => Assert.True(operation.Arguments.All(a => !a.IsRequired) || example.Length > 0));
        Assert.DoesNotContain('.', operation.Summary[^1..]);
        Assert.Equal(operation.Kind == OperationKind.Query, !operation.IsCommand(operation.Arguments.Count + 1));
    }
}
