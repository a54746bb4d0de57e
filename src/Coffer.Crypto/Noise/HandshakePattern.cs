namespace Coffer.Crypto.Noise;

/// <summary>What one token of a message pattern makes the parties do. Source: Noise revision 34, section 5.3.</summary>
internal enum Token : byte
{
    E,
    S,
    EE,
    ES,
    SE,
    SS,
}

/// <summary>Which of the two patterns a handshake follows, and its prologue.</summary>
/// <remarks>Source: protocol.md sections 3 and 7; Noise revision 34, section 7.</remarks>
public sealed class HandshakePattern
{
    private readonly Token[][] _messages;

    private HandshakePattern(string protocolName, params Token[][] messages)
    {
        ProtocolName = System.Text.Encoding.ASCII.GetBytes(protocolName);
        _messages = messages;
    }

    /// <summary>The wire: both sides prove their static key.
    /// <code>
    /// IK:
    ///   &lt;- s
    ///   ...
    ///   -> e, es, s, ss
    ///   &lt;- e, ee, se
    /// </code></summary>
    public static HandshakePattern IK { get; } = new(
        "Noise_IK_25519_ChaChaPoly_SHA256",
        [Token.E, Token.ES, Token.S, Token.SS],
        [Token.E, Token.EE, Token.SE]);

    /// <summary>The sealed file: one message, the sender proves its static key.
    /// <code>
    /// X:
    ///   &lt;- s
    ///   ...
    ///   -> e, es, s, ss
    /// </code></summary>
    public static HandshakePattern X { get; } = new(
        "Noise_X_25519_ChaChaPoly_SHA256",
        [Token.E, Token.ES, Token.S, Token.SS]);

    internal byte[] ProtocolName { get; }

    internal int MessageCount => _messages.Length;

    internal ReadOnlySpan<Token> Message(int index) => _messages[index];
}
