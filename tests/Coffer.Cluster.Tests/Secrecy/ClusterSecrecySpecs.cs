using System.Security.Cryptography;
using Coffer.Client;
using Coffer.Cluster.Tests.Processes;
using Coffer.Crypto.Keys;
using Coffer.EndToEnd.Tests.Client;
using Coffer.EndToEnd.Tests.Secrecy;
using Coffer.EndToEnd.Tests.Server;
using Coffer.Operations;
using Coffer.Protocol.Messages;
using Coffer.Server.Tests.Conversations;
using Coffer.Tests.Shared;

namespace Coffer.Cluster.Tests.Secrecy;

/// <summary>A cluster is driven with canaries for secrets, and what its nodes and their database have written is searched for them. Nodes 0 and 1 begin it, node 2 joins; node 3 never starts.</summary>
[Takes(seconds: 30)]
public sealed class ClusterSecrecySpecs : IAsyncLifetime
{
    private readonly Canaries _canaries = new();
    private readonly string _text = Canaries.NewText();
    private readonly string _rolledBack = Canaries.NewText();
    private readonly string _refused = Canaries.NewText();
    private readonly long _integer = Canaries.NewNumber();
    private ClusterBench _bench = null!;

    public async ValueTask InitializeAsync() => _bench = await ClusterBench.CreateAsync(nodes: 4);

    public async ValueTask DisposeAsync() => await _bench.DisposeAsync();

    [Fact]
    public async Task No_secret_and_no_secret_key_is_in_anything_that_the_nodes_and_their_database_write()
    {
        Plant();
        await File.WriteAllTextAsync(_bench.FilePath("talkative.conf"), Talkative.Config);
        var nodes = await FormAsync();
        var tail = _bench.StartControl(0, "cluster", "tail");

        await LoadAndFetchAsync(nodes);
        foreach (var operation in OperationCatalogue.Operations.Where(operation => operation.Kind == OperationKind.Query && !operation.Arguments.Any(argument => argument.IsRequired) && !operation.Follows))
            await AskAsync(0, 1, operation.Name.Split(' '));
        await AskAsync(0, 1, "sharding", "locate", _bench.Client.PublicKey.ToString());
        await AskAsync(0, 1, "coffer", "client", "client");
        await AskAsync(0, 1, "coffer", "audit", "tail", "--once", "--last", "10000");
        await AskAsync(0, 1, "log", "tail", "--once", "--last", "10000");

        await AskAsync(0, 2, "cluster", "leave");
        Collect("node 2", await nodes[2].EndedAsync(), exitCode: 0);
        await AskAsync(0, 0, "cluster", "down", _bench.Addresses[1]);
        Collect("node 1", await nodes[1].EndedAsync(), exitCode: 8);
        await tail.LineAsync(line => line.Contains("removed", StringComparison.Ordinal) && line.Contains(_bench.Addresses[1], StringComparison.Ordinal), "about the node that was downed");
        await FetchAsync(nodes[0]);
        await tail.SignalAsync("INT");
        Collect("what cluster tail followed", await tail.EndedAsync(), exitCode: 130);
        Collect("node 0", await nodes[0].StopAsync(), exitCode: 0);
        await CollectFilesAsync();

        Assert.Empty(_canaries.Found());
        for (var node = 0; node < nodes.Count; node++) Assert.Contains($"audit.jsonl of node {node}", _canaries.Places);
        Assert.Contains(_canaries.Places, place => place.StartsWith("pg_wal/0", StringComparison.Ordinal));
    }

    private void Plant()
    {
        _canaries.Plant("a text", _text);
        _canaries.Plant("a text that was rolled back", _rolledBack);
        _canaries.Plant("a text of a definition that was refused", _refused);
        _canaries.Plant("a number", _integer);
        _canaries.Plant("the database's password", _bench.Postgres.Password);
        _canaries.PlantKeysOf(_bench.FilePath);
        for (var node = 0; node < _bench.Addresses.Count; node++)
        {
            using var key = ECDsa.Create();
            key.ImportFromPem(File.ReadAllText(Path.Combine(_bench.CertificatesOf(node), "node.pem")));
            _canaries.Plant($"the secret key of node {node}'s certificate", key.ExportParameters(includePrivateParameters: true).D!);
        }
    }

    private string Definition(string text) => $"{_bench.OneClient(text)}NUMBER = {_integer}\n";

    private async Task<IReadOnlyList<RunningServer>> FormAsync()
    {
        (string, string?)[] all = [("--log-level", "debug"), ("--config", _bench.FilePath("talkative.conf"))];
        var first = ("--seeds", $"{_bench.Addresses[0]},{_bench.Addresses[1]}");
        RunningServer[] nodes = [_bench.Start(0, [first, .. all]), _bench.Start(1, [first, .. all]), _bench.Start(2, [("--seeds", $"{_bench.Addresses[3]},{_bench.Addresses[2]}"), .. all])];
        foreach (var node in nodes.Take(2)) await node.ServingAsync();
        await nodes[2].LineAsync(line => line.Contains("looks for its cluster: waits for", StringComparison.Ordinal), "that says whom it waits for");
        await AskAsync(0, 2, "cluster", "join", _bench.Addresses[0]);
        await nodes[2].ServingAsync();
        return nodes;
    }

    // Whatever is asked of one node goes through the others, too: the catalog is on the oldest, and the coffer on any of them.
    private async Task LoadAndFetchAsync(IReadOnlyList<RunningServer> nodes)
    {
        await AskAsync(0, 1, "coffer", "load", _bench.Seal(Definition(_rolledBack)), "--yes");
        await AskAsync(0, 2, "coffer", "load", _bench.Seal(Definition(_text)), "--yes");
        await AskAsync(1, 2, "coffer", "load", _bench.Seal(Definition(_text) + $"NESTED = [\"{_refused}\"]\nOPEN = \"{_refused}\n"), "--yes");
        foreach (var node in nodes) await FetchAsync(node);
        await AskAsync(0, 1, "coffer", "revoke", "client");
        foreach (var node in nodes) Assert.IsType<FetchOutcome.Failed>(await _bench.TryFetchAsync(node));
        await AskAsync(0, 2, "coffer", "restore", "client");
        await AskAsync(0, 1, "coffer", "rollback", "1", "--yes");
        await GetTooSoonAsync(nodes[1]);
        foreach (var node in nodes) await FetchAsync(node);
    }

    // A coffer that the database gives only once its client was told that it is unavailable is a dead letter, which the log shows with its content.
    private async Task GetTooSoonAsync(RunningServer node)
    {
        using var peer = await RawPeer.ConnectAsync(await node.ServingAsync());
        await peer.LinkAsync(_bench.Client, _bench.ServerKey);
        await _bench.Postgres.SuspendAsync();
        await peer.SendAsync(peer.Get());
        Assert.Equal(ErrorWord.Unavailable, await peer.ReadErrorAsync(isSealed: true));
        await _bench.Postgres.ResumeAsync();
        await Talkative.DeadLetterAsync(node);
    }

    private async Task FetchAsync(RunningServer node) => Assert.IsType<FetchOutcome.Fetched>(await _bench.TryFetchAsync(node));

    private async Task AskAsync(int exitCode, int node, params string[] arguments) =>
        Collect($"coffer-ctl {string.Join(' ', arguments.Take(3))}", await _bench.ControlAsync(node, arguments), exitCode);

    private void Collect(string what, Ended ended, int exitCode)
    {
        _canaries.Collect(what, ended);
        Assert.True(ended.ExitCode == exitCode, $"{what} ended with {ended.ExitCode}, expected {exitCode}: {ended.Error}");
    }

    // All have ended: nothing holds a file, and nothing is in memory alone.
    private async Task CollectFilesAsync()
    {
        await _bench.Postgres.StopAsync();
        _canaries.Collect("PostgreSQL's log", _bench.Postgres.Log);
        CollectFiles(_bench.Postgres.Data, "");
        for (var node = 0; node < 3; node++) CollectFiles(_bench.DataDirectory(node), $" of node {node}");
    }

    private void CollectFiles(string directory, string whose)
    {
        foreach (var file in Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories)) _canaries.Collect($"{Path.GetRelativePath(directory, file)}{whose}", File.ReadAllBytes(file));
    }
}
