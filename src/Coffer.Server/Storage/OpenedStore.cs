using Coffer.Crypto.Keys;

namespace Coffer.Server.Storage;

/// <summary>A locked data directory with the store in it.</summary>
public sealed class OpenedStore : IAsyncDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private readonly DataDirectory _directory;

    private OpenedStore(DataDirectory directory, ICofferStore store)
    {
        _directory = directory;
        Store = store;
    }

    /// <summary>The store.</summary>
    public ICofferStore Store { get; }

    /// <summary>Opens or makes the database of <paramref name="server"/> in <paramref name="path"/>.</summary>
    /// <exception cref="StoreException">It cannot be used; the message says why, without naming the path.</exception>
    public static async Task<OpenedStore> OpenAsync(string path, PublicKey server, CancellationToken cancellation = default)
    {
        var directory = DataDirectory.Open(path);
        try
        {
            var dialect = new SqliteDialect(MakeFile(Path.Combine(path, "coffer.db")));
            try
            {
                dialect.Prepare();
            }
            catch (Exception e) when (dialect.Diagnose(e) is { } known)
            {
                throw known;
            }
            return new OpenedStore(directory, await LinqStore.OpenAsync(dialect, server, cancellation).ConfigureAwait(false));
        }
        catch
        {
            directory.Dispose();
            throw;
        }
    }

    /// <summary>Closes the store, then lets the directory go.</summary>
    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync().ConfigureAwait(false);
        _directory.Dispose();
    }

    // SQLite would make it with the mode that the process's mask gives; its log takes the mode of this file.
    private static string MakeFile(string file)
    {
        try
        {
            using var made = new FileStream(file, new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.ReadWrite, UnixCreateMode = OwnerOnly });
            return file;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreException(StoreFault.NotWritable, "holds a coffer.db that this user may not write", e);
        }
    }
}
