using Coffer.Server.Hosting;

namespace Coffer.Server.Tests.Hosting;

/// <summary>What a node reads of its HOCON. What is refused is in ServerRefusalSpecs of the end-to-end tests.</summary>
public sealed class ServerConfigSpecs : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void Has_the_documented_limits_without_a_file()
    {
        var config = ServerConfig.Read(operatorsFile: null, cluster: null);

        Assert.Equal(new(), config.Edge);
        Assert.Equal(new(), config.Sessions);
        Assert.Equal((10_000, TimeSpan.FromSeconds(5)), (config.Edge.Connections, config.Drain));
    }

    [Fact]
    public void Takes_the_operators_file_key_by_key()
    {
        File.WriteAllText(_file, "coffer.limits { get = 3s, connections = 7 }\nakka.loglevel = ERROR\n");

        var config = ServerConfig.Read(_file, cluster: null);

        Assert.Equal((TimeSpan.FromSeconds(3), 7, TimeSpan.FromSeconds(5)), (config.Sessions.Get, config.Edge.Connections, config.Sessions.Hello));
        Assert.Equal("ERROR", config.Hocon.GetString("akka.loglevel"));
    }

    [Fact]
    public void Gives_the_stop_as_long_as_the_drain_and_some_more()
    {
        File.WriteAllText(_file, "coffer.limits.drain = 2m\n");

        var config = ServerConfig.Read(_file, cluster: null);

        Assert.Equal(TimeSpan.FromSeconds(125), config.Hocon.GetTimeSpan("akka.coordinated-shutdown.phases.service-unbind.timeout"));
    }
}
