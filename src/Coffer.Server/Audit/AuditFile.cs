using System.Globalization;
using System.Runtime.InteropServices;
using Coffer.CommandLine;
using Coffer.Server.Storage;
using Microsoft.Win32.SafeHandles;

namespace Coffer.Server.Audit;

/// <summary>Lines in a file of mode 0600 that is rotated by size: <c>FILE</c>, then <c>FILE.1</c>, the older the higher.</summary>
/// <remarks>
/// It is opened for this process alone, and again after whatever went wrong, so that it recovers by itself. Lines go where the file ends
/// at that moment, as the system says: a tool may cut it short meanwhile.
/// </remarks>
internal sealed partial class AuditFile : IAuditSink
{
    // Linux, on the architectures that .NET is for. Source: fcntl(2), open(2).
    private const int SetFlags = 4;
    private const int WriteAtEnd = 0x400;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _path;
    private readonly long _maxSize;
    private readonly int _keep;
    private FileStream? _file;

    // Where the links in its name have led to when it was opened: rotated files lie there, and no link is renamed.
    private string _real = "";

    // A rotation that failed is tried again when the file has grown by as much again.
    private long _rotateBeyond;

    /// <summary>Opens or makes the file.</summary>
    /// <exception cref="IOException">It cannot be opened, or another process has it.</exception>
    /// <exception cref="UnfitFileException">It is no file, or none that lines of a trail belong into.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not write it, or it is a directory.</exception>
    internal AuditFile(string path, long maxSize, int keep)
    {
        _path = path;
        _maxSize = maxSize == 0 ? long.MaxValue : maxSize;
        _keep = keep;
        _rotateBeyond = _maxSize;
        Opened();
    }

    public void Append(ReadOnlySpan<byte> lines, bool toDisk)
    {
        var file = Opened();
        var end = RandomAccess.GetLength(file);
        if (end > 0 && end > _rotateBeyond - lines.Length && TryRotate(end)) (file, end) = (Opened(), 0);
        try
        {
            Write(file, lines);
            if (toDisk) RandomAccess.FlushToDisk(file);
        }
        catch
        {
            GiveUp(file, end);
            throw;
        }
    }

    public void Reopen()
    {
        Close();
        try
        {
            Opened();
        }
        // The next line finds the same, and says so.
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }
    }

    public byte[] ReadLast(int bytes)
    {
        var current = ReadLast(Opened(), bytes);
        return current.Length == bytes ? current : [.. ReadLastRotated(bytes - current.Length), .. current];
    }

    public void Dispose() => Close();

    private SafeFileHandle Opened()
    {
        if (_file is { } open) return open.SafeFileHandle;
        // A device is not even opened.
        if (FileStatus.Of(_path) is { IsRegular: false, IsDirectory: false }) throw NotRegular();
        if (!RealPath.TryOf(_path, out var real)) throw new UnfitFileException("is a link that leads to no file");
        if (IsOfSystem(Path.GetFullPath(_path)) || IsOfSystem(real)) throw new UnfitFileException("lies in /dev or /proc, where nothing can be rotated");
        var file = new FileStream(real, new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None, UnixCreateMode = OwnerOnly, BufferSize = 0 });
        try
        {
            if (!file.CanSeek) throw NotRegular();
            CheckBeginning(file.SafeFileHandle);
            if (Control(file.SafeFileHandle, SetFlags, WriteAtEnd) != 0) throw new IOException(FileFault.Describe(Marshal.GetLastPInvokeError()));
            EndTornLine(file.SafeFileHandle);
        }
        catch
        {
            file.Dispose();
            throw;
        }
        (_file, _real) = (file, real);
        _rotateBeyond = _maxSize;
        return file.SafeFileHandle;
    }

    private static UnfitFileException NotRegular() => new("is no regular file");

    // /dev/stdout may lead to a regular file, too. /dev/shm is a directory like any other.
    private static bool IsOfSystem(string path) =>
        path.StartsWith("/proc/", StringComparison.Ordinal) || (path.StartsWith("/dev/", StringComparison.Ordinal) && !path.StartsWith("/dev/shm/", StringComparison.Ordinal));

    // A key, a database or a definition that was named by mistake would be damaged. A trail begins with a line,
    // or with the NULs that a power cut leaves where the disk had made room for one, or whoever cut the file beneath a writer.
    private static void CheckBeginning(SafeFileHandle file)
    {
        Span<byte> first = stackalloc byte[1];
        if (RandomAccess.Read(file, first, 0) == 1 && first[0] is not ((byte)'{' or 0)) throw new UnfitFileException("is no audit trail: it begins with something else than a line of one");
    }

    // What a power cut left unfinished stays, as a line of its own.
    private static void EndTornLine(SafeFileHandle file)
    {
        Span<byte> last = stackalloc byte[1];
        var end = RandomAccess.GetLength(file);
        if (end > 0 && RandomAccess.Read(file, last, end - 1) == 1 && last[0] != '\n') Write(file, "\n"u8);
    }

    // The system does not ask for a place in a file that is written at its end alone. Source: pwrite(2).
    private static void Write(SafeFileHandle file, ReadOnlySpan<byte> bytes)
    {
        try
        {
            RandomAccess.Write(file, bytes, 0);
        }
        // What .NET makes of EFBIG.
        catch (ArgumentOutOfRangeException e)
        {
            throw new IOException("the limit on a file's size is reached", e);
        }
    }

    private bool TryRotate(long size)
    {
        try
        {
            for (var number = _keep - 1; number > 0; number--)
                if (File.Exists(Rotated(number))) File.Move(Rotated(number), Rotated(number + 1), overwrite: true);
            File.Move(_real, Rotated(1), overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _rotateBeyond = size + _maxSize;
            return false;
        }
        Close();
        return true;
    }

    private string Rotated(int number) => string.Create(CultureInfo.InvariantCulture, $"{_real}.{number}");

    private void GiveUp(SafeFileHandle file, long end)
    {
        try
        {
            // Cut meanwhile, it would grow.
            if (RandomAccess.GetLength(file) > end) RandomAccess.SetLength(file, end);
        }
        // Then half a line may stand there, which is ended when the file is opened again.
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }
        Close();
    }

    private void Close()
    {
        _file?.Dispose();
        _file = null;
    }

    private static byte[] ReadLast(SafeFileHandle file, int bytes)
    {
        var end = RandomAccess.GetLength(file);
        var last = new byte[(int)Math.Min(bytes, end)];
        var read = 0;
        while (read < last.Length && RandomAccess.Read(file, last.AsSpan(read), end - last.Length + read) is > 0 and var more) read += more;
        return last[..read];
    }

    // Who follows sees fewer lines without it, and nothing else depends on it.
    private byte[] ReadLastRotated(int bytes)
    {
        if (FileStatus.Of(Rotated(1)) is not { IsRegular: true }) return [];
        try
        {
            using var before = File.OpenHandle(Rotated(1), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            return ReadLast(before, bytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Control(SafeFileHandle file, int command, int argument);
}
