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

    [Theory]
    [InlineData("coffer.limits.helo = 5s", "coffer.limits.helo is no setting of coffer", "did you mean coffer.limits.hello? ")]
    [InlineData("coffer { limit { hello = 5s } }", "coffer.limit is no setting of coffer", "did you mean coffer.limits? ")]
    [InlineData("coffer.lease = 5s", "coffer.lease is no setting of coffer", "")]
    [InlineData("coffer { \"limits.hello\" = 5s }", "coffer.limits.hello is no setting of coffer", "")]
    [InlineData("coffer.limits = 5s", "coffer.limits is no setting but a section, expected { … }", "")]
    [InlineData("coffer.limits.hello.world = 5s", "coffer.limits.hello is a setting, expected a value", "")]
    public void Refuses_what_is_no_setting(string hocon, string what, string hint)
    {
        File.WriteAllText(_file, hocon + "\n");

        var refused = Assert.Throws<StartupException>(() => ServerConfig.Read(_file, cluster: null));

        Assert.Equal((ExitCode.Usage, $"{_file}: {what}", $"{hint}docs/operations.md lists what the file may set"), (refused.ExitCode, Assert.Single(refused.Messages), refused.Hint));
    }

    [Theory]
    [InlineData("coffer {", "no HOCON: line 1: { is not closed")]
    [InlineData("coffer {\n  limits { hello = 3s\n}", "no HOCON: line 1: { is not closed")]
    [InlineData("# {\ncoffer.limits.hello = 3s }\nakka { }", "no HOCON: line 2: } closes nothing")]
    [InlineData("akka.list = [ 1, 2 }", "no HOCON: line 1: } where [ of line 1 is open")]
    [InlineData("akka.text = \"3s", "no HOCON: line 1: a quoted text is not closed")]
    [InlineData("akka.text = \"\"\"3s\n\"", "no HOCON: line 1: a quoted text is not closed")]
    [InlineData("coffer.limits.get = ${coffer.limits.get}", "no HOCON: line 1: ${ } takes a value from elsewhere, expected the value itself")]
    [InlineData("coffer.limits.hello = 3s\nakka.a = ${?UNSET}", "no HOCON: line 2: ${ } takes a value from elsewhere, expected the value itself")]
    [InlineData("limits { hello = 3s }", "limits is read by nobody, expected coffer or akka")]
    [InlineData("coffer = 5", "no HOCON: coffer is no section, expected coffer { … }")]
    [InlineData("akka = 5", "no HOCON: akka is no section, expected akka { … }")]
    [InlineData("akka.cluster = 5", "no HOCON: akka.cluster is no section, expected akka.cluster { … }")]
    [InlineData("akka { cluster.sharding = off }", "no HOCON: akka.cluster.sharding is no section, expected akka.cluster.sharding { … }")]
    [InlineData("akka = [ 5 ]", "no HOCON: akka is no section, expected akka { … }")]
    public void Refuses_what_is_cut_off_or_read_by_nobody(string hocon, string what)
    {
        File.WriteAllText(_file, hocon + "\n");

        var refused = Assert.Throws<StartupException>(() => ServerConfig.Read(_file, cluster: null));

        Assert.Equal((ExitCode.Usage, $"{_file}: {what}"), (refused.ExitCode, Assert.Single(refused.Messages)));
    }

    [Theory]
    [InlineData("coffer.coffers.shards", 3000)]
    [InlineData("coffer.audit.keep", 10_000)]
    [InlineData("coffer.limits.connections", 1_000_000)]
    public void Refuses_a_number_that_can_only_be_a_mistake(string setting, int most)
    {
        File.WriteAllText(_file, $"{setting} = {most}\n");
        ServerConfig.Read(_file, cluster: null);
        File.WriteAllText(_file, $"{setting} = {most + 1}\n");

        var refused = Assert.Throws<StartupException>(() => ServerConfig.Read(_file, cluster: null));

        Assert.Equal((ExitCode.Usage, $"configuration: {setting} is {most + 1}, expected a whole number from 1 to {most}"), (refused.ExitCode, Assert.Single(refused.Messages)));
    }

    [Fact]
    public async Task Refuses_a_pipe_and_a_device_without_waiting_for_their_end()
    {
        File.Delete(_file);
        SpecialFiles.Pipe(_file);

        foreach (var file in new[] { _file, "/dev/zero" })
        {
            var refused = await Assert.ThrowsAsync<StartupException>(() => Task.Run(() => ServerConfig.Read(file, cluster: null)).WaitAsync(SpecialFiles.Patience));
            Assert.Equal((ExitCode.Usage, $"{file}: the configuration file cannot be read (no regular file)"), (refused.ExitCode, Assert.Single(refused.Messages)));
        }
    }

    [Fact]
    public void Takes_brackets_and_dollars_in_quotes_and_comments_as_text()
    {
        File.WriteAllText(_file, "akka.a = \"}${a}\\\"{\" # ] ${b}\nakka.b = \"\"\"}\n{\"\"\" // [\nakka.c = [ { d = 1 } ]\ncoffer.limits.get = 3s\n");

        Assert.Equal(TimeSpan.FromSeconds(3), ServerConfig.Read(_file, cluster: null).Sessions.Get);
    }

    [Fact]
    public void Says_of_each_that_is_no_setting()
    {
        File.WriteAllText(_file, "coffer {\n  limits { helo = 5s, get = 3s }\n  audits.keep = 3\n}\n");

        var refused = Assert.Throws<StartupException>(() => ServerConfig.Read(_file, cluster: null));

        Assert.Equal([$"{_file}: coffer.limits.helo is no setting of coffer", $"{_file}: coffer.audits is no setting of coffer"], refused.Messages);
    }

    [Fact]
    public void Takes_every_setting_that_there_is()
    {
        File.Copy(Path.Combine(SettingsPageSpecs.Root, "cluster-config", "coffer.conf"), _file, overwrite: true);

        Assert.Equal(TimeSpan.FromSeconds(5), ServerConfig.Read(_file, cluster: null).Drain);
    }

    [Fact]
    public void Gives_the_stop_as_long_as_the_drain_and_some_more()
    {
        File.WriteAllText(_file, "coffer.limits.drain = 2m\n");

        var config = ServerConfig.Read(_file, cluster: null);

        Assert.Equal(TimeSpan.FromSeconds(125), config.Hocon.GetTimeSpan("akka.coordinated-shutdown.phases.service-unbind.timeout"));
    }
}
