using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Coffer.Operations;
using Coffer.Server.Tests.Conversations;

namespace Coffer.Server.Tests.Operations;

public sealed class OperationsSpecs(TestNode node) : IClassFixture<TestNode>, IDisposable
{
    private readonly ControlClient _control = new(DataDirectoryPath.SocketIn(node.DataDirectory));

    public void Dispose() => _control.Dispose();

    [Fact]
    public void Only_its_owner_can_open_the_socket()
    {
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(DataDirectoryPath.SocketIn(node.DataDirectory)));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(node.DataDirectory));
    }

    [Fact]
    public async Task Lists_all_operations()
    {
        var answer = await _control.GetAsync("/v1/");

        Assert.Equal(OperationCatalogue.Operations.Select(o => o.Path), answer.Rows.Select(r => r.GetProperty("path").GetString()));
        Assert.True(answer.End.IsWhole);
    }

    public static TheoryData<string> Queries => [.. OperationCatalogue.Operations.Where(o => o.Kind != OperationKind.Command && !o.Follows && !o.Arguments.Any(a => a.IsRequired)).Select(o => o.Path)];

    [Theory]
    [MemberData(nameof(Queries))]
    public async Task Answers_each_query_with_rows_that_the_catalogue_can_show(string path)
    {
        var operation = OperationCatalogue.Operations.Single(o => o.Path == path);

        var answer = await _control.GetAsync(path);

        Assert.Equal((HttpStatusCode.OK, true, (long?)answer.Rows.Count), (answer.Status, answer.End.IsWhole, answer.End.Rows));
        foreach (var row in answer.Rows)
        {
            Assert.Equal(operation.Properties.Order(StringComparer.Ordinal), row.EnumerateObject().Select(p => p.Name).Order(StringComparer.Ordinal));
            operation.Show(Encoding.UTF8.GetBytes(row.GetRawText()));
        }
    }

    [Theory]
    [InlineData("GET", "/v1/coffer/nothing", HttpStatusCode.NotFound, "not-found")]
    [InlineData("GET", "/", HttpStatusCode.NotFound, "not-found")]
    [InlineData("POST", "/v1/coffer/status", HttpStatusCode.BadRequest, "usage")]
    [InlineData("GET", "/v1/coffer/load", HttpStatusCode.BadRequest, "usage")]
    [InlineData("GET", "/v1/log/level?level=debug", HttpStatusCode.BadRequest, "usage")]
    [InlineData("POST", "/v1/log/level?level=loud", HttpStatusCode.BadRequest, "usage")]
    [InlineData("GET", "/v1/coffer/status?verbose=true", HttpStatusCode.BadRequest, "usage")]
    [InlineData("GET", "/v1/coffer/clients?search=a&search=b", HttpStatusCode.BadRequest, "usage")]
    [InlineData("GET", "/v1/coffer/client", HttpStatusCode.BadRequest, "usage")]
    [InlineData("GET", "/v1/coffer/client?client=nobody", HttpStatusCode.NotFound, "not-found")]
    [InlineData("GET", "/v1/log/tail?last=many", HttpStatusCode.BadRequest, "usage")]
    [InlineData("GET", "/v1/log/tail?once=perhaps", HttpStatusCode.BadRequest, "usage")]
    [InlineData("GET", "/v1/sharding/locate?key=short", HttpStatusCode.BadRequest, "usage")]
    [InlineData("POST", "/v1/coffer/rollback?revision=99", HttpStatusCode.NotFound, "not-found")]
    [InlineData("POST", "/v1/coffer/rollback?revision=99&dry-run=true", HttpStatusCode.NotFound, "not-found")]
    [InlineData("POST", "/v1/coffer/rollback?revision=1&expect=99", HttpStatusCode.Conflict, "busy")]
    [InlineData("POST", "/v1/coffer/rollback?revision=1&before-rollback=true", HttpStatusCode.BadRequest, "usage")]
    [InlineData("POST", "/v1/coffer/revoke?client=nobody", HttpStatusCode.NotFound, "not-found")]
    [InlineData("POST", "/v1/coffer/load", HttpStatusCode.BadRequest, "usage")]
    [InlineData("POST", "/v1/coffer/load?own=true", HttpStatusCode.NotFound, "not-found")]
    [InlineData("POST", "/v1/coffer/load?own=true&dry-run=true", HttpStatusCode.NotFound, "not-found")]
    [InlineData("POST", "/v1/cluster/leave", HttpStatusCode.Conflict, "refused")]
    [InlineData("POST", "/v1/cluster/join?address=akka.tcp://coffer@127.0.0.1:1", HttpStatusCode.Conflict, "refused")]
    [InlineData("POST", "/v1/cluster/join?address=127.0.0.1:1", HttpStatusCode.Conflict, "refused")]
    [InlineData("POST", "/v1/cluster/join?address=somewhere", HttpStatusCode.BadRequest, "usage")]
    [InlineData("POST", "/v1/cluster/down?address=akka.tcp://coffer@127.0.0.1:1", HttpStatusCode.NotFound, "not-found")]
    [InlineData("POST", "/v1/cluster/down?address=127.0.0.1:1", HttpStatusCode.NotFound, "not-found")]
    [InlineData("POST", "/v1/cluster/down?address=akka.memory://coffer@alone:1", HttpStatusCode.Conflict, "refused")]
    [InlineData("POST", "/v1/cluster/down?address=alone:1", HttpStatusCode.Conflict, "refused")]
    public async Task Says_why_it_does_not_do_it(string method, string path, HttpStatusCode status, string code)
    {
        var answer = await _control.SendAsync(new HttpMethod(method), path);

        Assert.Equal((status, "failed", code, 0), (answer.Status, answer.End.End, answer.End.Code, answer.Rows.Count));
        Assert.NotEmpty(answer.End.Errors!);
    }

    [Fact]
    public async Task Revokes_no_key_of_the_servers_own()
    {
        var server = await _control.PostAsync($"/v1/coffer/revoke?client={node.ServerKey}", []);
        var probe = await _control.PostAsync($"/v1/coffer/revoke?client={node.ProbeKey}", []);

        Assert.Equal((HttpStatusCode.Conflict, "refused", $"{node.ServerKey} is the server's own public key, expected a client's"), (server.Status, server.End.Code, Assert.Single(server.End.Errors!)));
        Assert.Equal((HttpStatusCode.Conflict, "refused", $"{node.ProbeKey} is the key of the server's own health probe, expected a client's"), (probe.Status, probe.End.Code, Assert.Single(probe.End.Errors!)));
    }

    [Fact]
    public async Task Says_everything_that_is_wrong_with_the_arguments_at_once()
    {
        var answer = await _control.GetAsync("/v1/coffer/client?name=x&key=y");

        Assert.Equal(3, answer.End.Errors!.Count);
    }

    [Fact]
    public async Task Refuses_a_file_where_none_belongs()
    {
        var answer = await _control.PostAsync("/v1/coffer/rollback?revision=1", [1, 2, 3]);

        Assert.Equal((HttpStatusCode.BadRequest, "usage"), (answer.Status, answer.End.Code));
    }

    [Theory]
    [InlineData("/v1/coffer/load", false)]
    [InlineData("/v1/coffer/load?dry-run=true", false)]
    [InlineData("/v1/coffer/load?own=true", true)]
    public async Task Takes_no_file_that_is_empty_for_the_wish_to_read_the_servers_own_and_no_other_file_with_that_wish(string path, bool isFull)
    {
        var answer = await _control.PostAsync(path, isFull ? [1, 2, 3] : []);

        Assert.Equal((HttpStatusCode.BadRequest, "usage"), (answer.Status, answer.End.Code));
    }

    [Theory]
    [InlineData("/v1/coffer/load?before-load=true", true, "before-load: is of a dry run, and dry-run is not said")]
    [InlineData("/v1/coffer/load?own=true&before-load=true", false, "before-load: is of a dry run, and dry-run is not said")]
    public async Task Refuses_what_does_not_belong_to_such_a_load(string path, bool isSent, string what)
    {
        var answer = await _control.PostAsync(path, isSent ? [1, 2, 3] : []);

        Assert.Equal((HttpStatusCode.BadRequest, "usage", what), (answer.Status, answer.End.Code, Assert.Single(answer.End.Errors!)));
    }

    [Fact]
    public async Task Shows_names_types_and_sizes_of_a_coffer_and_no_value()
    {
        await node.ServesAsBeforeAsync();

        var row = (await _control.GetAsync("/v1/coffer/client?client=client")).Row;

        Assert.Equal(
            [("PASSWORD", "Text", 17), ("PORT", "Integer", 8)],
            row.GetProperty("secrets").EnumerateArray().Select(s => (s.GetProperty("key").GetString(), s.GetProperty("type").GetString(), s.GetProperty("bytes").GetInt32())));
        Assert.NotEqual(JsonValueKind.Null, row.GetProperty("lastFetch").ValueKind);
        Assert.DoesNotContain("not-a-real-secret", row.GetRawText(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", 1)]
    [InlineData("LIEN", 1)]
    [InlineData("nobody", 0)]
    public async Task Finds_clients_by_a_part_of_their_names(string search, int found)
    {
        Assert.Equal(found, (await _control.GetAsync($"/v1/coffer/clients?search={search}")).Rows.Count);
    }

    [Fact]
    public async Task Locates_a_live_entity()
    {
        await node.ServesAsBeforeAsync();

        var row = (await _control.GetAsync($"/v1/sharding/locate?key={node.Client.PublicKey}")).Row;

        Assert.Equal(("akka.memory://coffer@alone:1", true), (row.GetProperty("node").GetString(), row.GetProperty("isLive").GetBoolean()));
    }

    [Fact]
    public async Task Knows_that_a_strangers_entity_is_not_live()
    {
        Assert.False((await _control.GetAsync($"/v1/sharding/locate?key={node.Stranger.PublicKey}")).Row.GetProperty("isLive").GetBoolean());
    }

    [Fact]
    public async Task Follows_the_cluster_from_how_it_is()
    {
        using var lines = await _control.FollowAsync("/v1/cluster/tail");

        var member = JsonSerializer.Deserialize<JsonElement>((await lines.ReadLineAsync(TestContext.Current.CancellationToken))!);

        Assert.Equal(("member", "up"), (member.GetProperty("event").GetString(), member.GetProperty("status").GetString()));
    }

    [Fact]
    public async Task Changes_the_level_of_the_log_and_follows_it()
    {
        Assert.Equal("error", (await _control.GetAsync("/v1/log/level")).Row.GetProperty("level").GetString());
        using var lines = await _control.FollowAsync("/v1/log/tail?last=0");

        var changed = await _control.PostAsync("/v1/log/level?level=info");
        var logged = await lines.ReadLineAsync(TestContext.Current.CancellationToken);
        await _control.PostAsync("/v1/log/level?level=error");
        await _control.GetAsync("/v1/coffer/status");

        Assert.Equal(("info", "error"), (changed.Row.GetProperty("level").GetString(), changed.Row.GetProperty("before").GetString()));
        Assert.Contains("operator: log level level=info by uid ", logged, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Shows_no_more_actors_than_asked_for()
    {
        var rows = (await _control.GetAsync("/v1/actor/hierarchy?limit=3")).Rows;

        Assert.Equal(("/", 3), (rows[0].GetProperty("path").GetString(), rows.Count));
    }

    [Fact]
    public async Task Counts_actors_of_one_kind_instead_of_showing_them_all()
    {
        var sockets = new List<TcpClient>();
        try
        {
            for (var i = 0; i < 12; i++)
            {
                sockets.Add(new TcpClient());
                await sockets[^1].ConnectAsync(node.Address, TestContext.Current.CancellationToken);
            }
            while ((await _control.GetAsync("/v1/actor/hierarchy?limit=1000")).Rows.Count(r => r.GetProperty("type").GetString() == "EdgeConnection") < 11) await Task.Delay(20, TestContext.Current.CancellationToken);

            var connections = (await _control.GetAsync("/v1/actor/hierarchy?limit=1000")).Rows.Where(r => r.GetProperty("type").GetString() == "EdgeConnection").ToArray();

            Assert.Equal((11, 12), (connections.Length, connections.Sum(r => r.GetProperty("count").GetInt32())));
        }
        finally
        {
            foreach (var socket in sockets) socket.Dispose();
            await node.QuietAsync();
        }
    }
}
