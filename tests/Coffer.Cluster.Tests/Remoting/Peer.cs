using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Remote.Transport;
using Coffer.Cluster.Tests.Processes;
using Coffer.Server.Hosting;
using Coffer.Server.Membership;
using Coffer.Server.Remoting;
using Microsoft.Extensions.Logging;

namespace Coffer.Cluster.Tests.Remoting;

/// <summary>An actor system on 127.0.0.1 with the remoting of a node, and an actor that sends back what it is told; or the transport of one alone.</summary>
internal sealed class Peer : IAsyncDisposable
{
    internal static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(1);

    private readonly KeptLines _lines = new();

    /// <param name="authority">By whose certificate it talks; null for remoting in the clear.</param>
    /// <param name="provider">Akka's <c>remote</c>, which starts the transport, or <c>local</c>, which does not.</param>
    /// <param name="patience">The time for a connection to be made.</param>
    internal Peer(Authority? authority, string provider = "remote", string patience = "5s")
    {
        Address = NodeAddress.Parse($"127.0.0.1:{FreePorts.Find(1)[0]}", null);
        var config = ServerConfig.Read(operatorsFile: null, new ClusterOptions(Address, [Address], authority is null ? null : "certificates")).Hocon;
        Uri = Akka.Actor.Address.Parse(Address.ToAkka(overTls: authority is not null));
        var tls = authority is null ? null : new NodeTls(authority.Certificate, new CertificateRefusals(authority.Certificate, TimeProvider.System, _lines));
        System = ActorSystem.Create(NodeHost.SystemName, ActorSystemSetup.Create(
            BootstrapSetup.Create().WithConfig(ConfigurationFactory.ParseString($$"""
                akka { loglevel = OFF, actor.provider = {{provider}}, remote.sockets.connection-timeout = {{patience}} }
                """).WithFallback(config)),
            new SocketTransportSetup(tls, TimeProvider.System, _lines)));
        System.ActorOf(Props.Create(() => new Echo()), "echo");
    }

    internal ActorSystem System { get; }

    internal NodeAddress Address { get; }

    /// <summary>As the other ones name it.</summary>
    internal Address Uri { get; }

    /// <summary>What it said in the log.</summary>
    internal IReadOnlyCollection<string> Lines => _lines.Said;

    /// <summary>A transport of its own, made as Akka makes it. For a system that has started none.</summary>
    internal SocketTransport Transport() => new(System, System.Settings.Config.GetConfig("akka.remote.sockets"));

    /// <summary>What <paramref name="other"/> has as <paramref name="name"/>.</summary>
    internal ActorSelection At(Address other, string name = "echo") => System.ActorSelection(new RootActorPath(other) / "user" / name);

    /// <summary>Whether <paramref name="other"/> answers; asks until it does, for after a failed connection Akka makes none for a while.</summary>
    internal async Task<bool> HearsAsync(Peer other)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!patience.IsCancellationRequested)
        {
            if (await AnswersAsync(other.Uri)) return true;
        }
        return false;
    }

    /// <summary>Whether what is at <paramref name="other"/> answers within a second.</summary>
    internal async Task<bool> AnswersAsync(Address other)
    {
        try
        {
            return await At(other).Ask<string>("hello", AskAgain) == "hello";
        }
        catch (AskTimeoutException)
        {
            return false;
        }
    }

    /// <summary>Waits for a line that has <paramref name="text"/> in it.</summary>
    internal async Task SaysAsync(string text)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!Lines.Any(line => line.Contains(text, StringComparison.Ordinal))) await Task.Delay(20, patience.Token);
    }

    public async ValueTask DisposeAsync() => await System.Terminate();

    private sealed class Echo : ReceiveActor
    {
        public Echo() => ReceiveAny(message => Sender.Tell(message));
    }

    private sealed class KeptLines : ILogger<SocketTransport>
    {
        internal ConcurrentQueue<string> Said { get; } = new();

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Said.Enqueue(formatter(state, exception));
    }
}

/// <summary>What a transport tells of connections that come in, or one of them of what it brings.</summary>
internal sealed class Heard<T> : IAssociationEventListener, IHandleEventListener where T : class
{
    private readonly System.Threading.Channels.Channel<T> _heard = System.Threading.Channels.Channel.CreateUnbounded<T>();

    public void Notify(IAssociationEvent ev) => _heard.Writer.TryWrite((T)ev);

    public void Notify(IHandleEvent ev) => _heard.Writer.TryWrite((T)ev);

    internal async Task<T> NextAsync()
    {
        using var patience = new CancellationTokenSource(Peer.Patience);
        return await _heard.Reader.ReadAsync(patience.Token);
    }

    /// <summary>Whether there is nothing more now.</summary>
    internal bool IsEmpty => !_heard.Reader.TryPeek(out _);
}
