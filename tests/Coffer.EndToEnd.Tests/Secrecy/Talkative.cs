using Coffer.EndToEnd.Tests.Server;

namespace Coffer.EndToEnd.Tests.Secrecy;

/// <summary>A server's configuration under which it writes all that Akka can be made to say of messages.</summary>
internal static class Talkative
{
    // Those that arrive nowhere it writes with their content.
    internal const string Config = """
        akka {
          log-dead-letters = on
          log-dead-letters-during-shutdown = on
          actor.debug { receive = on, autoreceive = on, unhandled = on, lifecycle = on, event-stream = on }
          remote { log-sent-messages = on, log-received-messages = on }
        }
        """;

    /// <summary>Waits until <paramref name="server"/> has written a coffer with its content, because nobody waited for it any more.</summary>
    internal static Task DeadLetterAsync(RunningServer server) =>
        server.LineAsync(line => line.Contains("CofferFound", StringComparison.Ordinal) && line.Contains("dead letters", StringComparison.Ordinal), "of a coffer that came too late");
}
