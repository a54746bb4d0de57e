using Akka.Actor.Setup;
using Microsoft.Extensions.Logging;

namespace Coffer.Server.Remoting;

/// <summary>What <see cref="SocketTransport"/> needs that no configuration holds: Akka makes it from its name.</summary>
/// <param name="tls">Null for remoting in the clear.</param>
/// <param name="clock">For what is said sparingly.</param>
/// <param name="log">For what nodes and others do on the cluster's port.</param>
internal sealed class SocketTransportSetup(NodeTls? tls, TimeProvider clock, ILogger<SocketTransport> log) : Setup
{
    internal NodeTls? Tls => tls;

    internal TimeProvider Clock => clock;

    internal ILogger<SocketTransport> Log => log;
}
