using System.Data;
using LinqToDB.Data;

namespace Coffer.Server.Storage;

/// <summary>What differs from one database to the next.</summary>
internal abstract class StoreDialect : IAsyncDisposable
{
    /// <summary>The type of a byte string.</summary>
    internal abstract string Blob { get; }

    /// <summary>The collation that orders texts by their bytes.</summary>
    internal abstract string BytewiseCollation { get; }

    /// <summary>Asks whether there is a table <c>meta</c>, which every database of ours has.</summary>
    internal abstract string HasMeta { get; }

    /// <summary>Whether several servers may have the database open.</summary>
    internal abstract bool IsShared { get; }

    /// <summary>Writes new rows in the way that is fastest for very many, within the transaction of <paramref name="db"/>.</summary>
    /// <remarks><paramref name="rows"/> is read as it is written; rows that are not current have no place in it.</remarks>
    internal abstract Task InsertAsync(DataConnection db, IEnumerable<CofferRow> rows, CancellationToken cancellation);

    /// <summary>The isolation under which a revision is checked and written.</summary>
    internal abstract IsolationLevel Isolation { get; }

    /// <summary>The isolation under which several tables are read as of one moment.</summary>
    internal abstract IsolationLevel ReadIsolation { get; }

    /// <summary>A connection, pooled.</summary>
    internal abstract DataConnection Connect();

    /// <summary>Keeps other nodes from changing the schema until the transaction ends.</summary>
    internal abstract Task LockSchemaAsync(DataConnection db, CancellationToken cancellation);

    /// <summary>Commits the transaction that <paramref name="db"/> is in; returns once nothing that the database was told to survive can undo it.</summary>
    internal virtual Task CommitAsync(DataConnection db, DataConnectionTransaction transaction, CancellationToken cancellation) => transaction.CommitAsync(cancellation);

    /// <summary>Lets a statement of <paramref name="db"/> take minutes from now on.</summary>
    internal abstract void AllowLong(DataConnection db);

    /// <summary>Whether <paramref name="exception"/> says that another writer's revision has the number.</summary>
    internal abstract bool IsTaken(Exception exception);

    /// <summary>Whether <paramref name="exception"/> says that a connection ended, as one from the pool does at its first use after the database was started again.</summary>
    internal abstract bool IsLost(Exception exception);

    /// <summary>Marks the transaction as one that writes a revision, for <see cref="EndWritersAsync"/>.</summary>
    internal virtual Task MarkWriterAsync(DataConnection db, CancellationToken cancellation) => Task.CompletedTask;

    /// <summary>Ends the transactions of other nodes that write a revision: one of a node that is suspended would hold up everybody else.</summary>
    internal virtual Task EndWritersAsync(DataConnection db, CancellationToken cancellation) => Task.CompletedTask;

    /// <summary>What <paramref name="exception"/> means; null where it is a fault of ours.</summary>
    internal abstract StoreException? Diagnose(Exception exception);

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();
}
