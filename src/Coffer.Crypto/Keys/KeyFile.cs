using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using NSec.Cryptography;

namespace Coffer.Crypto.Keys;

/// <summary>Key pairs in files: PKCS #8 PEM (RFC 8410), mode 0600, the form that <c>openssl genpkey -algorithm X25519</c> writes.</summary>
/// <remarks>Text around the one PEM block is passed over, as RFC 7468 has it; a second block is refused, because nobody could say which is meant. Source: protocol.md section 4.</remarks>
public static class KeyFile
{
    private const string MakeOne = "'coffer-companion keygen FILE' makes one";

    /// <summary>Makes a new key pair in a new file of mode 0600, forced to disk, and returns its public key. Whatever has that name already is left alone; a file that could not be written whole is removed.</summary>
    public static bool TryCreate(string path, out PublicKey publicKey, [NotNullWhen(false)] out KeyProblem? problem)
    {
        publicKey = default;
        using var key = Key.Create(KeyAgreementAlgorithm.X25519, new KeyCreationParameters { ExportPolicy = KeyExportPolicies.AllowPlaintextArchiving });
        var pem = key.Export(KeyBlobFormat.PkixPrivateKeyText);
        try
        {
            if (!KeyFileText.TryWriteNew(path, WithoutCarriageReturns(pem), out problem)) return false;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(pem);
        }
        publicKey = new PublicKey(key.PublicKey.Export(KeyBlobFormat.RawPublicKey));
        return true;
    }

    /// <summary>Reads a secret key file. One that group or others may read or write is refused unless <paramref name="allowOpen"/>; what is no secret key is refused as that, whoever may open it.</summary>
    /// <remarks>In systemd's <c>$CREDENTIALS_DIRECTORY</c> the group may read: access lists rule there, and show as mode 0440.</remarks>
    /// <returns>True with a pair that the caller disposes, or false with the reason.</returns>
    public static bool TryRead(string path, bool allowOpen, [NotNullWhen(true)] out KeyPair? pair, [NotNullWhen(false)] out KeyProblem? problem)
    {
        pair = null;
        if (!KeyFileText.TryRead(path, out var text, out var mode, out problem)) return false;
        try
        {
            if (!TryReadSecret(path, text, out pair, out problem)) return false;
        }
        finally
        {
            KeyFileText.Wipe(text);
        }

        // Only now: of a file that holds no secret key it is not the mode that is wrong.
        if (allowOpen || !KeyFileText.IsOpenToOthers(path, mode)) return true;
        pair.Dispose();
        pair = null;
        problem = KeyFileText.OpenToOthers(path, mode);
        return false;
    }

    /// <summary>Whether a file that holds a secret key of any kind, at <paramref name="path"/> and of the mode given, may be read or written by group or others.</summary>
    /// <remarks>In systemd's <c>$CREDENTIALS_DIRECTORY</c> the group may read, as for <see cref="TryRead"/>.</remarks>
    public static bool IsOpenToOthers(string path, UnixFileMode mode) => KeyFileText.IsOpenToOthers(path, mode);

    /// <summary>Reads a public key file: the text form on a line, or SubjectPublicKeyInfo PEM.</summary>
    public static bool TryReadPublic(string path, out PublicKey publicKey, [NotNullWhen(false)] out KeyProblem? problem)
    {
        publicKey = default;
        if (!KeyFileText.TryRead(path, out var text, out _, out problem)) return false;
        try
        {
            return TryReadPublic(path, text, out publicKey, out problem);
        }
        finally
        {
            // It may be the secret key's file that was named by mistake.
            KeyFileText.Wipe(text);
        }
    }

    /// <summary>Reads a public key as people hand it to a program: the text form itself, or the name of a file that <see cref="TryReadPublic(string, out PublicKey, out KeyProblem)"/> takes.</summary>
    public static bool TryReadPublicTextOrFile(string textOrPath, out PublicKey publicKey, [NotNullWhen(false)] out KeyProblem? problem)
    {
        if (PublicKey.TryRead(textOrPath.AsSpan().Trim(), out publicKey, out problem)) return true;
        if (File.Exists(textOrPath) || (problem.Fault is KeyFault.NotAKey && LooksLikePath(textOrPath))) return TryReadPublic(textOrPath, out publicKey, out problem);

        if (problem.Fault is KeyFault.NotAKey) problem = problem with { Message = $"{problem.Message}; nor is there a file of that name" };
        return false;
    }

    // NSec ends lines with CR LF. In place: a copy would have to be wiped, too.
    private static ReadOnlySpan<byte> WithoutCarriageReturns(Span<byte> pem)
    {
        var length = 0;
        foreach (var character in pem)
            if (character != '\r') pem[length++] = character;
        return pem[..length];
    }

    // No other text is repeated as the name of a file, and least of all a secret key: base64 holds '/' too.
    private static bool LooksLikePath(ReadOnlySpan<char> text) => text.ContainsAny('/', '.') && !text.ContainsAny('\n', '\r');

    private static bool TryReadSecret(string path, ReadOnlySpan<char> text, [NotNullWhen(true)] out KeyPair? pair, [NotNullWhen(false)] out KeyProblem? problem)
    {
        pair = null;
        if (!PemEncoding.TryFind(text, out var fields))
        {
            problem = WithoutPem(path, text);
            return false;
        }
        if (IsFollowedByAnother(text, fields))
        {
            problem = Several(path);
            return false;
        }

        problem = text[fields.Label] switch
        {
            "PRIVATE KEY" => null,
            "PUBLIC KEY" => PublicStands(path),
            "ENCRYPTED PRIVATE KEY" => new(KeyFault.OtherKind, $"{path}: a secret key behind a passphrase, expected one without", "decrypt it with 'openssl pkey -in OLD -out NEW' and keep the new file at mode 0600"),
            var label => OtherKind(path, $"a PEM block of another kind ({label})"),
        };
        return problem is null && TryDecodeSecret(path, text[fields.Base64Data], fields.DecodedDataLength, out pair, out problem);
    }

    private static bool TryDecodeSecret(string path, ReadOnlySpan<char> base64, int length, [NotNullWhen(true)] out KeyPair? pair, [NotNullWhen(false)] out KeyProblem? problem)
    {
        pair = null;
        problem = null;
        var der = GC.AllocateUninitializedArray<byte>(length, pinned: true);
        Span<byte> scalar = stackalloc byte[Sodium.KeySize];
        try
        {
            string? algorithm = null;
            if (Convert.TryFromBase64Chars(base64, der, out _) && Pkcs8.TryReadSecret(der, scalar, out algorithm))
            {
                pair = new KeyPair(scalar);
                return true;
            }
            problem = algorithm is null or "X25519" ? Damaged(path) : OtherKind(path, $"a secret key for {algorithm}");
            return false;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(der);
            CryptographicOperations.ZeroMemory(scalar);
        }
    }

    private static bool TryReadPublic(string path, ReadOnlySpan<char> text, out PublicKey publicKey, [NotNullWhen(false)] out KeyProblem? problem)
    {
        publicKey = default;
        if (!PemEncoding.TryFind(text, out var fields) || text[fields.Label] is not "PUBLIC KEY")
        {
            if (PublicKey.TryRead(text.Trim(), out publicKey, out problem)) return true;
            problem = problem.Fault == KeyFault.SecretKey
                ? new(KeyFault.SecretKey, $"{path}: a secret key stands where a public key belongs", $"'coffer-companion public {path}' prints the public key that belongs to it")
                : InFile(path, problem);
            return false;
        }
        if (IsFollowedByAnother(text, fields))
        {
            problem = Several(path);
            return false;
        }

        var der = new byte[fields.DecodedDataLength];
        Span<byte> point = stackalloc byte[PublicKey.Size];
        string? algorithm = null;
        if (!Convert.TryFromBase64Chars(text[fields.Base64Data], der, out _) || !Pkcs8.TryReadPublic(der, point, out algorithm))
        {
            problem = algorithm is null or "X25519" ? Damaged(path) : OtherKind(path, $"a public key for {algorithm}");
            return false;
        }
        var read = new PublicKey(point);
        problem = read.IsLowOrder ? InFile(path, KeyText.LowOrder) : null;
        if (problem is null) publicKey = read;
        return problem is null;
    }

    private static KeyProblem WithoutPem(string path, ReadOnlySpan<char> text)
    {
        if (text.Trim().IsEmpty) return new(KeyFault.Empty, $"{path}: empty, expected a secret key (PKCS #8 PEM)", MakeOne);
        if (PublicKey.TryRead(text.Trim(), out _, out _)) return PublicStands(path);
        return text.Contains("-----BEGIN", StringComparison.Ordinal)
            ? Damaged(path)
            : new(KeyFault.NotAKey, $"{path}: no key, expected a secret key (PKCS #8 PEM, '-----BEGIN PRIVATE KEY-----')", MakeOne);
    }

    private static bool IsFollowedByAnother(ReadOnlySpan<char> text, PemFields fields) =>
        text[fields.Location.End..].Contains("-----BEGIN", StringComparison.Ordinal);

    private static KeyProblem Several(string path) => new(
        KeyFault.Several, $"{path}: more than one PEM block, expected one key alone", "put each key into a file of its own");

    private static KeyProblem Damaged(string path) => new(
        KeyFault.NotAKey, $"{path}: the PEM is damaged", "restore the file from where it was made");

    private static KeyProblem PublicStands(string path) => new(
        KeyFault.PublicKey, $"{path}: a public key stands where a secret key belongs", "name the file that 'coffer-companion keygen FILE' or 'openssl genpkey -algorithm X25519' wrote");

    private static KeyProblem OtherKind(string path, string what) => new(
        KeyFault.OtherKind, $"{path}: {what}, expected a key for X25519", "'coffer-companion keygen FILE' makes one that fits");

    private static KeyProblem InFile(string path, KeyProblem problem) => problem with { Message = $"{path}: {problem.Message}" };
}
