using Coffer.EndToEnd.Tests;
using Coffer.Server.Hosting;

namespace Coffer.Cluster.Tests.Procedures;

/// <summary>Nodes that come, go, are renewed and are lost.</summary>
public sealed class NodeProcedureSpecs : ClusterProcedureSpecs
{
    [Fact]
    public async Task Nodes_come_and_go_and_keys_authority_and_version_are_changed_and_nobody_notices()
    {
        await using var clients = Bench.Fetch(Two, Bench.Shop);

        await AddRenewAndRemoveTheThirdAsync();
        await ChangeCompanionAuthorityAndVersionAsync();

        await clients.NoneFailedAsync();
    }

    [Fact]
    public async Task Of_two_nodes_the_second_one_is_the_cluster_when_the_first_is_lost_for_good_and_is_joined_by_it_later()
    {
        var blocks = Procedure.Read("A majority lost for good", 3);

        await Two[0].KillAsync();
        Assert.Equal((int)ExitCode.Downed, await Two[1].EndedAsync());
        Bench.Variables["SEEDS"] = Addresses[1];
        await Bench.RunAsync(Two[1], blocks[0]);
        Assert.Equal("first", await Bench.FetchAsync(Two[1], Bench.Shop));
        await Bench.RunAsync(Two[1], "coffer-ctl coffer revoke shop && coffer-ctl coffer restore shop");

        Bench.Variables["SEEDS"] = $"{Addresses[1]},{Addresses[0]}";
        await Bench.RunInTurnAsync(Two, blocks[1]);
        var two = await Bench.RunAsync(Two[0], blocks[2]);

        Assert.Equal(2, two.Lines.Count(line => line.Contains("\tup\t", StringComparison.Ordinal)));
        foreach (var node in Two) Assert.Equal("first", await Bench.FetchAsync(node, Bench.Shop));
    }

    private async Task AddRenewAndRemoveTheThirdAsync()
    {
        var (more, less) = (Procedure.Read("A node more", 3), Procedure.Read("A node less", 2));

        Seeds(3);
        await Bench.RunAsync(Third, more[0]);
        await Bench.RunInTurnAsync(Bench.Nodes, more[1]);
        var three = await Bench.RunAsync(Third, more[2]);
        Assert.Equal(3, three.Lines.Count(line => line.Contains("\tup\t", StringComparison.Ordinal)));
        Assert.Equal("first", await Bench.FetchAsync(Third, Bench.Shop));

        var before = await File.ReadAllTextAsync(Path.Combine(Third.Settings, "certificates", "node.pem"));
        await Bench.RunAsync(Third, Procedure.Read("A node's certificate", 1)[0]);
        await Bench.RunAsync(Third, Rolling);
        Assert.NotEqual(before, await File.ReadAllTextAsync(Path.Combine(Third.Settings, "certificates", "node.pem")));
        Assert.Equal("first", await Bench.FetchAsync(Third, Bench.Shop));

        Seeds(2);
        await Bench.RunInTurnAsync(Two, less[0]);
        await Bench.RunAsync(Third, less[1]);
        // The process has ended; that it is gone from the list takes a moment more.
        await Bench.RunAsync(Two[0], $"until ! coffer-ctl cluster show | grep -F '@{Addresses[2]}' >/dev/null; do sleep 0.1; done");
    }

    private async Task ChangeCompanionAuthorityAndVersionAsync()
    {
        var (companion, authority) = (Procedure.Read("A companion's key", 6), Procedure.Read("The certificates' authority", 4));

        await Bench.RunAsync(Two[0], companion[0]);
        Bench.Variables["NEW_COMPANION"] = Bench.ReadKey("companion-2.pem").PublicKey.ToString();
        await Bench.RunAsync(Two[0], authority[0]);
        await Bench.RunInTurnAsync(Two, companion[1]);
        await Bench.RunInTurnAsync(Two, authority[1]);
        await Bench.RunInTurnAsync(Two, Rolling);

        await File.WriteAllTextAsync(Bench.FilePath("definition.toml"), Shop("second"));
        await Bench.RunAsync(Two[0], companion[2]);
        await Bench.RunInTurnAsync(Two, companion[3]);
        await Bench.RunAsync(Two[0], companion[4]);
        await Bench.RunInTurnAsync(Two, companion[5]);
        await Bench.RunInTurnAsync(Two, authority[2]);
        await Bench.RunInTurnAsync(Two, Rolling);

        await Bench.RunInTurnAsync(Two, authority[3]);
        Bench.Variables["NEW"] = Programs.Folder;
        await Bench.RunInTurnAsync(Two, Procedure.Read("A new version", 1)[0]);

        foreach (var node in Two)
        {
            Assert.Equal(Path.Combine(node.ProgramFolder, "coffer-server"), node.RunningProgram);
            Assert.Equal("second", await Bench.FetchAsync(node, Bench.Shop));
        }
        var old = await Bench.TryAsync(Two[0], "coffer-companion seal definition.toml --key companion.pem --server-key \"$SERVER_KEY\" --out old.coffer; coffer-ctl coffer load old.coffer --yes");
        Assert.Equal(1, old.ExitCode);
        Assert.Contains(Bench.Companion.ToString(), old.Error, StringComparison.Ordinal);
    }
}
