using System.Text;
using Coffer.Crypto.Noise;
using Coffer.Protocol.Frames;
using Coffer.Shared;

namespace Coffer.Protocol.Messages;

/// <summary>The words that an Error may begin with. Source: protocol.md section 8.</summary>
public enum ErrorWord
{
    /// <summary>The server's own fault, or a word that this version does not know.</summary>
    Internal,

    /// <summary>The server is at its limits.</summary>
    Busy,

    /// <summary>No lease, no store, an entity on its way to another node, or audit cannot be written.</summary>
    Unavailable,

    /// <summary>The client was revoked or removed after Link.</summary>
    Revoked,

    /// <summary>The state's deadline passed.</summary>
    Timeout,

    /// <summary>The client broke the protocol.</summary>
    Violation,
}

/// <summary>The Error message: <c>word: explanation</c> in UTF-8, sealed after Link and plain before it.</summary>
public static class ErrorMessage
{
    /// <summary>Writes an Error frame; a null <paramref name="transport"/> means that there is no key yet.</summary>
    public static byte[] Write(Transport? transport, ErrorWord word, string explanation)
    {
        // The first character makes room for the repeated type of a sealed one.
        var plaintext = Encoding.UTF8.GetBytes($" {TextOf(word)}: {explanation}");
        plaintext[0] = (byte)MessageType.Error;
        if (transport is not null)
        {
            var sealedFrame = new byte[FrameCodec.HeaderSize + plaintext.Length + Transport.TagSize];
            SealedMessage.Write(transport, plaintext, sealedFrame);
            return sealedFrame;
        }

        var text = plaintext.AsSpan(1);
        var frame = new byte[FrameCodec.HeaderSize + text.Length];
        FrameCodec.WriteHeader(frame, MessageType.Error, text.Length);
        text.CopyTo(frame.AsSpan(FrameCodec.HeaderSize));
        return frame;
    }

    /// <summary>Splits <c>word: explanation</c>. Characters that a terminal obeys, which a forged Error might hold, come back written out as <c>\uXXXX</c>.</summary>
    public static (ErrorWord Word, string Explanation) Parse(ReadOnlySpan<byte> utf8)
    {
        var text = OneLine.Of(Encoding.UTF8.GetString(utf8).Trim());
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? (WordOf(text), "") : (WordOf(text[..colon]), text[(colon + 1)..].Trim());
    }

    private static string TextOf(ErrorWord word) => word switch
    {
        ErrorWord.Busy => "busy",
        ErrorWord.Unavailable => "unavailable",
        ErrorWord.Revoked => "revoked",
        ErrorWord.Timeout => "timeout",
        ErrorWord.Violation => "violation",
        _ => "internal",
    };

    private static ErrorWord WordOf(string text) => text switch
    {
        "busy" => ErrorWord.Busy,
        "unavailable" => ErrorWord.Unavailable,
        "revoked" => ErrorWord.Revoked,
        "timeout" => ErrorWord.Timeout,
        "violation" => ErrorWord.Violation,
        _ => ErrorWord.Internal,
    };
}
