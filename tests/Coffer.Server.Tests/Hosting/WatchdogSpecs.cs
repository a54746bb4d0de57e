using System.Net;
using Akka.Actor;
using Akka.Hosting;
using Coffer.Server.Edge;
using Coffer.Server.Hosting;
using Coffer.Server.Metrics;
using Coffer.Server.Sessions;
using Coffer.Server.Tests.Audit;
using Coffer.Server.Tests.Conversations;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Hosting.Systemd;
using Microsoft.Extensions.Logging.Abstractions;

namespace Coffer.Server.Tests.Hosting;

/// <summary>What systemd's watchdog is told while what accepts connections works, and while that hangs.</summary>
public sealed class WatchdogSpecs : ActorSpecs
{
    private const string Microseconds = "WATCHDOG_USEC";
    private const string Hangs = "hangs";

    private readonly Notified _notified = new();

    [Fact]
    public async Task Is_fed_while_the_listener_answers_and_not_while_it_hangs()
    {
        using var goOn = new ManualResetEventSlim();
        // A listener makes the session of who connects itself, and does nothing else meanwhile.
        var listener = Sys.ActorOf(EdgeListener.Props(new EdgeLimits(), _ => HangUntil(goOn), new CofferMetrics(), new SessionLog(NullLogger.Instance, TimeProvider.System)));
        listener.Tell(new EdgeListener.Bind(new IPEndPoint(IPAddress.Loopback, 0)), TestActor);
        var address = (IPEndPoint)ExpectMsg<EdgeListener.Listening>().Address;
        var questions = new Questions(listener);
        var actors = new ActorRegistry();
        actors.Register<EdgeListener>(questions);
        var lifetime = new ApplicationLifetime(NullLogger<ApplicationLifetime>.Instance);
        using var systemd = new Systemd(_notified, actors, lifetime, NullLogger<Systemd>.Instance);
        var before = Environment.GetEnvironmentVariable(Microseconds);
        try
        {
            Environment.SetEnvironmentVariable(Microseconds, "200000");
            await systemd.StartAsync(CancellationToken.None);
            await Trail.UntilAsync(() => _notified.Feeds >= 2);

            using var peer = await RawPeer.ConnectAsync(address);
            ExpectMsg(Hangs);
            // The last question before that may have been answered, and what follows from it is told before the next is asked.
            await AskedAgainAsync(questions, times: 1);
            var fed = _notified.Feeds;
            await AskedAgainAsync(questions, times: 2);
            Assert.Equal(fed, _notified.Feeds);

            goOn.Set();
            await Trail.UntilAsync(() => _notified.Feeds > fed);
        }
        finally
        {
            goOn.Set();
            lifetime.StopApplication();
            await systemd.StopAsync(CancellationToken.None);
            Environment.SetEnvironmentVariable(Microseconds, before);
        }
    }

    private Props HangUntil(ManualResetEventSlim goOn)
    {
        TestActor.Tell(Hangs);
        goOn.Wait();
        return Props.Empty;
    }

    private static Task AskedAgainAsync(Questions questions, int times)
    {
        var until = questions.Count + times;
        return Trail.UntilAsync(() => questions.Count >= until);
    }

    /// <summary>systemd, which counts how often its watchdog is fed.</summary>
    private sealed class Notified : ISystemdNotifier
    {
        private int _feeds;

        internal int Feeds => Volatile.Read(ref _feeds);

        public bool IsEnabled => true;

        public void Notify(ServiceState state)
        {
            if (state.ToString() == "WATCHDOG=1") Interlocked.Increment(ref _feeds);
        }
    }

    /// <summary>Hands on what <paramref name="listener"/> is asked, and counts it.</summary>
    private sealed class Questions(IActorRef listener) : MinimalActorRef
    {
        private int _count;

        internal int Count => Volatile.Read(ref _count);

        public override ActorPath Path => listener.Path;

        public override IActorRefProvider Provider => ((IInternalActorRef)listener).Provider;

        protected override void TellInternal(object message, IActorRef sender)
        {
            Interlocked.Increment(ref _count);
            listener.Tell(message, sender);
        }
    }
}
