using Coffer.Server.Edge;
using Coffer.Server.Hosting;

namespace Coffer.Server.Tests.Hosting;

public sealed class DescriptorLimitSpecs
{
    private static readonly EdgeLimits Wanted = new() { Connections = 10_000, BusyConnections = 1_000 };

    [Fact]
    public void Knows_the_limit_of_this_process() => Assert.True(DescriptorLimit.Read() is null or > 0);

    [Theory]
    [InlineData(null)]
    [InlineData(11_512)]
    [InlineData(65_536)]
    public void Leaves_what_fits(int? descriptors) => Assert.Same(Wanted, DescriptorLimit.Fit(Wanted, descriptors));

    [Theory]
    [InlineData(11_511, 9_999, 1_000)]
    [InlineData(1_024, 461, 51)]
    [InlineData(514, 1, 1)]
    public void Takes_no_more_than_there_is_room_for(int descriptors, int connections, int busy)
    {
        var fitted = DescriptorLimit.Fit(Wanted, descriptors);

        Assert.Equal((connections, busy), (fitted.Connections, fitted.BusyConnections));
    }

    [Fact]
    public void Does_not_start_without_room_for_one() => Assert.Equal(ExitCode.Usage, Assert.Throws<StartupException>(() => DescriptorLimit.Fit(Wanted, 513)).ExitCode);
}
