using Coffer.Crypto.Keys;
using Coffer.Load;
using Coffer.Protocol.Cbor;
using Coffer.Protocol.Messages;
using Coffer.Protocol.Secrets;
using Xunit;

namespace Coffer.Client.Tests;

/// <summary>The load that the fault tests rest on: it must see what it is to see.</summary>
public sealed class FailoverLoadSpecs : IDisposable
{
    private readonly KeyPair _serverKey = KeyPair.Generate();
    private readonly LoadClients _clients = new("failover", count: 1, secrets: 2, size: 10);

    public void Dispose()
    {
        _serverKey.Dispose();
        _clients.Dispose();
    }

    [Fact]
    public async Task Reads_the_revision_of_each_coffer_and_goes_on_with_the_server_that_answered()
    {
        await using var deaf = new ScriptedServer(_serverKey, side => side.Refuse(ErrorWord.Unavailable, "no lease"));
        await using var serving = new ScriptedServer(_serverKey, side => side.Serve(CofferOf(7)));

        var (fetches, figures) = await Run(3, deaf.Address, serving.Address);

        Assert.All(fetches, fetch => Assert.Equal((7, null, FetchSpecs.Read(serving.Address)), (fetch.Revision, fetch.Failure, fetch.Server)));
        Assert.True(figures.IsGood);
        Assert.True(deaf.Accepted <= 1, "it came back to a server that had not answered");
    }

    [Fact]
    public async Task Counts_another_clients_coffer_and_one_without_a_revision_as_wrong()
    {
        await using var server = new ScriptedServer(_serverKey, side => side.Serve(OpenCoffer.Of([new(LoadDefinition.RevisionKey, SecretValue.OfInteger(7))])), side => side.Serve(CofferOf(null)));

        var (fetches, figures) = await Run(2, server.Address);

        Assert.All(fetches, fetch => Assert.Equal((null, "WrongCoffer"), (fetch.Revision, fetch.Failure)));
        Assert.Equal(fetches.Count, figures.Failures["WrongCoffer"]);
        Assert.Equal(figures.Seconds, figures.LongestWithoutSuccess.TotalSeconds, tolerance: 0.001);
    }

    [Fact]
    public async Task Names_why_a_fetch_failed()
    {
        await using var server = new ScriptedServer(_serverKey, side => side.KeyNotFound());

        var (fetches, figures) = await Run(1, server.Address);

        Assert.Equal(nameof(FetchFailure.KeyUnknown), fetches[0].Failure);
        Assert.False(figures.IsGood);
        Assert.Matches("^[0-9]+\t[0-9]+\tclient-0\t-\tKeyUnknown\t-$", fetches[0].ToString());
    }

    [Fact]
    public async Task Names_what_was_wrong_with_an_answer()
    {
        await using var server = new ScriptedServer(_serverKey, side =>
        {
            using var transport = side.Link();
            side.ReadGet(transport);
            side.Send(ServerSide.CofferFrames(transport, [0xa0]));
            side.AwaitClose();
        });

        var (fetches, _) = await Run(1, server.Address);

        Assert.Equal(nameof(ConversationFault.NotACoffer), fetches[0].Failure);
    }

    /// <summary>Stops once so many fetches are through; those that were under way then are among them.</summary>
    private async Task<(List<FailoverFetch> Fetches, FailoverFigures Figures)> Run(int count, params string[] servers)
    {
        var fetches = new List<FailoverFetch>();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var plan = new FailoverPlan([.. servers.Select(FetchSpecs.Read)], _serverKey.PublicKey, Workers: 1, Rate: 1000, TimeSpan.FromSeconds(10));
        var figures = await new FailoverRun(plan, _clients).RunAsync(
            fetch =>
            {
                fetches.Add(fetch);
                if (fetches.Count == count) stop.Cancel();
            },
            stop.Token);
        return (fetches, figures);
    }

    private OpenCoffer CofferOf(long? revision)
    {
        Assert.True(CofferCbor.TryDecode(_clients.Expected(0).ToArray(), out var expected));
        return revision is { } number ? OpenCoffer.Of(expected.Secrets.Append(new(LoadDefinition.RevisionKey, SecretValue.OfInteger(number)))) : expected;
    }
}
