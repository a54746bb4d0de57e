using Coffer.Protocol.Secrets;

namespace Coffer.Definitions.Tests;

public class DefinitionDiffSpecs
{
    [Fact]
    public void Finds_nothing_between_a_definition_and_itself_in_another_order()
    {
        var web = Client("web", "web", ("a", SecretValue.OfText("1")), ("b", SecretValue.OfInteger(1)));
        var api = Client("api", "api");

        Assert.Empty(DefinitionDiff.Between(new([web, api]), new([api, web])));
    }

    [Fact]
    public void Shows_what_was_added_changed_and_removed_and_no_value()
    {
        var old = new Definition([
            Client("web", "web", ("A", SecretValue.OfText("hunter2")), ("B", SecretValue.OfText("hunter2")), ("D", SecretValue.OfInteger(1))),
            Client("gone", "gone", ("X", SecretValue.OfText("hunter2"))),
            Client("rekeyed", "old key"),
            Client("old name", "renamed", ("X", SecretValue.OfInteger(1))),
        ]);
        var now = new Definition([
            Client("web", "web", ("A", SecretValue.OfText("hunter3")), ("C", SecretValue.OfText("hunter3")), ("D", SecretValue.OfText("1"))),
            Client("new", "new", ("X", SecretValue.OfBoolean(true)), ("a b", SecretValue.OfText("hunter3"))),
            Client("rekeyed", "new key"),
            Client("name", "renamed", ("X", SecretValue.OfInteger(2))),
        ]);

        var lines = DefinitionDiff.Between(old, now).Select(change => change.ToString());

        Assert.Equal([
            "~ [web] A = <Text> -> <Text>",
            "- [web] B = <Text>",
            "+ [web] C = <Text>",
            "~ [web] D = <Integer> -> <Text>",
            $"- [gone] {Keys.Text("gone")}, 1 secret",
            $"~ [rekeyed] key {Keys.Text("old key")} -> {Keys.Text("new key")}",
            "~ [\"old name\"] -> [name]",
            "~ [name] X = <Integer> -> <Integer>",
            $"+ [new] {Keys.Text("new")}, 2 secrets",
            "+ [new] X = <Boolean>",
            "+ [new] \"a b\" = <Text>",
        ], lines);
    }

    [Fact]
    public void Takes_two_clients_that_swapped_their_keys_for_two_new_keys()
    {
        var changes = DefinitionDiff.Between(new([Client("a", "1"), Client("b", "2")]), new([Client("a", "2"), Client("b", "1")]));

        Assert.Equal(["a", "b"], changes.Cast<DefinitionChange.ClientRekeyed>().Select(change => change.Client));
    }

    [Fact]
    public void Shows_long_names_whole_so_that_they_can_be_told_apart()
    {
        var name = new string('n', 100);

        var changes = DefinitionDiff.Between(new([Client($"{name}1", "1", ($"{name}a", SecretValue.OfInteger(1)))]), new([Client($"{name}2", "1", ($"{name}b", SecretValue.OfInteger(1)))]));

        Assert.Equal([$"~ [{name}1] -> [{name}2]", $"- [{name}2] {name}a = <Integer>", $"+ [{name}2] {name}b = <Integer>"], changes.Select(change => change.ToString()));
    }

    private static DefinedClient Client(string name, string key, params (string Key, SecretValue Value)[] secrets) =>
        new(name, Keys.Of(key), OpenCoffer.Of(secrets.Select(secret => KeyValuePair.Create(secret.Key, secret.Value))));
}
