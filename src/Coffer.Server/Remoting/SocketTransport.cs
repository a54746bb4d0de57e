using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using Akka.Actor;
using Akka.Configuration;
using Akka.Remote.Transport;
using Coffer.Server.Hosting;
using Coffer.Server.Membership;
using Microsoft.Extensions.Logging;

namespace Coffer.Server.Remoting;

/// <summary>Akka's remoting over TCP, with mutual TLS where the node has a certificate: listens for other nodes and connects to them.</summary>
/// <remarks>
/// Configuration: <c>akka.remote.sockets</c>; <see cref="SocketTransportSetup"/> gives the rest. Whatever fails, fails for one connection only. A connection that comes in is not
/// Akka's before its handshake is done and its first frame is here, within the same time that one to another node may take to be made; the rest is
/// said in the log, once a minute of each address.
/// </remarks>
internal sealed partial class SocketTransport : Transport
{
    // What Akka's protocol wraps around a message that it found short enough.
    private const int Envelope = 16;

    private const int MaxHandshakes = 256;

    // What TLS begins with (RFC 8446, 5.1): a record of type handshake.
    private const byte HandshakeRecord = 22;

    private static readonly TimeSpan AcceptAgain = TimeSpan.FromMilliseconds(100);

    private readonly NodeTls? _tls;
    private readonly ILogger _log;
    private readonly NodeAddress _self;
    private readonly int _longestFrame;
    private readonly TimeSpan _patience;
    private readonly Handshakes _handshakes;
    private readonly Sparingly _sparingly;

    // By itself: whoever comes from many addresses must not keep other lines out.
    private readonly Sparingly _refusals;
    private readonly ConcurrentDictionary<Task, bool> _running = new();
    private readonly CancellationTokenSource _stopping = new();
    private Socket? _listener;

    /// <summary>As Akka makes it.</summary>
    /// <exception cref="ConfigurationException">It says other than the setup whether connections are over TLS.</exception>
    public SocketTransport(ActorSystem system, Config config)
    {
        System = system;
        Config = config;
        var setup = system.Settings.Setup.Get<SocketTransportSetup>().Value;
        (_tls, _log) = (setup.Tls, setup.Log);
        // Remoting in the clear must not come of a file.
        if (config.GetBoolean("tls") != (_tls is not null)) throw new ConfigurationException("akka.remote.sockets.tls: expected on where the node has a certificate, and off where it has none");
        _self = NodeAddress.Parse(config.GetString("address"), null);
        _longestFrame = (int)config.GetByteSize("maximum-frame-size")!.Value;
        _patience = config.GetTimeSpan("connection-timeout");
        _handshakes = new Handshakes(MaxHandshakes, _patience);
        (_sparingly, _refusals) = (new Sparingly(setup.Clock), new Sparingly(setup.Clock));
        SchemeIdentifier = _tls is null ? "tcp" : "ssl.tcp";
        MaximumPayloadBytes = _longestFrame - Envelope;
    }

    /// <inheritdoc/>
    public override bool IsResponsibleFor(Address remote) => true;

    /// <inheritdoc/>
    public override async Task<(Address, TaskCompletionSource<IAssociationEventListener>)> Listen()
    {
        var endpoint = await _self.ResolveAsync(_stopping.Token).ConfigureAwait(false);
        _listener = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        _listener.Bind(endpoint);
        _listener.Listen();
        var listening = new TaskCompletionSource<IAssociationEventListener>(TaskCreationOptions.RunContinuationsAsynchronously);
        Track(AcceptAsync(_listener, listening.Task));
        return (Address.Parse($"{SchemeIdentifier}://{System.Name}@{_self}"), listening);
    }

    /// <summary>Connects to the node at <paramref name="remoteAddress"/>.</summary>
    /// <exception cref="InvalidAssociationException">There is none, it is none of this cluster, or it did not answer in time.</exception>
    public override async Task<AssociationHandle> Associate(Address remoteAddress)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        patience.CancelAfter(_patience);
        SocketAssociation association;
        try
        {
            association = await ConnectAsync(remoteAddress, patience.Token).ConfigureAwait(false);
        }
        // Whatever it was, from a name that is none to a node that is: Akka takes another exception for a fault of its own.
        catch (Exception e)
        {
            throw new InvalidAssociationException(patience.IsCancellationRequested ? $"no connection within {_patience.TotalSeconds:0} s" : Reason(e));
        }
        Track(RunOutboundAsync(association));
        return association;
    }

    /// <inheritdoc/>
    public override async Task<bool> Shutdown()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        _listener?.Dispose();
        while (!_running.IsEmpty) await Task.WhenAll(_running.Keys).ConfigureAwait(false);
        return true;
    }

    private async Task<SocketAssociation> ConnectAsync(Address remote, CancellationToken cancellation)
    {
        var node = NodeAddress.Parse($"{remote.Host}:{remote.Port}", null);
        var endpoint = await node.ResolveAsync(cancellation).ConfigureAwait(false);
        var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        return await OpenAsync(socket, remote, async () =>
        {
            await socket.ConnectAsync(endpoint, cancellation).ConfigureAwait(false);
            var stream = new NetworkStream(socket, ownsSocket: true);
            return _tls is { } tls ? await tls.CallAsync(stream, node, cancellation).ConfigureAwait(false) : stream;
        }).ConfigureAwait(false);
    }

    private async Task RunOutboundAsync(SocketAssociation association)
    {
        var why = await RunAsync(association).ConfigureAwait(false);
        if (why is null || association.HasHeard || !_sparingly.May(association.RemoteAddress.ToString())) return;
        // A side that refuses the other's certificate says so only after the other one has taken the handshake for done.
        if (_tls is null) LogUnansweredInTheClear(association.RemoteAddress);
        else LogUnanswered(association.RemoteAddress, Reason(why));
    }

    private async Task AcceptAsync(Socket listener, Task<IAssociationEventListener> listening)
    {
        try
        {
            var events = await listening.WaitAsync(_stopping.Token).ConfigureAwait(false);
            while (true)
            {
                try
                {
                    var socket = await listener.AcceptAsync(_stopping.Token).ConfigureAwait(false);
                    Track(ReceiveAsync(socket, events));
                }
                // Gone before it was accepted, or no descriptor is left for it.
                catch (SocketException e) when (e.SocketErrorCode != SocketError.OperationAborted)
                {
                    await Task.Delay(AcceptAgain, _stopping.Token).ConfigureAwait(false);
                }
            }
        }
        // Shutdown takes the listener away, too.
        catch (Exception) when (_stopping.IsCancellationRequested)
        {
        }
    }

    private async Task ReceiveAsync(Socket socket, IAssociationEventListener events)
    {
        var begun = _handshakes.Begin(_stopping.Token);
        SocketAssociation? association = null;
        IPEndPoint? from = null;
        var why = "no node of this cluster made it";
        try
        {
            from = (IPEndPoint)socket.RemoteEndPoint!;
            association = await OpenAsync(socket, AddressOf(from), async () =>
            {
                var stream = new NetworkStream(socket, ownsSocket: true);
                if (_tls is not { } tls) return stream;
                if (!await BeginsTlsAsync(socket, begun.Token).ConfigureAwait(false)) why = "it talks in the clear, as a node without --certificates does";
                return await tls.AcceptAsync(stream, from, begun.Token).ConfigureAwait(false);
            }).ConfigureAwait(false);
            await association.AwaitFrameAsync(begun.Token).ConfigureAwait(false);
        }
        // Whatever it was: anybody may send anything.
        catch (Exception)
        {
            association?.Dispose();
            if (!_stopping.IsCancellationRequested && _refusals.May($"{from?.Address}")) LogRefused(from, why);
            return;
        }
        finally
        {
            _handshakes.End(begun);
        }
        events.Notify(new InboundAssociation(association));
        await RunAsync(association).ConfigureAwait(false);
    }

    // Looks at what comes first, which stays to be read; one that closes at once has begun nothing else.
    private static async Task<bool> BeginsTlsAsync(Socket socket, CancellationToken cancellation)
    {
        var first = new byte[1];
        return await socket.ReceiveAsync(first, SocketFlags.Peek, cancellation).ConfigureAwait(false) == 0 || first[0] == HandshakeRecord;
    }

    private async Task<SocketAssociation> OpenAsync(Socket socket, Address remote, Func<Task<Stream>> open)
    {
        try
        {
            socket.NoDelay = true;
            var stream = await open().ConfigureAwait(false);
            return new SocketAssociation(socket, stream, AddressOf((IPEndPoint)socket.LocalEndPoint!), remote, _longestFrame);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task<Exception?> RunAsync(SocketAssociation association)
    {
        using (association)
        {
            var why = await association.RunAsync(_patience, _stopping.Token).ConfigureAwait(false);
            if (why is InvalidDataException && _sparingly.May(association.RemoteAddress.ToString())) LogTooLong(association.RemoteAddress, why.Message);
            return why;
        }
    }

    private Address AddressOf(IPEndPoint at) => new(SchemeIdentifier, System.Name, at.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{at.Address}]" : at.Address.ToString(), at.Port);

    private void Track(Task task)
    {
        _running[task] = true;
        _ = task.ContinueWith(ended => _running.TryRemove(ended, out var _), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private static string Reason(Exception e) => (e is AuthenticationException ? "the TLS handshake failed: " : "") + AssociationFailures.InWords(e);

    [LoggerMessage(Level = LogLevel.Warning, Message = "refused a connection to the cluster's port, from {Peer}: {Why}; said once a minute at most of each address")]
    private partial void LogRefused(IPEndPoint? peer, string why);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Node} ended the connection before it said anything, as one does that refuses this node's certificate: {Why}; its log says more")]
    private partial void LogUnanswered(Address node, string why);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Node} ended the connection before it said anything, as one does that talks over TLS alone: this node has no --certificates; its log says more")]
    private partial void LogUnansweredInTheClear(Address node);

    [LoggerMessage(Level = LogLevel.Warning, Message = "closed the connection with {Node}: {Why}")]
    private partial void LogTooLong(Address node, string why);
}
