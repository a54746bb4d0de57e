using System.Net;
using System.Net.Sockets;
using System.Text;
using Coffer.Crypto.Keys;
using Coffer.Protocol.Messages;
using Coffer.Protocol.Secrets;
using Xunit;

namespace Coffer.Client.Tests;

public sealed class AwaitedFetchSpecs() : FetchSpecs(WaysToFetch.Awaited)
{
    [Fact]
    public async Task Throws_when_the_caller_cancels()
    {
        using var cancellation = new CancellationTokenSource();
        await using var server = new ScriptedServer(ServerKey, side =>
        {
            side.ReadFrame();
            cancellation.Cancel();
            side.AwaitClose();
        });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => CofferClient.FetchAsync(Options([server.Address]), cancellation.Token));
    }
}

public sealed class BlockingFetchSpecs() : FetchSpecs(WaysToFetch.Blocking);

public abstract class FetchSpecs(Fetching fetching) : IDisposable
{
    private static readonly OpenCoffer Sample = OpenCoffer.Of([new("port", SecretValue.OfInteger(5432)), new("password", SecretValue.OfText("hunter2"))]);
    private readonly KeyPair _serverKey = KeyPair.Generate();
    private readonly KeyPair _key = KeyPair.Generate();

    protected KeyPair ServerKey => _serverKey;

    public void Dispose()
    {
        _serverKey.Dispose();
        _key.Dispose();
    }

    [Fact]
    public async Task Fetches_a_coffer_and_says_goodbye()
    {
        await using var server = ScriptedServer.Serving(_serverKey, Sample);

        var outcome = await Fetch(server.Address);

        Assert.Equal(Sample.Secrets, Assert.IsType<FetchOutcome.Fetched>(outcome).Coffer.Secrets);
        await server.Finished();
    }

    [Fact]
    public async Task Fetches_an_empty_coffer()
    {
        await using var server = ScriptedServer.Serving(_serverKey, OpenCoffer.Empty);

        var outcome = await Fetch(server.Address);

        Assert.Empty(Assert.IsType<FetchOutcome.Fetched>(outcome).Coffer.Secrets);
    }

    [Theory]
    [InlineData(65_518)]
    [InlineData(65_519)]
    [InlineData(1 << 20)]
    public async Task Joins_the_slices_of_a_coffer_of_any_size(int size)
    {
        var coffer = CofferOfSize(size);
        await using var server = ScriptedServer.Serving(_serverKey, coffer);

        var outcome = await Fetch(server.Address);

        Assert.Equal(coffer.Secrets, Assert.IsType<FetchOutcome.Fetched>(outcome).Coffer.Secrets);
    }

    [Fact]
    public async Task Reads_frames_that_arrive_byte_by_byte()
    {
        await using var server = new ScriptedServer(_serverKey, side =>
        {
            using var transport = side.Link();
            side.ReadGet(transport);
            foreach (var b in ServerSide.CofferFrames(transport, Protocol.Cbor.CofferCbor.Encode(Sample))) side.Send([b]);
            side.ReadBye(transport);
        });

        var outcome = await Fetch(server.Address);

        Assert.IsType<FetchOutcome.Fetched>(outcome);
    }

    [Fact]
    public async Task Refuses_a_coffer_of_more_than_1_MiB()
    {
        await using var server = new ScriptedServer(_serverKey, side =>
        {
            using var transport = side.Link();
            side.ReadGet(transport);
            side.Send(ServerSide.CofferFrames(transport, new byte[(1 << 20) + 1]));
            side.AwaitClose();
        });

        Assert.Equal(new FetchFailure.Broken(Read(server.Address), ConversationFault.TooLarge), await Failure(server.Address));
    }

    [Fact]
    public async Task Refuses_a_coffer_that_is_none()
    {
        await using var server = new ScriptedServer(_serverKey, side =>
        {
            using var transport = side.Link();
            side.ReadGet(transport);
            side.Send(ServerSide.CofferFrames(transport, [0xa0]));
            side.AwaitClose();
        });

        Assert.Equal(new FetchFailure.Broken(Read(server.Address), ConversationFault.NotACoffer), await Failure(server.Address));
    }

    [Fact]
    public async Task Refuses_an_answer_that_was_changed_on_the_way()
    {
        await using var server = new ScriptedServer(_serverKey, side =>
        {
            using var transport = side.Link();
            side.ReadGet(transport);
            var frames = ServerSide.CofferFrames(transport, Protocol.Cbor.CofferCbor.Encode(Sample));
            frames[^1] ^= 1;
            side.Send(frames);
            side.AwaitClose();
        });

        Assert.Equal(new FetchFailure.Broken(Read(server.Address), ConversationFault.DoesNotOpen), await Failure(server.Address));
    }

    [Fact]
    public async Task Refuses_a_second_link_in_place_of_the_coffer()
    {
        await using var server = new ScriptedServer(_serverKey, side =>
        {
            using var transport = side.Link();
            side.ReadGet(transport);
            side.Send([0, 49, 1, .. new byte[49]]);
            side.AwaitClose();
        });

        Assert.Equal(new FetchFailure.Broken(Read(server.Address), ConversationFault.OutOfTurn), await Failure(server.Address));
    }

    [Fact]
    public async Task Reports_a_key_that_the_server_does_not_know_and_shows_it()
    {
        await using var server = new ScriptedServer(_serverKey, side => side.KeyNotFound());

        Assert.Equal(new FetchFailure.KeyUnknown(Read(server.Address), _key.PublicKey), await Failure(server.Address));
    }

    [Fact]
    public async Task Reports_a_violation_before_link_as_a_wrong_server_key_that_is_not_proven()
    {
        using var other = KeyPair.Generate();
        await using var server = ScriptedServer.Serving(other, Sample);

        Assert.Equal(new FetchFailure.WrongServerKey(Read(server.Address), Proven: false), await Failure(server.Address));
    }

    [Theory]
    [InlineData(1, 49)]
    [InlineData(0xaa, 81)]
    public async Task Reports_an_answer_that_does_not_open_as_a_wrong_server_key(byte type, byte length)
    {
        await using var server = new ScriptedServer(_serverKey, side =>
        {
            side.ReadFrame();
            side.Send([0, length, type, .. new byte[length]]);
            side.AwaitClose();
        });

        Assert.Equal(new FetchFailure.WrongServerKey(Read(server.Address), Proven: true), await Failure(server.Address));
    }

    [Fact]
    public async Task Reports_an_unsealed_error_as_a_hint()
    {
        await using var server = new ScriptedServer(_serverKey, side => side.Refuse(ErrorWord.Internal, "the cellar is\u001b[2J flooded"));

        Assert.Equal(new FetchFailure.Refused(Read(server.Address), ErrorWord.Internal, "the cellar is\\u001b[2J flooded", Authenticated: false), await Failure(server.Address));
    }

    [Fact]
    public async Task Reports_a_sealed_error_as_the_servers_own()
    {
        await using var server = new ScriptedServer(_serverKey, side =>
        {
            using var transport = side.Link();
            side.ReadGet(transport);
            side.Send(ErrorMessage.Write(transport, ErrorWord.Revoked, "removed by an operator"));
            side.AwaitClose();
        });

        Assert.Equal(new FetchFailure.Refused(Read(server.Address), ErrorWord.Revoked, "removed by an operator", Authenticated: true), await Failure(server.Address));
    }

    [Theory]
    [InlineData("HTTP/1.1 400 Bad Request\r\n\r\n", ForeignAnswer.Http)]
    [InlineData("SSH-2.0-OpenSSH_10.0\r\n", ForeignAnswer.Ssh)]
    [InlineData("\u0015\u0003\u0001\u0000\u0002\u0002\u0046", ForeignAnswer.Tls)]
    [InlineData("220 mail.example ESMTP\r\n", ForeignAnswer.NoFrame)]
    [InlineData("\u0000\u0031", ForeignAnswer.ClosedInFrame)]
    [InlineData("", ForeignAnswer.ClosedAtOnce)]
    public async Task Recognizes_what_is_no_coffer_server(string answer, ForeignAnswer expected)
    {
        await using var server = new ScriptedServer(_serverKey, side =>
        {
            side.ReadFrame();
            side.Send(Encoding.Latin1.GetBytes(answer));
        });

        Assert.Equal(new FetchFailure.NotACofferServer(Read(server.Address), expected), await Failure(server.Address));
    }

    [Fact]
    public async Task Takes_a_reset_before_any_answer_for_no_coffer_server()
    {
        await using var server = new ScriptedServer(_serverKey, side => side.Reset());

        Assert.Equal(new FetchFailure.NotACofferServer(Read(server.Address), ForeignAnswer.ClosedAtOnce), await Failure(server.Address));
    }

    [Fact]
    public async Task Takes_a_coffer_before_link_for_no_coffer_server()
    {
        await using var server = new ScriptedServer(_serverKey, side =>
        {
            side.ReadFrame();
            side.Send([0, 17, 3, .. new byte[17]]);
            side.AwaitClose();
        });

        Assert.Equal(new FetchFailure.NotACofferServer(Read(server.Address), ForeignAnswer.NoFrame), await Failure(server.Address));
    }

    [Fact]
    public async Task Reports_a_port_where_nobody_listens()
    {
        var failure = Assert.IsType<FetchFailure.CannotConnect>(await Failure(Deaf()));

        Assert.Equal(SocketError.ConnectionRefused, failure.Error);
    }

    [Fact]
    public async Task Reports_a_name_that_stands_for_nothing()
    {
        Assert.IsType<FetchFailure.NameNotResolved>(await Failure("nowhere.invalid:9187"));
    }

    [Fact]
    public async Task Reports_what_it_waited_for_when_the_time_is_over()
    {
        await using var server = new ScriptedServer(_serverKey, side => side.AwaitClose());

        Assert.Equal(new FetchFailure.TimedOut(Read(server.Address), FetchStage.Linking), await Failure(server.Address, TimeSpan.FromMilliseconds(200)));
    }

    [Fact]
    public async Task Says_that_it_waited_for_the_connection_when_nobody_takes_it()
    {
        // A queue of one, which the first connection fills: Linux drops whoever comes then.
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(0);
        using var first = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await first.ConnectAsync(listener.LocalEndPoint!, TestContext.Current.CancellationToken);
        var address = listener.LocalEndPoint!.ToString()!;

        Assert.Equal(new FetchFailure.TimedOut(Read(address), FetchStage.Connecting), await Failure(address, TimeSpan.FromMilliseconds(200)));
    }

    [Fact]
    public async Task Says_that_it_waited_for_the_coffer_when_the_link_stood()
    {
        await using var server = new ScriptedServer(_serverKey, side =>
        {
            using var transport = side.Link();
            side.AwaitClose();
        });

        Assert.Equal(new FetchFailure.TimedOut(Read(server.Address), FetchStage.Fetching), await Failure(server.Address, TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public async Task Refuses_options_that_can_never_work()
    {
        await Assert.ThrowsAsync<ArgumentException>(() => fetching(Options([])));
        await Assert.ThrowsAsync<ArgumentException>(() => fetching(Options(["127.0.0.1:1"]) with { Timeout = TimeSpan.Zero }));
        await Assert.ThrowsAsync<ArgumentException>(() => fetching(Options(["127.0.0.1:1"]) with { ServerKey = new PublicKey(new byte[32]) }));
    }

    [Fact]
    public async Task Prints_no_secret()
    {
        await using var server = ScriptedServer.Serving(_serverKey, Sample);

        var printed = (await Fetch(server.Address)).ToString();

        Assert.Contains("<coffer of 2>", printed, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", printed, StringComparison.Ordinal);
        Assert.DoesNotContain("5432", printed, StringComparison.Ordinal);
    }

    internal static ServerAddress Read(string text) => ServerAddress.TryRead(text, out var address) ? address : throw new FormatException(text);

    /// <summary>A port of this machine where nobody listens: one that was free a moment ago.</summary>
    internal static string Deaf()
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        return $"127.0.0.1:{port}";
    }

    private static OpenCoffer CofferOfSize(int size)
    {
        var overhead = Protocol.Cbor.CofferCbor.Encode(OpenCoffer.Of([new("k", SecretValue.OfText(new string('x', 1 << 16)))])).Length - (1 << 16);
        var coffer = OpenCoffer.Of([new("k", SecretValue.OfText(new string('x', size - overhead + (size < 1 << 16 ? 2 : 0))))]);
        Assert.Equal(size, Protocol.Cbor.CofferCbor.Encode(coffer).Length);
        return coffer;
    }

    protected CofferClientOptions Options(string[] servers) =>
        new() { Servers = [.. servers.Select(Read)], ServerKey = _serverKey.PublicKey, Key = _key };

    private Task<FetchOutcome> Fetch(params string[] servers) => fetching(Options(servers));

    private async Task<FetchFailure> Failure(string server, TimeSpan? timeout = null)
    {
        var outcome = await fetching(Options([server]) with { Timeout = timeout ?? CofferClientOptions.DefaultTimeout });
        return Assert.IsType<FetchOutcome.Failed>(outcome).Cause;
    }
}
