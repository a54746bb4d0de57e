namespace Coffer.Crypto.Keys;

/// <summary>How the DER of RFC 8410 begins, to tell kinds of keys apart before NSec reads one.</summary>
internal static class Pkcs8
{
    /// <summary>The OneAsymmetricKey of an X25519 key, version 1, without attributes: 32 bytes follow.</summary>
    internal static ReadOnlySpan<byte> X25519Prefix => [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x6e, 0x04, 0x22, 0x04, 0x20];

    /// <summary>The SubjectPublicKeyInfo of an X25519 key: 32 bytes follow.</summary>
    internal static ReadOnlySpan<byte> X25519PublicPrefix => [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x6e, 0x03, 0x21, 0x00];
}
