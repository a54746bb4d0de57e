namespace Coffer.Crypto.Keys;

/// <summary>Why a text or a file was not taken as a key.</summary>
public enum KeyFault
{
    /// <summary>Nothing was there.</summary>
    Empty,

    /// <summary>A secret key stood where a public key belongs.</summary>
    SecretKey,

    /// <summary>A public key stood where a secret key belongs.</summary>
    PublicKey,

    /// <summary>A key of another kind or another notation: Ed25519, RSA, OpenSSH, base64, …</summary>
    OtherKind,

    /// <summary>Hexadecimal, but not 64 digits.</summary>
    WrongLength,

    /// <summary>A public key that every secret agrees on: RFC 7748 section 6.1.</summary>
    LowOrder,

    /// <summary>No key in any notation known here.</summary>
    NotAKey,

    /// <summary>More than one key in one file.</summary>
    Several,

    /// <summary>The file could not be read.</summary>
    Unreadable,

    /// <summary>Group or others may read the file.</summary>
    OpenToOthers,

    /// <summary>A file of that name is there already.</summary>
    Exists,

    /// <summary>The file could not be written.</summary>
    Unwritable,
}

/// <summary>A key that was refused: the cause, one line for people and what they can do.</summary>
/// <remarks>The text never repeats what was read, which may be a secret.</remarks>
public sealed record KeyProblem(KeyFault Fault, string Message, string Hint);
