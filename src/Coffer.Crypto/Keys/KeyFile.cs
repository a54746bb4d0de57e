using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using NSec.Cryptography;

namespace Coffer.Crypto.Keys;

/// <summary>Key pairs in files: PKCS #8 PEM (RFC 8410), mode 0600, the form that <c>openssl genpkey -algorithm X25519</c> writes.</summary>
/// <remarks>Source: protocol.md section 4.</remarks>
public static class KeyFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OpenToOthers = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    // The longest key file is a few hundred bytes of PEM; anything near this is something else.
    private const int MaxFileSize = 16 * 1024;

    /// <summary>Makes a new key pair in a new file of mode 0600, forced to disk, and returns its public key. An existing file is left alone.</summary>
    public static bool TryCreate(string path, out PublicKey publicKey, [NotNullWhen(false)] out KeyProblem? problem)
    {
        publicKey = default;
        using var key = Key.Create(KeyAgreementAlgorithm.X25519, new KeyCreationParameters { ExportPolicy = KeyExportPolicies.AllowPlaintextArchiving });
        var pem = key.Export(KeyBlobFormat.PkixPrivateKeyText);
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerOnly, BufferSize = 0 };
            using var file = new FileStream(path, options);
            file.Write(pem);
            file.Flush(flushToDisk: true);
        }
        catch (IOException) when (Path.Exists(path))
        {
            problem = new(KeyFault.Exists, $"{path}: is there already, and a key file is never overwritten", "choose another name, or move the old file away first");
            return false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problem = new(KeyFault.Unwritable, $"{path}: cannot be written ({Reason(e)})", "the directory must exist and be writable");
            return false;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(pem);
        }

        publicKey = new PublicKey(key.PublicKey.Export(KeyBlobFormat.RawPublicKey));
        problem = null;
        return true;
    }

    /// <summary>Reads a secret key file. One that group or others may read or write is refused unless <paramref name="allowOpen"/>.</summary>
    /// <returns>True with a pair that the caller disposes, or false with the reason.</returns>
    public static bool TryRead(string path, bool allowOpen, [NotNullWhen(true)] out KeyPair? pair, [NotNullWhen(false)] out KeyProblem? problem)
    {
        pair = null;
        if (!TryReadText(path, allowOpen ? 0 : OpenToOthers, out var text, out problem)) return false;
        try
        {
            return TryReadSecret(path, text, out pair, out problem);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(System.Runtime.InteropServices.MemoryMarshal.AsBytes(text.AsSpan()));
        }
    }

    /// <summary>Reads a public key file: the text form on a line, or SubjectPublicKeyInfo PEM.</summary>
    public static bool TryReadPublic(string path, out PublicKey publicKey, [NotNullWhen(false)] out KeyProblem? problem)
    {
        publicKey = default;
        if (!TryReadText(path, 0, out var text, out problem)) return false;

        if (PemEncoding.TryFind(text, out var fields) && text.AsSpan(fields.Label) is "PUBLIC KEY")
        {
            if (TryDecode(text, fields, out var der) && der.AsSpan().StartsWith(Pkcs8.X25519PublicPrefix) && der.Length == Pkcs8.X25519PublicPrefix.Length + PublicKey.Size)
            {
                publicKey = new PublicKey(der.AsSpan(Pkcs8.X25519PublicPrefix.Length));
                problem = publicKey.IsLowOrder ? InFile(path, KeyText.LowOrder) : null;
                return problem is null;
            }
            problem = new(KeyFault.OtherKind, $"{path}: a public key of another algorithm, expected X25519", "'coffer-companion keygen FILE' makes one that fits");
            return false;
        }

        if (PublicKey.TryRead(text.AsSpan().Trim(), out publicKey, out var wrong)) return true;
        problem = InFile(path, wrong);
        return false;
    }

    private static bool TryReadSecret(string path, ReadOnlySpan<char> text, [NotNullWhen(true)] out KeyPair? pair, [NotNullWhen(false)] out KeyProblem? problem)
    {
        pair = null;
        problem = null;
        if (!PemEncoding.TryFind(text, out var fields))
        {
            problem = PublicKey.TryParse(text.Trim().ToString(), null, out _)
                ? PublicStands(path)
                : text.Trim().IsEmpty
                    ? new(KeyFault.Empty, $"{path}: empty, expected a secret key (PKCS #8 PEM)", "'coffer-companion keygen FILE' makes one")
                    : new(KeyFault.NotAKey, $"{path}: no key, expected a secret key (PKCS #8 PEM, '-----BEGIN PRIVATE KEY-----')", "'coffer-companion keygen FILE' makes one");
            return false;
        }

        var label = text[fields.Label];
        if (label is not "PRIVATE KEY")
        {
            problem = label switch
            {
                "PUBLIC KEY" => PublicStands(path),
                "ENCRYPTED PRIVATE KEY" => new(KeyFault.OtherKind, $"{path}: a secret key behind a passphrase, expected one without", "decrypt it with 'openssl pkey -in OLD -out NEW' and keep the new file at mode 0600"),
                _ => OtherAlgorithm(path, label.ToString()),
            };
            return false;
        }

        if (!TryDecode(text, fields, out var der))
        {
            problem = new(KeyFault.NotAKey, $"{path}: the PEM is damaged", "restore the file from where it was made");
            return false;
        }
        try
        {
            var parameters = new KeyCreationParameters { ExportPolicy = KeyExportPolicies.AllowPlaintextArchiving };
            if (!Key.TryImport(KeyAgreementAlgorithm.X25519, der, KeyBlobFormat.PkixPrivateKey, out var key, parameters))
            {
                problem = OtherAlgorithm(path, "PRIVATE KEY");
                return false;
            }
            using (key) pair = Adopt(key!);
            return true;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(der);
        }
    }

    private static KeyPair Adopt(Key key)
    {
        Span<byte> scalar = stackalloc byte[Sodium.KeySize];
        try
        {
            key.TryExport(KeyBlobFormat.RawPrivateKey, scalar, out _);
            return new KeyPair(scalar);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(scalar);
        }
    }

    private static bool TryReadText(string path, UnixFileMode forbidden, [NotNullWhen(true)] out char[]? text, [NotNullWhen(false)] out KeyProblem? problem)
    {
        text = null;
        problem = null;
        var bytes = GC.AllocateUninitializedArray<byte>(MaxFileSize, pinned: true);
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            // The mode is asked of the open file, so that no other can be put in its place in between.
            var mode = File.GetUnixFileMode(file.SafeFileHandle);
            if ((mode & forbidden) != 0)
            {
                problem = new(KeyFault.OpenToOthers, $"{path}: others than its owner may open it (mode {Convert.ToString((int)mode, 8).PadLeft(4, '0')}), expected 0600",
                    $"run 'chmod 600 {path}', or say --allow-open-key if that is meant");
                return false;
            }

            var length = file.ReadAtLeast(bytes, MaxFileSize, throwOnEndOfStream: false);
            if (length == MaxFileSize)
            {
                problem = new(KeyFault.NotAKey, $"{path}: too long for a key file", "name the file that holds the key alone");
                return false;
            }
            text = GC.AllocateUninitializedArray<char>(Encoding.UTF8.GetCharCount(bytes, 0, length), pinned: true);
            Encoding.UTF8.GetChars(bytes.AsSpan(0, length), text);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problem = new(KeyFault.Unreadable, $"{path}: cannot be read ({Reason(e)})", "name a key file that this user may read");
            return false;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    private static bool TryDecode(ReadOnlySpan<char> text, PemFields fields, out byte[] der)
    {
        der = GC.AllocateUninitializedArray<byte>(fields.DecodedDataLength, pinned: true);
        return Convert.TryFromBase64Chars(text[fields.Base64Data], der, out var written) && written == der.Length;
    }

    private static KeyProblem PublicStands(string path) => new(
        KeyFault.PublicKey, $"{path}: a public key stands where a secret key belongs", "name the file that 'coffer-companion keygen FILE' or 'openssl genpkey -algorithm X25519' wrote");

    private static KeyProblem OtherAlgorithm(string path, string label) => new(
        KeyFault.OtherKind, $"{path}: a key of another kind ({label}), expected X25519 as PKCS #8 PEM", "'coffer-companion keygen FILE' makes one that fits");

    private static KeyProblem InFile(string path, KeyProblem problem) => problem with { Message = $"{path}: {problem.Message}" };

    private static string Reason(Exception e) => e switch
    {
        FileNotFoundException => "no such file",
        DirectoryNotFoundException => "no such directory",
        UnauthorizedAccessException => "permission denied, or a directory",
        _ => "input/output error",
    };
}
