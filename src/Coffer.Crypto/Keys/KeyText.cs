using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Coffer.Crypto.Keys;

/// <summary>The text form of public keys, and what other notations look like.</summary>
/// <remarks>Source: protocol.md section 4.</remarks>
internal static class KeyText
{
    private const int GroupLength = 4;
    private const string Expected = "a public key: 64 hexadecimal digits in groups of four joined by '-'";

    internal static string Format(ReadOnlySpan<byte> key)
    {
        Span<char> digits = stackalloc char[PublicKey.Size * 2];
        Convert.TryToHexString(key, digits, out _);
        Span<char> text = stackalloc char[PublicKey.TextLength];
        for (int from = 0, to = 0; from < digits.Length; from += GroupLength)
        {
            if (to > 0) text[to++] = '-';
            digits.Slice(from, GroupLength).CopyTo(text[to..]);
            to += GroupLength;
        }
        return new string(text);
    }

    internal static bool TryRead(ReadOnlySpan<char> text, out PublicKey key, [NotNullWhen(false)] out KeyProblem? problem)
    {
        key = default;
        Span<byte> bytes = stackalloc byte[PublicKey.Size];
        if (!TryReadDigits(text, bytes))
        {
            problem = Diagnose(text);
            return false;
        }

        var read = new PublicKey(bytes);
        problem = read.IsLowOrder ? LowOrder : null;
        if (problem is null) key = read;
        return problem is null;
    }

    internal static KeyProblem LowOrder { get; } = new(
        KeyFault.LowOrder,
        "a low-order point, which every secret key agrees with and nobody can own",
        "make a key pair with 'coffer-companion keygen FILE' and use the public key it prints");

    // The dashes stand between groups of four or nowhere.
    private static bool TryReadDigits(ReadOnlySpan<char> text, Span<byte> bytes)
    {
        if (text.Length == PublicKey.Size * 2) return Convert.FromHexString(text, bytes, out _, out _) == System.Buffers.OperationStatus.Done;
        if (text.Length != PublicKey.TextLength) return false;

        Span<char> digits = stackalloc char[PublicKey.Size * 2];
        for (int from = 0, to = 0; to < digits.Length; from += GroupLength + 1, to += GroupLength)
        {
            if (to > 0 && text[from - 1] != '-') return false;
            text.Slice(from, GroupLength).CopyTo(digits[to..]);
        }
        return Convert.FromHexString(digits, bytes, out _, out _) == System.Buffers.OperationStatus.Done;
    }

    private static KeyProblem Diagnose(ReadOnlySpan<char> text)
    {
        var trimmed = text.Trim();
        if (trimmed.IsEmpty) return new(KeyFault.Empty, $"empty, expected {Expected}", "'coffer-companion public FILE' prints the public key of a key file");
        if (trimmed.Length < text.Length && TryRead(trimmed, out _, out _))
            return new(KeyFault.NotAKey, "a public key with spaces or line breaks around it", "write the key alone");
        if (trimmed.Contains("PRIVATE KEY", StringComparison.Ordinal))
            return SecretKey("a secret key (PEM)");
        if (trimmed.StartsWith("AGE-SECRET-KEY-", StringComparison.OrdinalIgnoreCase)) return SecretKey("an age secret key");
        if (trimmed.Contains("BEGIN PUBLIC KEY", StringComparison.Ordinal))
            return Other("a public key as PEM", "the text form is wanted: 'coffer-companion public FILE' prints it");
        if (trimmed.StartsWith("-----BEGIN", StringComparison.Ordinal)) return Other("PEM of another kind");
        if (trimmed.StartsWith("ssh-", StringComparison.Ordinal) || trimmed.StartsWith("ecdsa-", StringComparison.Ordinal)) return Other("an OpenSSH public key");
        if (trimmed.StartsWith("age1", StringComparison.Ordinal)) return Other("an age recipient");

        var hex = 0;
        foreach (var c in trimmed)
            if (char.IsAsciiHexDigit(c)) hex++;
            else if (c is not ('-' or ':' or ' ')) return DiagnoseBase64(trimmed);

        if (TryHex(trimmed, out var der) && DiagnoseDer(der) is { } known) return known;
        if (hex == PublicKey.Size * 2)
            return new(KeyFault.NotAKey, "64 hexadecimal digits, but not in groups of four joined by '-'", "write the digits without separators, or as ABCD-EF01-…");
        return new(KeyFault.WrongLength, $"{hex} hexadecimal digits, expected 64", "copy the whole line that 'coffer-companion public FILE' prints");
    }

    private static KeyProblem DiagnoseBase64(ReadOnlySpan<char> text)
    {
        var bytes = new byte[text.Length];
        try
        {
            if (Convert.TryFromBase64Chars(text, bytes, out var length))
            {
                if (DiagnoseDer(bytes.AsSpan(0, length)) is { } known) return known;
                if (length == PublicKey.Size) return Other("a 32-byte key as base64 (WireGuard writes both its public and its private keys so)");
            }
            return new(KeyFault.NotAKey, $"not a key, expected {Expected}", "'coffer-companion public FILE' prints the public key of a key file");
        }
        finally
        {
            // It may be a secret key that was pasted.
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    private static KeyProblem? DiagnoseDer(ReadOnlySpan<byte> der)
    {
        Span<byte> key = stackalloc byte[Sodium.KeySize];
        var isSecret = Pkcs8.TryReadSecret(der, key, out var algorithm);
        CryptographicOperations.ZeroMemory(key);
        if (isSecret || algorithm is not null) return SecretKey($"a secret key for {algorithm} (PKCS #8)");
        if (Pkcs8.TryReadPublic(der, key, out algorithm)) return Other("a public key as SubjectPublicKeyInfo", "the text form is wanted: 'coffer-companion public FILE' prints it");
        return algorithm is null ? null : Other($"a public key for {algorithm}");
    }

    private static KeyProblem SecretKey(string what) => new(
        KeyFault.SecretKey,
        $"{what} stands where a public key belongs",
        "take it out and replace it everywhere, it is no longer secret; then paste what 'coffer-companion public FILE' prints");

    private static KeyProblem Other(string what, string hint = "Coffer's keys are X25519; 'coffer-companion keygen FILE' makes one and prints its public key") =>
        new(KeyFault.OtherKind, $"{what} stands where a public key in text form belongs", hint);

    private static bool TryHex(ReadOnlySpan<char> text, out byte[] bytes)
    {
        var digits = text.ToString().Replace("-", "", StringComparison.Ordinal).Replace(":", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal);
        bytes = [];
        if (digits.Length % 2 != 0) return false;
        bytes = Convert.FromHexString(digits);
        return true;
    }
}
