using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Coffer.Shared;
using Microsoft.Win32.SafeHandles;

namespace Coffer.Crypto.Keys;

/// <summary>The text of key files as it goes from and to the disk: modes asked of the open file, nothing that could block opened, buffers wiped.</summary>
internal static partial class KeyFileText
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OfOthers = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    // The longest key file is a few hundred bytes of PEM; anything near this is something else.
    private const int MaxFileSize = 16 * 1024;

    // Linux, on every architecture that .NET runs on: O_RDONLY | O_NONBLOCK | O_CLOEXEC. Without the second a pipe that nobody writes to would hold the program for ever.
    private const int ReadOnlyNonBlocking = 0x800 | 0x80000;

    internal static bool TryWriteNew(string path, ReadOnlySpan<byte> text, [NotNullWhen(false)] out KeyProblem? problem)
    {
        try
        {
            using var drafts = new Drafts();
            drafts.Add(path, OwnerOnly).Write(text);
            drafts.Keep();
            problem = null;
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            problem = IsThere(path)
                ? new(KeyFault.Exists, $"{path}: is there already, and a key file is never overwritten", $"choose another name; of a key that is there 'coffer-companion public {path}' prints the public key")
                : Unwritable(path, e);
            return false;
        }
    }

    /// <summary>Reads the whole file, and the mode that it has; the caller wipes the text.</summary>
    internal static bool TryRead(string path, [NotNullWhen(true)] out char[]? text, out UnixFileMode mode, [NotNullWhen(false)] out KeyProblem? problem)
    {
        text = null;
        mode = default;
        var bytes = GC.AllocateUninitializedArray<byte>(MaxFileSize, pinned: true);
        try
        {
            // One file from here on, whatever is put in the place of its name.
            using var handle = Open(path, ReadOnlyNonBlocking);
            if (handle.IsInvalid)
            {
                problem = Unreadable(path, Marshal.GetLastPInvokeError() switch { 2 => "no such file", 13 => "permission denied", 20 => "no such directory", _ => Marshal.GetLastPInvokeErrorMessage() });
                return false;
            }
            if (Directory.Exists(path))
            {
                problem = Unreadable(path, "a directory");
                return false;
            }
            using var file = new FileStream(handle, FileAccess.Read, bufferSize: 0);
            if (!file.CanSeek)
            {
                problem = Unreadable(path, "a pipe or a device");
                return false;
            }

            mode = File.GetUnixFileMode(handle);
            var length = file.ReadAtLeast(bytes, MaxFileSize, throwOnEndOfStream: false);
            if (length == MaxFileSize)
            {
                problem = new(KeyFault.NotAKey, $"{path}: too long for a key file", "name the file that holds the key alone");
                return false;
            }
            text = GC.AllocateUninitializedArray<char>(Encoding.UTF8.GetCharCount(bytes, 0, length), pinned: true);
            Encoding.UTF8.GetChars(bytes.AsSpan(0, length), text);
            problem = null;
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problem = Unreadable(path, "input/output error");
            return false;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    /// <summary>Whether a file at <paramref name="path"/> of this mode is open to others than its owner; systemd's credentials, which the service's access list rules, are not.</summary>
    internal static bool IsOpenToOthers(string path, UnixFileMode mode) => (mode & (IsCredential(path) ? OfOthers & ~UnixFileMode.GroupRead : OfOthers)) != 0;

    /// <summary>What is wrong with a secret key file that is open to others.</summary>
    internal static KeyProblem OpenToOthers(string path, UnixFileMode mode) => new(
        KeyFault.OpenToOthers, $"{path}: others than its owner may open it (mode {Convert.ToString((int)mode, 8).PadLeft(4, '0')}), expected 0600",
        $"run 'chmod 600 {path}', or say --allow-open-key if that is meant");

    internal static void Wipe(char[] text) => CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(text.AsSpan()));

    // systemd gives the service access by an access list, whose mask shows where the group's mode would stand.
    private static bool IsCredential(string path) =>
        Environment.GetEnvironmentVariable("CREDENTIALS_DIRECTORY") is { Length: > 0 } directory
        && Path.GetDirectoryName(Path.GetFullPath(path)) == Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory));

    private static bool IsThere(string path)
    {
        // A link that leads nowhere is in the way as well.
        return Path.Exists(path) || (path.Length > 0 && new FileInfo(path).LinkTarget is not null);
    }

    private static KeyProblem Unreadable(string path, string reason) => new(
        KeyFault.Unreadable, $"{path}: cannot be read ({reason})", "name a key file that this user may read");

    private static KeyProblem Unwritable(string path, Exception e) => new(
        KeyFault.Unwritable, $"{path}: cannot be written ({Reason(e)})", "the directory must exist and be writable");

    private static string Reason(Exception e) => e switch
    {
        DirectoryNotFoundException => "no such directory",
        UnauthorizedAccessException => "permission denied",
        // What .NET makes of EFBIG.
        ArgumentOutOfRangeException => "file too large",
        ArgumentException => "no file name",
        _ => "input/output error",
    };

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Open(string path, int flags);
}
