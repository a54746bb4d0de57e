using System.Net.Sockets;
using Coffer.Crypto.Keys;
using Coffer.Protocol.Messages;
using Coffer.Protocol.Secrets;
using Xunit;

namespace Coffer.Client.Tests;

public sealed class FailoverSpecs : IDisposable
{
    private readonly KeyPair _serverKey = KeyPair.Generate();
    private readonly KeyPair _key = KeyPair.Generate();

    public void Dispose()
    {
        _serverKey.Dispose();
        _key.Dispose();
    }

    [Fact]
    public async Task Goes_to_the_next_server_when_one_refuses_the_connection()
    {
        await using var second = Serving();

        var fetched = Assert.IsType<FetchOutcome.Fetched>(await Fetch(FetchSpecs.Deaf(), second.Address));

        Assert.Equal(FetchSpecs.Read(second.Address), fetched.Server);
    }

    [Fact]
    public async Task Goes_to_the_next_server_when_a_name_stands_for_nothing()
    {
        await using var second = Serving();

        Assert.IsType<FetchOutcome.Fetched>(await Fetch("nowhere.invalid", second.Address));
    }

    [Fact]
    public async Task Tries_every_address_of_a_name()
    {
        // localhost stands for ::1 and 127.0.0.1 wherever both exist, and the server listens on the second alone.
        await using var server = Serving();

        Assert.IsType<FetchOutcome.Fetched>(await Fetch($"localhost:{server.Port}"));
    }

    [Theory]
    [InlineData(ErrorWord.Busy)]
    [InlineData(ErrorWord.Unavailable)]
    public async Task Comes_back_to_a_server_that_was_busy_or_unavailable(ErrorWord word)
    {
        await using var server = new ScriptedServer(_serverKey, side => side.Refuse(word, "later"), side => side.Refuse(word, "later"), side => side.Serve(OpenCoffer.Empty));

        Assert.IsType<FetchOutcome.Fetched>(await Fetch(server.Address));
        Assert.Equal(3, server.Accepted);
    }

    [Fact]
    public async Task Asks_the_others_before_it_comes_back_to_one_that_was_unavailable()
    {
        await using var first = new ScriptedServer(_serverKey, side =>
        {
            using var transport = side.Link();
            side.ReadGet(transport);
            side.Send(ErrorMessage.Write(transport, ErrorWord.Unavailable, "no lease"));
            side.AwaitClose();
        });
        await using var second = Serving();

        Assert.IsType<FetchOutcome.Fetched>(await Fetch(first.Address, second.Address));
        Assert.Equal(1, first.Accepted);
    }

    [Fact]
    public async Task Leaves_a_server_that_says_nothing_in_time_for_the_others()
    {
        await using var first = new ScriptedServer(_serverKey, side => side.AwaitClose());
        await using var second = Serving();

        var outcome = await CofferClient.FetchAsync(Options(first.Address, second.Address) with { Timeout = TimeSpan.FromSeconds(2) }, TestContext.Current.CancellationToken);

        Assert.IsType<FetchOutcome.Fetched>(outcome);
    }

    [Fact]
    public async Task Asks_again_when_a_server_breaks_off_after_link()
    {
        await using var server = new ScriptedServer(
            _serverKey,
            side =>
            {
                using var transport = side.Link();
                side.ReadGet(transport);
                side.Reset();
            },
            side => side.Serve(OpenCoffer.Empty));

        Assert.IsType<FetchOutcome.Fetched>(await Fetch(server.Address));
    }

    [Fact]
    public async Task Stops_at_a_wrong_server_key_though_another_server_would_answer()
    {
        using var other = KeyPair.Generate();
        await using var first = ScriptedServer.Serving(other, OpenCoffer.Empty);
        await using var second = Serving();

        var failed = Assert.IsType<FetchOutcome.Failed>(await Fetch(first.Address, second.Address));

        Assert.IsType<FetchFailure.WrongServerKey>(failed.Cause);
        Assert.Equal(0, second.Accepted);
    }

    [Fact]
    public async Task Stops_where_the_key_is_unknown()
    {
        await using var first = new ScriptedServer(_serverKey, side => side.KeyNotFound());
        await using var second = Serving();

        var failed = Assert.IsType<FetchOutcome.Failed>(await Fetch(first.Address, second.Address));

        Assert.IsType<FetchFailure.KeyUnknown>(failed.Cause);
        Assert.Equal(0, second.Accepted);
    }

    [Fact]
    public async Task Gives_up_after_one_round_in_which_nobody_asked_for_patience()
    {
        await using var second = new ScriptedServer(_serverKey, side => side.Refuse(ErrorWord.Internal, "own fault"));

        var failed = Assert.IsType<FetchOutcome.Failed>(await Fetch(FetchSpecs.Deaf(), second.Address, FetchSpecs.Deaf()));

        Assert.Equal(new FetchFailure.Refused(FetchSpecs.Read(second.Address), ErrorWord.Internal, "own fault", Authenticated: false), failed.Cause);
        Assert.Collection(
            failed.Attempts,
            first => Assert.Equal(SocketError.ConnectionRefused, Assert.IsType<FetchFailure.CannotConnect>(first).Error),
            second => Assert.IsType<FetchFailure.Refused>(second),
            third => Assert.IsType<FetchFailure.CannotConnect>(third));
        Assert.Equal(1, second.Accepted);
    }

    [Fact]
    public async Task Reports_the_servers_reason_when_its_patience_is_over()
    {
        await using var server = new ScriptedServer(_serverKey, side => side.Refuse(ErrorWord.Unavailable, "no store"));

        var outcome = await CofferClient.FetchAsync(Options(server.Address) with { Timeout = TimeSpan.FromSeconds(1) }, TestContext.Current.CancellationToken);

        var failed = Assert.IsType<FetchOutcome.Failed>(outcome);
        Assert.Equal(new FetchFailure.Refused(FetchSpecs.Read(server.Address), ErrorWord.Unavailable, "no store", Authenticated: false), failed.Cause);
        Assert.True(failed.Attempts.Count > 1, "it asked once only");
    }

    private ScriptedServer Serving() => ScriptedServer.Serving(_serverKey, OpenCoffer.Empty);

    private CofferClientOptions Options(params string[] servers) =>
        new() { Servers = [.. servers.Select(FetchSpecs.Read)], ServerKey = _serverKey.PublicKey, Key = _key };

    private Task<FetchOutcome> Fetch(params string[] servers) => CofferClient.FetchAsync(Options(servers));
}
