using Coffer.Crypto.Keys;
using Coffer.Crypto.Sealing;
using Coffer.Server.Storage;
using Microsoft.Extensions.Logging;

namespace Coffer.Server.Catalog;

/// <summary>Seals rows anew under the server's first key, some at a time. Owner and revision of a row stay: nobody's coffer changes by it.</summary>
public sealed partial class KeyChange(ICofferStore store, StorageSeal seal, ILogger<KeyChange> log)
{
    private readonly ILogger _log = log;

    /// <summary>The key that all rows are brought under.</summary>
    public PublicKey Key => seal.Server;

    /// <summary>Seals the next rows.</summary>
    /// <exception cref="StoreException">The store cannot be read or written; nothing was.</exception>
    public Task<SealingStep> SealNextAsync() => store.SealNextAsync(SealAnew);

    private StoredRow? SealAnew(StoredRow row)
    {
        using var opened = new SecretScratch(StorageSeal.OpenedSize(row.Coffer));
        if (seal.IsUnderFirst(row.Owner, row.Coffer, opened.Span)) return null;
        // No key that is held will ever open it, so it is no reason to keep one.
        if (!seal.TryOpen(row.Owner, row.Coffer, opened.Span))
        {
            LogUnreadable(row.Owner, row.Coffer.Revision);
            return null;
        }
        return row with { Digest = seal.Digest(row.Owner, opened.Span), Coffer = seal.Seal(row.Owner, row.Coffer.Revision, opened.Span) };
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "the stored coffer of {Client}, revision {Revision}, opens under no key of this server, and is left as it is: the row is damaged or was moved")]
    private partial void LogUnreadable(PublicKey client, long revision);
}
