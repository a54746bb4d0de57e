namespace Coffer.Protocol.Frames;

/// <summary>What a frame carries. The numbers are the wire's: protocol.md section 2.</summary>
public enum MessageType : byte
{
    /// <summary>C → S: opens the conversation.</summary>
    Hello = 0x00,

    /// <summary>S → C: link established.</summary>
    Link = 0x01,

    /// <summary>C → S: asks for the client's secrets.</summary>
    Get = 0x02,

    /// <summary>S → C: the client's secrets, the last or only part.</summary>
    OkGet = 0x03,

    /// <summary>S → C: a leading slice of a coffer.</summary>
    Part = 0x04,

    /// <summary>C → S: closes the conversation.</summary>
    Bye = 0x99,

    /// <summary>S → C: the server does not know this key.</summary>
    KeyNotFound = 0xaa,

    /// <summary>S → C: why the server ends the conversation.</summary>
    Error = 0xff,
}
