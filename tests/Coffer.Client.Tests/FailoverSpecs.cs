using System.Net;
using System.Net.Sockets;
using Coffer.Crypto.Keys;
using Coffer.Protocol.Messages;
using Coffer.Protocol.Secrets;
using Xunit;

namespace Coffer.Client.Tests;

public sealed class AwaitedFailoverSpecs() : FailoverSpecs(WaysToFetch.Awaited);

public sealed class BlockingFailoverSpecs() : FailoverSpecs(WaysToFetch.Blocking);

public abstract class FailoverSpecs(Fetching fetching) : IDisposable
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
    public async Task Goes_to_the_next_server_at_once_when_one_refuses_the_connection_or_is_busy()
    {
        await using var busy = new ScriptedServer(_serverKey, side => side.Refuse(ErrorWord.Busy, "full"));
        await using var last = Serving();
        var deaf = FetchSpecs.Deaf();

        // The shortest pause is half of 50 ms, and so many of those would be more than there is.
        var options = Options([.. Enumerable.Range(0, 800).Select(i => i % 2 == 0 ? deaf : busy.Address), last.Address]) with { Timeout = TimeSpan.FromSeconds(20) };

        Assert.IsType<FetchOutcome.Fetched>(await fetching(options));
        Assert.Equal((400, 1), (busy.Accepted, last.Accepted));
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

    [Fact]
    public async Task Says_which_of_a_names_addresses_answered()
    {
        await using var server = Serving();

        var fetched = Assert.IsType<FetchOutcome.Fetched>(await Fetch($"localhost:{server.Port}"));

        Assert.Equal(IPAddress.Loopback, fetched.Server.Address);
        Assert.Equal($"localhost:{server.Port} (127.0.0.1)", fetched.Server.ToString());
    }

    [Fact]
    public async Task Asks_the_server_that_answered_again_at_the_address_where_it_did()
    {
        await using var server = Serving();
        var answered = Assert.IsType<FetchOutcome.Fetched>(await Fetch($"localhost:{server.Port}")).Server;

        var again = Assert.IsType<FetchOutcome.Fetched>(await fetching(Options(server.Address) with { Servers = [answered] }));

        Assert.Equal(answered, again.Server);
    }

    [Fact]
    public async Task Goes_to_the_next_server_when_one_answers_garbage()
    {
        await using var first = new ScriptedServer(_serverKey, side =>
        {
            side.ReadFrame();
            side.Send("HTTP/1.1 400 Bad Request\r\n\r\n"u8);
        });
        await using var second = Serving();

        Assert.IsType<FetchOutcome.Fetched>(await Fetch(first.Address, second.Address));
    }

    [Fact]
    public async Task Keeps_to_the_order_given_when_told_to()
    {
        await using var first = Serving();
        await using var second = Serving();

        for (var i = 0; i < 20; i++) Assert.IsType<FetchOutcome.Fetched>(await Fetch(first.Address, second.Address));

        Assert.Equal((20, 0), (first.Accepted, second.Accepted));
    }

    [Fact]
    public async Task Draws_the_server_to_begin_with_unless_told_otherwise()
    {
        await using var first = Serving();
        await using var second = Serving();
        var options = Options(first.Address, second.Address) with { InOrder = false };

        // That one of them is never drawn in so many goes has a probability of 2 to the power of -63.
        for (var i = 0; i < 64; i++) Assert.IsType<FetchOutcome.Fetched>(await fetching(options));

        Assert.NotEqual(0, first.Accepted);
        Assert.NotEqual(0, second.Accepted);
    }

    [Theory]
    [InlineData(ErrorWord.Busy)]
    [InlineData(ErrorWord.Unavailable)]
    [InlineData(ErrorWord.Timeout)]
    [InlineData(ErrorWord.Internal)]
    public async Task Comes_back_to_a_server_whose_reason_may_pass(ErrorWord word)
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

        var outcome = await fetching(Options(first.Address, second.Address) with { Timeout = TimeSpan.FromSeconds(2), AttemptTimeout = TimeSpan.FromDays(1) });

        Assert.IsType<FetchOutcome.Fetched>(outcome);
    }

    [Fact]
    public async Task Leaves_a_server_that_says_nothing_however_much_time_there_is_in_all()
    {
        await using var first = new ScriptedServer(_serverKey, side => side.AwaitClose());
        await using var second = Serving();

        var outcome = await fetching(Options(first.Address, second.Address) with { Timeout = TimeSpan.FromDays(1), AttemptTimeout = TimeSpan.FromMilliseconds(200) })
            .WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);

        Assert.IsType<FetchOutcome.Fetched>(outcome);
    }

    [Fact]
    public async Task Comes_back_to_a_server_that_said_nothing()
    {
        await using var silentAtFirst = new ScriptedServer(_serverKey, side => side.AwaitClose(), side => side.Serve(OpenCoffer.Empty));

        var outcome = await fetching(Options(silentAtFirst.Address, FetchSpecs.Deaf()) with { AttemptTimeout = TimeSpan.FromMilliseconds(200) });

        Assert.IsType<FetchOutcome.Fetched>(outcome);
    }

    [Fact]
    public async Task Leaves_a_server_that_is_alone_all_the_time_there_is()
    {
        await using var slow = new ScriptedServer(_serverKey, side =>
        {
            Thread.Sleep(100);
            side.Serve(OpenCoffer.Empty);
        });

        var outcome = await fetching(Options(slow.Address) with { AttemptTimeout = TimeSpan.FromMilliseconds(1) });

        Assert.IsType<FetchOutcome.Fetched>(outcome);
        Assert.Equal(1, slow.Accepted);
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
    public async Task Stops_at_an_answer_under_a_wrong_key_though_another_server_would_answer()
    {
        await using var first = new ScriptedServer(_serverKey, side =>
        {
            side.ReadFrame();
            side.Send([0, 49, 1, .. new byte[49]]);
            side.AwaitClose();
        });
        await using var second = Serving();

        var failed = Assert.IsType<FetchOutcome.Failed>(await Fetch(FetchSpecs.Deaf(), first.Address, second.Address));

        Assert.Equal(new FetchFailure.WrongServerKey(FetchSpecs.Read(first.Address), Proven: true), failed.Cause);
        Assert.Equal(0, second.Accepted);
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
        await using var second = new ScriptedServer(_serverKey, side => side.Reset());

        var failed = Assert.IsType<FetchOutcome.Failed>(await Fetch(FetchSpecs.Deaf(), second.Address, FetchSpecs.Deaf()));

        Assert.Equal(new FetchFailure.NotACofferServer(FetchSpecs.Read(second.Address), ForeignAnswer.ClosedAtOnce), failed.Cause);
        Assert.Collection(
            failed.Attempts,
            first => Assert.Equal(SocketError.ConnectionRefused, Assert.IsType<FetchFailure.CannotConnect>(first).Error),
            second => Assert.IsType<FetchFailure.NotACofferServer>(second),
            third => Assert.IsType<FetchFailure.CannotConnect>(third));
        Assert.Equal(1, second.Accepted);
    }

    [Fact]
    public async Task Reports_the_servers_reason_when_its_patience_is_over()
    {
        await using var server = new ScriptedServer(_serverKey, side => side.Refuse(ErrorWord.Unavailable, "no store"));

        var outcome = await fetching(Options(server.Address) with { Timeout = TimeSpan.FromSeconds(1) });

        var failed = Assert.IsType<FetchOutcome.Failed>(outcome);
        Assert.Equal(new FetchFailure.Refused(FetchSpecs.Read(server.Address), ErrorWord.Unavailable, "no store", Authenticated: false), failed.Cause);
        // Pauses of at least 25, 50, 100, 200, 400 and 800 ms are more than there is.
        Assert.InRange(failed.Attempts.Count, 2, 6);
    }

    [Fact]
    public async Task Reports_for_each_server_what_says_most()
    {
        await using var second = new ScriptedServer(_serverKey, side => side.Refuse(ErrorWord.Busy, "full"), side => side.Refuse(ErrorWord.Busy, "full"), side => side.Reset());

        var failed = Assert.IsType<FetchOutcome.Failed>(await Fetch("nowhere.invalid", second.Address));

        Assert.Collection(
            failed.OfEachServer,
            first => Assert.IsType<FetchFailure.NameNotResolved>(first),
            second => Assert.IsType<FetchFailure.Refused>(second));
    }

    private ScriptedServer Serving() => ScriptedServer.Serving(_serverKey, OpenCoffer.Empty);

    private CofferClientOptions Options(params string[] servers) =>
        new() { Servers = [.. servers.Select(FetchSpecs.Read)], ServerKey = _serverKey.PublicKey, Key = _key, InOrder = true };

    private Task<FetchOutcome> Fetch(params string[] servers) => fetching(Options(servers));
}
