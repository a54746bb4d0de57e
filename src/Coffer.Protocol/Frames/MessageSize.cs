namespace Coffer.Protocol.Frames;

/// <summary>Who sent a frame: each side has its own messages.</summary>
public enum Sender
{
    /// <summary>Hello, Get, Bye.</summary>
    Client,

    /// <summary>Link, OkGet, Part, KeyNotFound, Error.</summary>
    Server,
}

/// <summary>How long the body of each message is on the wire. Source: protocol.md section 3, the table of sizes.</summary>
public static class MessageSize
{
    /// <summary>The largest body that a frame can announce, in bytes.</summary>
    public const int MaxBody = ushort.MaxValue;

    /// <summary>The body of Hello in bytes, the largest that a client sends.</summary>
    public const int Hello = 97;

    /// <summary>Whether <paramref name="sender"/> has a message of <paramref name="type"/> whose body is <paramref name="length"/> bytes.</summary>
    public static bool Fits(Sender sender, MessageType type, int length) => (sender, type) switch
    {
        (Sender.Client, MessageType.Hello) => length == Hello,
        (Sender.Client, MessageType.Get) => length == 17,
        (Sender.Client, MessageType.Bye) => length == 49,
        (Sender.Server, MessageType.Link) => length == 49,
        (Sender.Server, MessageType.KeyNotFound) => length == 81,
        (Sender.Server, MessageType.OkGet or MessageType.Part) => length is >= 17 and <= MaxBody,
        (Sender.Server, MessageType.Error) => length <= MaxBody,
        _ => false,
    };
}
