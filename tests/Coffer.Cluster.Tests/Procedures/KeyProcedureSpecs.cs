using Coffer.Tests.Shared;


namespace Coffer.Cluster.Tests.Procedures;

/// <summary>A client's key and the server's, and a dump of the database.</summary>
[Takes(seconds: 95)]
public sealed class KeyProcedureSpecs : ClusterProcedureSpecs
{
    [Fact]
    public async Task A_clients_key_is_changed_without_an_outage_and_a_dump_is_restored_and_a_key_is_revoked()
    {
        var client = Procedure.Read("A client's key", 5);
        var dump = Procedure.Read("Backup and restore: PostgreSQL", 5);

        await Bench.RunAsync(Two[0], client[1]);
        var second = Bench.ReadKey("shop-2.pem");
        await using (var clients = Bench.Fetch(Two, Bench.Shop))
        {
            await Bench.EditAsync(ProcedureBench.Define("first", ("shop", Bench.Shop.PublicKey), ("shop-2", second.PublicKey)));
            await clients.NoneFailedAsync();
        }
        await using (var clients = Bench.Fetch(Two, second))
        {
            await Bench.EditAsync(ProcedureBench.Define("first", ("shop", second.PublicKey)));
            Assert.Equal("KeyUnknown", await Bench.FetchAsync(Two[1], Bench.Shop));

            await Bench.RunAsync(Two[0], dump[0]);
            await clients.NoneFailedAsync();
        }
        File.Copy(Bench.FilePath("definition.coffer"), Bench.FilePath("dumped.coffer"));
        await Bench.EditAsync(ProcedureBench.Define("lost", ("shop", second.PublicKey)));
        File.Move(Bench.FilePath("definition.coffer"), Bench.FilePath("lost.coffer"));
        File.Move(Bench.FilePath("dumped.coffer"), Bench.FilePath("definition.coffer"));
        await Bench.RunInTurnAsync(Two, dump[1]);

        var early = await Bench.TryAsync(Two[0], dump[3]);
        await Bench.RunAtOnceAsync(Two, dump[2]);
        await Bench.RunAsync(Two[0], dump[3]);
        await Bench.RunAtOnceAsync(Two, dump[4]);

        Assert.NotEqual(0, early.ExitCode);
        Assert.Contains("is being accessed by other users", early.Error, StringComparison.Ordinal);
        foreach (var node in Two) Assert.Equal("first", await Bench.FetchAsync(node, second));
        await Bench.RunAsync(Two[1], "coffer-ctl coffer load lost.coffer --yes");
        foreach (var node in Two) Assert.Equal("lost", await Bench.FetchAsync(node, second));

        await Bench.RunAsync(Two[0], client[0]);
        foreach (var node in Two) Assert.Equal("KeyUnknown", await Bench.FetchAsync(node, second));
    }

    [Fact]
    public async Task The_servers_key_is_changed_without_an_outage_for_clients_of_either_key()
    {
        var blocks = Procedure.Read("The server's key", 9);

        await using var old = Bench.Fetch(Two, Bench.Shop);
        await Bench.RunAsync(Two[0], blocks[0]);
        var newKey = Bench.ReadKey("server-2.pem").PublicKey;
        Bench.Variables["NEW_SERVER_KEY"] = newKey.ToString();
        await Bench.RunInTurnAsync(Two, blocks[1]);
        await Bench.RunInTurnAsync(Two, blocks[2]);
        await Bench.RunInTurnAsync(Two, Rolling);
        await using var moved = Bench.Fetch(Two, Bench.Shop, newKey);
        await Bench.RunInTurnAsync(Two, blocks[3]);
        await Bench.RunInTurnAsync(Two, Rolling);
        await Bench.RunAsync(Two[0], blocks[4]);
        await Bench.RunAsync(Two[0], blocks[5]);
        await Bench.RunInTurnAsync(Two, blocks[6]);
        await Bench.RunAsync(Two[0], blocks[7]);
        await old.NoneFailedAsync();
        await Bench.RunInTurnAsync(Two, blocks[8]);
        await Bench.RunInTurnAsync(Two, Rolling);
        await moved.NoneFailedAsync();

        foreach (var node in Two)
        {
            Assert.Equal("first", await Bench.FetchAsync(node, Bench.Shop, newKey));
            Assert.NotEqual("first", await Bench.FetchAsync(node, Bench.Shop));
        }
    }
}
