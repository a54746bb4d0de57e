using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Coffer.Crypto.Keys;
using Coffer.Protocol.Frames;
using Coffer.Server.Tests.Conversations;

namespace Coffer.EndToEnd.Tests.Server;

/// <summary>What the server tells systemd, and the unit that systemd starts it by.</summary>
public sealed partial class SystemdSpecs
{
    private const string Unit = "docs/systemd/coffer-server.service";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Says_when_it_serves_that_it_lives_and_when_it_stops(bool isAbstract)
    {
        await using var bench = new ServerBench();
        using var systemd = new NotifySocket(isAbstract ? $"@coffer-test-{Guid.NewGuid():N}" : bench.FilePath("notify"));
        bench.Environment["NOTIFY_SOCKET"] = systemd.Name;
        bench.Environment["WATCHDOG_USEC"] = "400000";
        var server = await bench.ServeAsync();

        var address = await server.ServingAsync();
        await systemd.UntilAsync(told => told == $"READY=1\nSTATUS=serving on {address}");
        await systemd.UntilAsync(told => told == "WATCHDOG=1");
        await systemd.UntilAsync(told => told == "WATCHDOG=1");
        await server.SignalAsync("TERM");
        await systemd.UntilAsync(told => told.StartsWith("STOPPING=1\n", StringComparison.Ordinal));
        Assert.Equal(0, (await server.EndedAsync()).ExitCode);
    }

    [Fact]
    public async Task Says_that_it_serves_no_sooner_than_clients_of_the_definition_that_it_starts_with_are_served()
    {
        await using var bench = new ServerBench();
        using var systemd = new NotifySocket(bench.FilePath("notify"));
        bench.Environment["NOTIFY_SOCKET"] = systemd.Name;
        // With so many others that the definition is not loaded in no time.
        var others = Enumerable.Range(0, 2000).Select(number =>
        {
            using var key = KeyPair.Generate();
            return (Name: $"other-{number}", Key: key.PublicKey);
        }).ToArray();
        var definition = bench.Seal($"""
            [clients]
            client = "{bench.Client.PublicKey}"
            {string.Join('\n', others.Select(other => $"{other.Name} = \"{other.Key}\""))}
            [client]
            A = 1
            {string.Join('\n', others.Select(other => $"[{other.Name}]\nA = 1"))}
            """);
        bench.Start("--definition", definition);

        var ready = await systemd.UntilAsync(told => told.StartsWith("READY=1\n", StringComparison.Ordinal));

        // Once: the client library would ask again.
        using var peer = await RawPeer.ConnectAsync(IPEndPoint.Parse(ready.Split(" on ")[1]));
        await peer.LinkAsync(bench.Client, bench.ServerKey);
        await peer.SendAsync(peer.Get());
        Assert.Equal(MessageType.OkGet, (await peer.ReadFrameAsync()).Type);
    }

    [Fact]
    public async Task Feeds_no_watchdog_that_waits_for_another_process()
    {
        await using var bench = new ServerBench();
        using var systemd = new NotifySocket(bench.FilePath("notify"));
        bench.Environment["NOTIFY_SOCKET"] = systemd.Name;
        bench.Environment["WATCHDOG_USEC"] = "20000";
        bench.Environment["WATCHDOG_PID"] = "1";
        await (await bench.ServeAsync()).StopAsync();

        var told = new List<string>();
        await systemd.UntilAsync(state =>
        {
            told.Add(state);
            return state.StartsWith("STOPPING=1\n", StringComparison.Ordinal);
        });

        Assert.DoesNotContain("WATCHDOG=1", told);
    }

    [Theory]
    [InlineData("nobody", "20000")]
    [InlineData("nobody", "1")]
    [InlineData("nobody", "9223372036854775807")]
    [InlineData("longer-than-the-path-of-a-socket-may-be-longer-than-the-path-of-a-socket-may-be-longer-than-the-path-of-a-socket-may-be", "20000")]
    public async Task Goes_on_serving_where_systemd_does_not_listen(string socket, string watchdog)
    {
        await using var bench = new ServerBench();
        bench.Environment["NOTIFY_SOCKET"] = bench.FilePath(socket);
        bench.Environment["WATCHDOG_USEC"] = watchdog;
        var server = await bench.ServeDefinitionAsync(bench.OneClient("A = 1"));

        await server.LineAsync(line => line.Contains("systemd cannot be told", StringComparison.Ordinal), "that says that systemd is not there");

        await bench.FetchAsync(server);
        Assert.Equal(0, (await server.StopAsync()).ExitCode);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("cluster.conf")]
    [InlineData("second-key.conf")]
    public async Task The_unit_is_one_that_systemd_takes_without_a_word_alone_and_with_what_is_added_to_it(string? dropIn)
    {
        await using var bench = new ServerBench();
        var unit = bench.FilePath("coffer-server.service");
        if (dropIn is not null)
        {
            Directory.CreateDirectory($"{unit}.d");
            File.Copy(Repository.FilePath($"docs/systemd/{dropIn}"), Path.Combine($"{unit}.d", dropIn));
        }
        var text = Repository.Read(Unit);
        Assert.Contains("ExecStart=/opt/coffer/coffer-server ", text, StringComparison.Ordinal);
        await File.WriteAllTextAsync(unit, text.Replace("/opt/coffer/coffer-server", Programs.Server, StringComparison.Ordinal), TestContext.Current.CancellationToken);

        var verified = await bench.RunAsync("/usr/bin/systemd-analyze", "verify", "--recursive-errors=no", unit);

        Assert.Equal("", verified.Error);
        Assert.Equal(0, verified.ExitCode);
    }

    [Fact]
    public void The_unit_says_what_the_server_keeps_to()
    {
        var lines = Repository.Read(Unit).Split('\n');

        Assert.All(
            ["Type=notify", "WatchdogSec=30s", "ExecReload=/bin/kill -HUP $MAINPID", "LoadCredential=server.pem:/etc/coffer/server.pem", "RestartPreventExitStatus=2 3 5"],
            line => Assert.Contains(line, lines));
    }

    [Theory]
    [InlineData("cluster.conf", new[] { "COFFER_CERTIFICATES", "COFFER_STORE" }, new[] { "node.pem", "authority.crt", "database-password" })]
    [InlineData("second-key.conf", new[] { "COFFER_SECOND_KEY" }, new[] { "second.pem" })]
    public async Task What_is_added_sets_variables_of_the_server_and_hands_over_files_that_it_looks_for(string dropIn, string[] variables, string[] credentials)
    {
        await using var bench = new ServerBench();
        var lines = Repository.Read($"docs/systemd/{dropIn}").Split('\n');
        var help = await bench.RunAsync(Programs.Server, "--help");

        Assert.Equal(variables, Settings(lines, "Environment=", '='));
        Assert.All(variables, variable => Assert.Contains(variable, help.Text, StringComparison.Ordinal));
        Assert.Equal(credentials, Settings(lines, "LoadCredential=", ':'));

        static string[] Settings(string[] lines, string key, char end) =>
            [.. lines.Where(line => line.StartsWith(key, StringComparison.Ordinal)).Select(line => line[key.Length..].Split(end)[0])];
    }

    [Fact]
    public async Task The_unit_exposes_two_points_of_ten_at_most()
    {
        await using var bench = new ServerBench();

        var analysed = await bench.RunAsync("/usr/bin/systemd-analyze", "security", "--offline=true", "--threshold=20", Repository.FilePath(Unit));

        Assert.True(analysed.ExitCode == 0, analysed.Error + analysed.Text);
        var exposure = double.Parse(Exposure().Match(analysed.Text).Groups[1].Value, CultureInfo.InvariantCulture);
        Assert.InRange(exposure, 0.1, 2.0);
        Assert.Contains($"gives {exposure.ToString("0.0", CultureInfo.InvariantCulture)}, of 10", Repository.Read("docs/systemd/README.md"), StringComparison.Ordinal);
    }

    [GeneratedRegex(@"exposure level for coffer-server\.service: ([0-9.]+)")]
    private static partial Regex Exposure();

    /// <summary>systemd's end of NOTIFY_SOCKET; a name that begins with @ is in the kernel's own space of names.</summary>
    private sealed class NotifySocket : IDisposable
    {
        private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);

        internal NotifySocket(string name)
        {
            Name = name;
            _socket.Bind(new UnixDomainSocketEndPoint(name.StartsWith('@') ? '\0' + name[1..] : name));
        }

        internal string Name { get; }

        /// <summary>Reads what is told until <paramref name="isIt"/>; returns that.</summary>
        internal async Task<string> UntilAsync(Func<string, bool> isIt)
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
            patience.CancelAfter(RunningServer.Patience);
            var buffer = new byte[4096];
            while (true)
            {
                var told = Encoding.UTF8.GetString(buffer, 0, await _socket.ReceiveAsync(buffer, SocketFlags.None, patience.Token));
                if (isIt(told)) return told;
            }
        }

        public void Dispose() => _socket.Dispose();
    }
}
