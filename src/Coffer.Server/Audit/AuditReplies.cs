using Akka.Actor;

namespace Coffer.Server.Audit;

/// <summary>What the trail tells a session that waits to hand out a coffer.</summary>
/// <remarks>Both live in one process, always; nothing here is ever serialized.</remarks>
public static class AuditReplies
{
    /// <summary>The coffer may leave: its line is safe, or nobody insists on one.</summary>
    public sealed record Cleared : INoSerializationVerificationNeeded
    {
        public static readonly Cleared Instance = new();
    }

    /// <summary>The coffer may not leave: its line could not be written.</summary>
    public sealed record NotCleared : INoSerializationVerificationNeeded
    {
        public static readonly NotCleared Instance = new();
    }
}
