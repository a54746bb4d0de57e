using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Coffer.Crypto.Keys;
using Coffer.Server.Tests.Conversations;

namespace Coffer.EndToEnd.Tests.Server;

/// <summary>What a server writes: logs without a secret, a line an event, and files that only their owner may open and that hold nothing in the clear.</summary>
public sealed class ServerSecrecySpecs : IAsyncDisposable
{
    private const string SecretName = "CANARY_NAME_OF_A_SECRET";
    private readonly string _secret = "canary-" + Convert.ToHexString(Guid.NewGuid().ToByteArray());
    private readonly ServerBench _bench = new();

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Theory]
    [InlineData("text")]
    [InlineData("json")]
    public async Task Logs_a_line_an_event_and_no_secret(string format)
    {
        var server = await _bench.ServeAsync("--log-level", "debug", "--log-format", format, "--definition", _bench.Seal(_bench.OneClient($"{SecretName} = \"{_secret}\"")));
        using var stranger = KeyPair.Generate();

        await _bench.FetchAsync(server);
        await _bench.TryFetchAsync(server, stranger);
        await server.LineAsync(line => line.Contains(_bench.Client.PublicKey.ToString(), StringComparison.Ordinal), "of the client served");
        await server.LineAsync(line => line.Contains($"UnknownKey, {stranger.PublicKey}", StringComparison.Ordinal), "of the stranger refused");
        var ended = await server.StopAsync();

        Assert.Equal(0, ended.ExitCode);
        Assert.All(server.Log, line =>
        {
            if (format == "json") JsonDocument.Parse(line).Dispose();
            else Assert.Matches(new Regex(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (debug|info |warn |error) "), line);
        });
        AssertClear(Encoding.UTF8.GetBytes(ended.Error));
        AssertClear(ended.Output);
    }

    [Fact]
    public async Task Logs_a_fetch_at_debug_only_and_each_refusal_once_at_info()
    {
        var server = await _bench.ServeDefinitionAsync(_bench.OneClient("PORT = 5432"));
        using var stranger = KeyPair.Generate();

        await _bench.FetchAsync(server);
        await _bench.TryFetchAsync(server, stranger);
        var ended = await server.StopAsync();

        Assert.Single(server.Log, line => line.Contains("refused: UnknownKey", StringComparison.Ordinal) && line.Contains(" info ", StringComparison.Ordinal));
        Assert.DoesNotContain("served", ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Counts_the_refusals_that_it_does_not_write()
    {
        const int Refusals = 200;
        var server = await _bench.ServeDefinitionAsync(_bench.OneClient("PORT = 5432"));
        var address = await server.ServingAsync();

        for (var i = 0; i < Refusals; i++)
        {
            using var peer = await RawPeer.ConnectAsync(address);
            await peer.SendAsync(RawPeer.Plain(0x7f, 0));
            await peer.ReadErrorAsync(isSealed: false);
        }

        // A refusal of a later second says how many were left out before it; none is lost and none is said twice.
        while (Written(server) + Withheld(server) < Refusals)
        {
            using var peer = await RawPeer.ConnectAsync(address);
            await peer.SendAsync(RawPeer.Plain(0x7f, 0));
            await peer.ReadErrorAsync(isSealed: false);
            await Task.Delay(200, TestContext.Current.CancellationToken);
        }
        foreach (var second in server.Log.Where(IsRefusal).GroupBy(line => line[..19])) Assert.InRange(second.Count(), 1, 40);
    }

    [Fact]
    public async Task Keeps_its_files_to_itself_and_sealed()
    {
        var server = await _bench.ServeDefinitionAsync(_bench.OneClient($"{SecretName} = \"{_secret}\""));
        await _bench.FetchAsync(server);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_bench.DataDirectory));
        var files = Directory.GetFiles(_bench.DataDirectory);
        Assert.Contains(files, file => file.EndsWith("-wal", StringComparison.Ordinal));
        Assert.All(files, file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file) & ~UnixFileMode.UserExecute));
        Assert.Contains(Contents(files), bytes => Contains(bytes, Encoding.UTF8.GetBytes("client")));
        Assert.All(Contents(files), AssertClear);

        // What was in the log is in the database after the end.
        await server.StopAsync();
        Assert.All(Contents(Directory.GetFiles(_bench.DataDirectory)), AssertClear);
    }

    private void AssertClear(byte[] bytes)
    {
        foreach (var canary in new[] { SecretName, _secret })
        {
            var utf8 = Encoding.UTF8.GetBytes(canary);
            foreach (var form in new[] { utf8, Encoding.Unicode.GetBytes(canary), Encoding.ASCII.GetBytes(Convert.ToHexString(utf8)), Encoding.ASCII.GetBytes(Convert.ToHexStringLower(utf8)) })
                Assert.False(Contains(bytes, form), $"{canary} is in the clear");
        }
        foreach (var file in new[] { "server.pem", "client.pem", "companion.pem" })
            Assert.False(Contains(bytes, Encoding.ASCII.GetBytes(File.ReadAllLines(_bench.FilePath(file))[1])), $"{file} is in the clear");
    }

    private static bool Contains(byte[] bytes, byte[] what) => bytes.AsSpan().IndexOf(what) >= 0;

    // A socket has no content.
    private static IEnumerable<byte[]> Contents(IEnumerable<string> files) => files.Where(file => Path.GetFileName(file) != "control.sock").Select(ServerBench.ReadHeld);

    private static bool IsRefusal(string line) => line.Contains("refused: Garbage", StringComparison.Ordinal);

    private static int Written(RunningServer server) => server.Log.Count(IsRefusal);

    private static int Withheld(RunningServer server) =>
        server.Log.Select(line => Regex.Match(line, @"refused: (\d+) more conversations")).Where(match => match.Success).Sum(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture));
}
