using System.Globalization;
using Coffer.Operations;

namespace Coffer.Server.Storage;

/// <summary>The directory that one running server owns: mode 0700, and locked for as long as this object lives.</summary>
public sealed class DataDirectory : IDisposable
{
    // What .NET hands on of the system, as HResult. Source: errno(3) of Linux.
    private const int WouldBlock = 11;
    private const int NoSpace = 28;
    private const int QuotaExceeded = 122;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private readonly FileStream _lock;

    private DataDirectory(string path, FileStream lockFile)
    {
        Path = path;
        _lock = lockFile;
    }

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>Makes the directory where it is missing, and locks it.</summary>
    /// <exception cref="StoreException">It cannot be made or written, or another server has it.</exception>
    public static DataDirectory Open(string path)
    {
        try
        {
            Directory.CreateDirectory(path, OwnerOnly | UnixFileMode.UserExecute);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreException(StoreFault.NotWritable, File.Exists(path) ? "is a file, expected a directory" : "cannot be made: a parent is missing or not writable", e);
        }
        return new DataDirectory(path, Lock(System.IO.Path.Combine(path, DataDirectoryPath.LockName)));
    }

    /// <summary>Whether others than its owner may make and remove files in it: it was there before a server was, with a mode of its own.</summary>
    internal static bool IsWritableForOthers(string path) => (File.GetUnixFileMode(path) & (UnixFileMode.GroupWrite | UnixFileMode.OtherWrite)) != 0;

    /// <inheritdoc/>
    public void Dispose() => _lock.Dispose();

    private static FileStream Lock(string file)
    {
        FileStream? opened = null;
        try
        {
            opened = new FileStream(file, new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None, UnixCreateMode = OwnerOnly, BufferSize = 0 });
            opened.SetLength(0);
            opened.Write(System.Text.Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + "\n"));
            return opened;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            opened?.Dispose();
            throw e switch
            {
                UnauthorizedAccessException => new StoreException(StoreFault.NotWritable, "is not writable for this user", e),
                // Sharing is refused by a lock that dies with its process, so a file left behind by a crash is no obstacle.
                { HResult: WouldBlock } => new StoreException(StoreFault.InUse, "is in use by another server", e),
                { HResult: NoSpace or QuotaExceeded } => new StoreException(StoreFault.Full, "is on a disk that is full", e),
                NotSupportedException => new StoreException(StoreFault.NotWritable, "holds a 'lock' that is no regular file", e),
                _ => new StoreException(StoreFault.NotWritable, $"cannot be locked: {e.Message}", e),
            };
        }
    }
}
