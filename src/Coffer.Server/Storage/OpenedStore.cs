using Coffer.CommandLine;
using Coffer.Crypto.Keys;

namespace Coffer.Server.Storage;

/// <summary>The store of a node that has locked its data directory.</summary>
public sealed class OpenedStore : IAsyncDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private readonly List<IDisposable> _owned;

    private OpenedStore(ICofferStore store, bool isShared, List<IDisposable> owned)
    {
        Store = store;
        IsShared = isShared;
        _owned = owned;
    }

    /// <summary>The store.</summary>
    public ICofferStore Store { get; }

    /// <summary>Whether other nodes can use the same database; a file is locked.</summary>
    public bool IsShared { get; }

    /// <summary>Opens the database of <paramref name="server"/>, making what is missing in it.</summary>
    /// <param name="directory">The node's data directory, which is let go with the store, or at once where that cannot be opened.</param>
    /// <param name="address">Where the database is, or null for the file <c>coffer.db</c> in the data directory.</param>
    /// <param name="server">The keys that are held: the database has no row under any other.</param>
    /// <param name="cancellation">Ends the opening with nothing made.</param>
    /// <exception cref="StoreException">It cannot be used; the message says why, without naming the place.</exception>
    public static async Task<OpenedStore> OpenAsync(DataDirectory directory, StoreAddress? address, ServerPublicKeys server, CancellationToken cancellation = default)
    {
        var owned = new List<IDisposable> { directory };
        try
        {
            StoreDialect dialect = address switch
            {
                StoreAddress.Postgres postgres => new PostgresDialect(postgres),
                StoreAddress.Sqlite sqlite => OpenFile(Locked(sqlite.File, directory, owned)),
                _ => OpenFile(Locked(Path.Combine(directory.Path, "coffer.db"), directory, owned)),
            };
            try
            {
                return new OpenedStore(await LinqStore.OpenAsync(dialect, server, cancellation).ConfigureAwait(false), address is StoreAddress.Postgres, owned);
            }
            catch
            {
                await dialect.DisposeAsync().ConfigureAwait(false);
                throw;
            }
        }
        catch
        {
            owned.ForEach(held => held.Dispose());
            throw;
        }
    }

    /// <summary>Closes the store, then lets its directories go.</summary>
    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync().ConfigureAwait(false);
        _owned.ForEach(held => held.Dispose());
    }

    // The directory of the file is locked as well where it is another one: no second server may open the file beside this one. A link leads there by another name.
    private static string Locked(string file, DataDirectory data, List<IDisposable> owned)
    {
        var real = Real(file);
        if (FileStatus.Of(real) is { IsRegular: false }) throw new StoreException(StoreFault.NotWritable, $"is {(Directory.Exists(real) ? "a directory, expected a file" : "no regular file")}");
        var directory = Path.GetDirectoryName(real)!;
        if (!Directory.Exists(directory)) throw new StoreException(StoreFault.NotWritable, $"the directory {directory} does not exist");
        if (directory != Real(data.Path)) owned.Add(DataDirectory.Open(directory));
        return real;
    }

    private static string Real(string path) =>
        RealPath.TryOf(path, out var real) ? real : throw new StoreException(StoreFault.NotWritable, "is a link that leads to no file");

    private static SqliteDialect OpenFile(string file)
    {
        var dialect = new SqliteDialect(MakeFile(file));
        try
        {
            dialect.Prepare();
            return dialect;
        }
        catch (Exception e) when (dialect.Diagnose(e) is { } known)
        {
            throw known;
        }
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
            throw new StoreException(StoreFault.NotWritable, $"holds a {Path.GetFileName(file)} that this user may not write", e);
        }
    }
}
