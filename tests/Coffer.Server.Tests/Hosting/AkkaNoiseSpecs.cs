using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Event;
using Akka.TestKit.Xunit;
using Coffer.Server.Edge;
using Coffer.Server.Hosting;
using Coffer.Server.Metrics;
using Coffer.Server.Sessions;
using Coffer.Server.Tests.Audit;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using LogLevel = Microsoft.Extensions.Logging.LogLevel;

namespace Coffer.Server.Tests.Hosting;

/// <summary>What of Akka's own lines comes into the log.</summary>
public sealed class AkkaNoiseSpecs() : TestKit("akka { loggers = [], loglevel = ERROR, stdout-loglevel = OFF, test.single-expect-default = 30s }")
{
    [Theory]
    [InlineData(LogLevel.Information, 0)]
    [InlineData(LogLevel.Debug, 1)]
    public void An_address_that_cannot_be_listened_on_is_not_said_twice(LogLevel least, int lines)
    {
        Sys.EventStream.Subscribe(TestActor, typeof(Error));
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        taken.Listen();

        var listener = Sys.ActorOf(EdgeListener.Props(new EdgeLimits(), _ => Props.Empty, new CofferMetrics(), new SessionLog(NullLogger.Instance, TimeProvider.System)));
        listener.Tell(new EdgeListener.Bind(taken.LocalEndPoint!), Sys.DeadLetters);

        var error = ExpectMsg<Error>();
        Assert.IsType<SocketException>(error.Cause);
        Assert.Equal(lines > 0 ? [$"Error: {error}"] : [], Written(least, error.ToString()));
    }

    [Fact]
    public void What_is_said_again_and_again_is_written_once() =>
        Assert.Single(Written(LogLevel.Information, Enumerable.Repeat("Retriable socket error in TcpListener: TooManyOpenSockets - retrying accept operation in 10ms", 400)));

    [Fact]
    public void Everything_else_is_written() => Assert.Equal(["Error: a", "Error: a"], Written(LogLevel.Information, "a", "a"));

    private static string[] Written(LogLevel least, params IEnumerable<string> lines)
    {
        var log = new KeptLog();
        using var kept = LoggerFactory.Create(logging => logging.SetMinimumLevel(least).AddProvider(new Provider(log)));
        using var noise = new AkkaNoise(kept);
        var logger = noise.CreateLogger("Akka.Actor.ActorSystem");
        foreach (var line in lines) logger.LogError("{Line}", line);
        return log.Lines;
    }

    private sealed class Provider(KeptLog log) : ILoggerProvider
    {
        public ILogger CreateLogger(string categoryName) => log;

        public void Dispose()
        {
            // Nothing is held.
        }
    }
}
