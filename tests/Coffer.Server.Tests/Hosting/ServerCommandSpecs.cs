using System.Net;
using Coffer.Crypto.Keys;
using Coffer.Server.Hosting;

namespace Coffer.Server.Tests.Hosting;

public sealed class ServerCommandSpecs
{
    [Fact]
    public async Task Clients_and_monitoring_come_to_ports_of_loopback_unless_told_otherwise()
    {
        using var companion = KeyPair.Generate();
        ServerOptions? asked = null;

        await ServerCommand.InvokeAsync(["--key", "server.pem", "--companion", companion.PublicKey.ToString(), "--data", "data"], options =>
        {
            asked = options;
            return Task.FromResult(ExitCode.Stopped);
        });

        Assert.Equal(IPEndPoint.Parse("127.0.0.1:9187"), asked!.Listen);
        Assert.Equal(IPEndPoint.Parse("127.0.0.1:9188"), asked.Metrics);
    }
}
