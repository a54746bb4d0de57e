using Coffer.Cluster.Tests.Processes;

namespace Coffer.Cluster.Tests.Procedures;

/// <summary>The procedures of docs/operations.md for a node alone, with SQLite: every command as it stands on the page.</summary>
public sealed class AloneProcedureSpecs
{
    [Fact]
    public async Task A_backup_made_while_the_server_runs_is_restored_and_served_with_the_newest_definition()
    {
        await using var bench = new ProcedureBench();
        var ports = FreePorts.Find(2);
        var node = bench.AddNode("localhost", ports[0], ports[1]);
        var other = bench.MakeKey("other.pem");
        var blocks = Procedure.Read("Backup and restore: SQLite", 3);
        var backup = Path.Combine(bench.Backup, "coffer.db");
        await bench.EditAsync(ProcedureBench.Define("backed-up", ("shop", bench.Shop.PublicKey), ("other", other.PublicKey)), load: false);
        await bench.RunAsync(node, "systemctl start coffer-server");

        // There is no backup yet, and whoever types a block in has a shell that goes on.
        Assert.NotEqual(0, (await bench.TryAsync(node, $"set +e\n{blocks[2]}")).ExitCode);
        Assert.Equal("backed-up", await bench.FetchAsync(node, bench.Shop));
        // What a run leaves that was interrupted.
        await File.WriteAllTextAsync($"{backup}.new", "not this one", TestContext.Current.CancellationToken);

        await using (var clients = bench.Fetch([node], bench.Shop))
        {
            await bench.RunAsync(node, blocks[0]);
            await clients.NoneFailedAsync();
        }
        await bench.EditAsync(ProcedureBench.Define("lost", ("shop", bench.Shop.PublicKey), ("other", other.PublicKey)));
        await bench.RunAsync(node, "coffer-ctl coffer revoke other");
        await bench.EditAsync(ProcedureBench.Define("newest", ("shop", bench.Shop.PublicKey)), load: false);
        File.Delete(node.Definition);
        await bench.RunAsync(node, blocks[1]);
        var history = await bench.RunAsync(node, blocks[2]);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(backup));
        Assert.Equal(["2", "1"], history.Lines.Skip(1).Select(line => line.Split('\t')[0]));
        Assert.Equal("newest", await bench.FetchAsync(node, bench.Shop));
        Assert.Equal("KeyUnknown", await bench.FetchAsync(node, other));
    }
}
