using System.Collections.Immutable;
using System.Globalization;
using Akka.Actor;
using Coffer.Scale;
using Coffer.Server.Coffers;

namespace Coffer.Cluster.Tests.Scale;

/// <summary>The simulation of docs/scale.md: that its figures follow from its inputs.</summary>
public sealed class SimulationSpecs : IAsyncLifetime
{
    private static readonly ScaleInputs Small = new() { Nodes = 4, Clients = 8000, Rate = 400 };

    private readonly ProductSharding _rules = ProductSharding.Of(operatorsFile: null, shards: 64);

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _rules.DisposeAsync();

    [Theory]
    [InlineData("Join", 5)]
    [InlineData("Die", 3)]
    [InlineData("Restart", 4)]
    [InlineData("Cold", 4)]
    public void Every_shard_has_one_place_in_the_end_and_nodes_have_as_many(string what, int nodes)
    {
        var figures = Run(what, Small);

        Assert.Equal(nodes, figures.Shards.Count);
        Assert.Equal(Enumerable.Range(0, 64), figures.Shards.Values.SelectMany(held => held).Order());
        Assert.All(figures.Shards.Values, held => Assert.InRange(held.Count, 64 / nodes, (64 / nodes) + 1));
        Assert.NotNull(figures.Balanced);
        Assert.NotNull(figures.Live);
    }

    [Theory]
    [InlineData("Join")]
    [InlineData("Die")]
    [InlineData("Restart")]
    [InlineData("Cold")]
    public async Task The_same_seed_gives_the_same_figures(string what)
    {
        await using var others = ProductSharding.Of(operatorsFile: null, shards: 64);

        var again = Simulation.Run(Enum.Parse<ScaleEvent>(what), Small, others);

        Assert.Equal(Run(what, Small).ToString(), again.ToString());
    }

    [Fact]
    public void Another_seed_spreads_the_clients_otherwise() =>
        Assert.NotEqual(Run("Die", Small).Lost, Run("Die", Small with { Seed = 2 }).Lost);

    [Fact]
    public void Twice_the_nodes_halve_what_one_of_them_takes_along()
    {
        var few = Run("Die", Small);
        var many = Run("Die", Small with { Nodes = 8 });

        Assert.Equal(16, few.Moved);
        Assert.Equal(8, many.Moved);
        Assert.InRange(few.Lost, 1800, 2200);
        Assert.InRange(many.Lost, 850, 1150);
    }

    [Fact]
    public void What_meets_a_dead_node_waits_until_it_is_downed()
    {
        var soon = Run("Die", Small with { Downing = 3 });
        var late = Run("Die", Small with { Downing = 9 });

        Assert.InRange(soon.HeldMax, 2.5, 3.5);
        Assert.InRange(late.HeldMax, 8.5, 9.5);
        Assert.Equal(0, soon.Unavailable);
        Assert.True(late.Unavailable > 0);
    }

    [Fact]
    public void Only_what_was_asked_for_lately_is_lost()
    {
        // Each client once in 20 minutes, and an entity lives for two to three.
        var figures = Run("Die", Small with { Rate = 8000 / 1200.0 });

        Assert.InRange(figures.Lost, 210, 290);
    }

    [Fact]
    public void The_most_shards_fit_into_a_frame_however_long_the_names_of_hosts_are()
    {
        // As long as a name may be.
        var domain = new string('x', 244);
        var nodes = Enumerable.Range(100, 300).Select(number => new Region(number, domain)).ToArray();
        var regions = Enumerable.Range(0, CofferSettings.MaxShards).GroupBy(shard => nodes[shard % nodes.Length], shard => shard.ToString(CultureInfo.InvariantCulture))
            .ToImmutableSortedDictionary(held => (IActorRef)held.Key, held => (IImmutableList<string>)held.ToImmutableList(), Region.Order);

        Assert.Equal(253, nodes[0].Address.Host.Length);
        // What is around the state takes some addresses.
        Assert.InRange(_rules.StateSize(regions), 0, _rules.LargestFrame - 10_000);
    }

    [Fact]
    public void The_database_bounds_how_fast_a_cold_cluster_comes_to_life()
    {
        var figures = Run("Cold", Small with { Rate = 4000, DatabaseRate = 1000 });

        Assert.Equal(8000, figures.Lost);
        Assert.Equal(8000, figures.Reads);
        Assert.InRange(figures.MostReads, 990, 1001);
        Assert.InRange(figures.Live!.Value, 7.9, 8.5);
    }

    [Fact]
    public async Task The_operators_limit_of_shards_that_move_at_a_time_counts()
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, "akka.cluster.sharding.least-shard-allocation-strategy.rebalance-absolute-limit = 0");
            await using var oneByOne = ProductSharding.Of(file, shards: 64);

            var figures = Simulation.Run(ScaleEvent.Join, Small, oneByOne);

            Assert.InRange(Run("Join", Small).Balanced!.Value, _rules.RebalanceInterval, 2 * _rules.RebalanceInterval);
            Assert.InRange(figures.Balanced!.Value, figures.Moved * oneByOne.RebalanceInterval, (figures.Moved + 1) * oneByOne.RebalanceInterval);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private ScaleFigures Run(string what, ScaleInputs inputs) => Simulation.Run(Enum.Parse<ScaleEvent>(what), inputs, _rules);
}
