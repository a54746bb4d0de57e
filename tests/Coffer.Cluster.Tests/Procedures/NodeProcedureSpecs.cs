using Coffer.EndToEnd.Tests;
using Coffer.EndToEnd.Tests.Client;
using Coffer.Server.Hosting;
using Coffer.Tests.Shared;

namespace Coffer.Cluster.Tests.Procedures;

/// <summary>Nodes that come, go, are renewed and are lost.</summary>
[Takes(seconds: 115)]
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
    public async Task Of_three_nodes_the_last_one_is_the_cluster_when_two_are_lost_for_good_and_is_joined_by_them_later()
    {
        var blocks = Procedure.Read("A majority lost for good", 3);
        await AddTheThirdAsync();

        await Task.WhenAll(Two.Select(node => node.KillAsync()));
        Assert.Equal((int)ExitCode.Downed, await Third.EndedAsync());
        Bench.Variables["SEEDS"] = Addresses[2];
        await Bench.RunAsync(Third, blocks[0]);
        Assert.Equal("first", await Bench.FetchAsync(Third, Bench.Shop));
        await Bench.RunAsync(Third, "coffer-ctl coffer revoke shop && coffer-ctl coffer restore shop");

        Bench.Variables["SEEDS"] = string.Join(',', Addresses.Reverse());
        await Bench.RunInTurnAsync(Bench.Nodes, blocks[1]);
        await Bench.RunAsync(Two[0], blocks[2]);
        var three = await Bench.RunAsync(Two[1], blocks[2]);

        Assert.Equal(3, Up(three));
        foreach (var node in Bench.Nodes) Assert.Equal("first", await Bench.FetchAsync(node, Bench.Shop));
    }

    private async Task AddTheThirdAsync()
    {
        var more = Procedure.Read("A node more", 3);

        Seeds(3);
        await Bench.RunAsync(Third, more[0]);
        await Bench.RunInTurnAsync(Bench.Nodes, more[1]);
        Assert.Equal(3, Up(await Bench.RunAsync(Third, more[2])));
    }

    private async Task AddRenewAndRemoveTheThirdAsync()
    {
        var less = Procedure.Read("A node less", 2);

        await AddTheThirdAsync();
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

    private static int Up(Ended members) => members.Lines.Count(line => line.Contains("\tup\t", StringComparison.Ordinal));
}
