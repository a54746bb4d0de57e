using Akka.Actor;
using Coffer.Protocol.Frames;

namespace Coffer.Server.Edge;

/// <summary>What an <see cref="EdgeConnection"/> and the session it drives say to each other.</summary>
/// <remarks>Both live in one process, always; nothing here is ever serialized.</remarks>
public static class EdgeProtocol
{
    /// <summary>To the session: a frame that a client may send, of the size that its type has.</summary>
    public sealed record FrameReceived(MessageType Type, byte[] Body) : INoSerializationVerificationNeeded;

    /// <summary>To the session: the bytes on the connection are no frame of a client.</summary>
    public sealed record Garbage : INoSerializationVerificationNeeded
    {
        public static readonly Garbage Instance = new();
    }

    /// <summary>To the connection: send these frames, then give me the next one.</summary>
    public sealed record Answer(byte[] Frames) : INoSerializationVerificationNeeded;

    /// <summary>To the connection: send this last frame, then close. The session is over.</summary>
    public sealed record Refuse(byte[] Frame) : INoSerializationVerificationNeeded;

    /// <summary>To the connection: close. The session is over.</summary>
    public sealed record Finish : INoSerializationVerificationNeeded
    {
        public static readonly Finish Instance = new();
    }
}
