using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Coffer.Crypto.Keys;
using Coffer.Crypto.Sealing;
using Coffer.Operations;
using Coffer.Operations.Palettes;
using Coffer.Operations.Rows;
using Coffer.Protocol.Cbor;
using Coffer.Protocol.Secrets;
using Coffer.Server.Audit;
using Coffer.Server.Catalog;
using Coffer.Server.Hosting;
using Coffer.Server.Sessions;
using Coffer.Server.Storage;

namespace Coffer.Server.Operations;

/// <summary>What the palette <c>coffer</c> does, status, loads and rollbacks aside.</summary>
/// <param name="store">Where clients and revisions are.</param>
/// <param name="seal">Opens a coffer to tell what it holds.</param>
/// <param name="server">The server's own keys, which are no client's.</param>
/// <param name="probe">Nor is the node's probe's.</param>
/// <param name="view">Knows the last fetches.</param>
/// <param name="sessions">The conversations that are open.</param>
/// <param name="node">What is there once the node has started.</param>
/// <param name="audit">The trail to follow.</param>
internal sealed class CofferHandlers(
    ICofferStore store, StorageSeal seal, ServerPublicKeys server, PublicKey probe, INodeView view, OpenSessions sessions, StartedNode node, AuditTrail audit)
{
    internal void AddTo(OperationHandlers handlers)
    {
        handlers.Handle(CofferPalette.Clients, ClientsAsync);
        handlers.Handle(CofferPalette.ClientDetail, ClientAsync);
        handlers.Handle(CofferPalette.History, HistoryAsync);
        handlers.Handle(CofferPalette.Revoke, (call, cancellation) => ChangeAccessAsync(call, "revoked", Revocation, cancellation));
        handlers.Handle(CofferPalette.Restore, (call, cancellation) => ChangeAccessAsync(call, "restored", (key, name) => new CatalogCommands.Restore(key, name), cancellation));
        handlers.Handle(CofferPalette.Sessions, SessionsAsync);
        handlers.Handle(CofferPalette.AuditTail, AuditTailAsync);
    }

    private async IAsyncEnumerable<ClientRow> ClientsAsync(OperationCall call, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var search = call.Text(CofferPalette.Search) ?? "";
        var onlyRevoked = call.Flag(CofferPalette.Revoked);
        var strangers = onlyRevoked ? await store.ReadRevokedAsync(cancellation).ToHashSetAsync(cancellationToken: cancellation).ConfigureAwait(false) : [];
        await foreach (var client in store.ReadClientsByNameAsync(cancellation).ConfigureAwait(false))
        {
            if (onlyRevoked && !client.IsRevoked) continue;
            strangers.Remove(client.Owner);
            var key = client.Owner.ToString();
            if (Matches(client.Name) || Matches(key))
                yield return new ClientRow(client.Name, key, client.Revision, client.IsRevoked, view.LastFetch(client.Owner));
        }
        foreach (var stranger in strangers.Where(stranger => Matches(stranger.ToString())).Order())
            yield return new ClientRow(null, stranger.ToString(), null, IsRevoked: true, view.LastFetch(stranger));

        bool Matches(string text) => text.Contains(search, StringComparison.OrdinalIgnoreCase);
    }

    private async Task<ClientDetailRow> ClientAsync(OperationCall call, CancellationToken cancellation)
    {
        var client = await FindAsync(call.Required(CofferPalette.Client), cancellation).ConfigureAwait(false);
        var isRevoked = await store.IsRevokedAsync(client.Owner, cancellation).ConfigureAwait(false);
        return new ClientDetailRow(
            client.Name, client.Owner.ToString(), client.Coffer.Revision, isRevoked, view.LastFetch(client.Owner), StorageSeal.OpenedSize(client.Coffer), Secrets(client));
    }

    private List<SecretRow> Secrets(StoredRow client)
    {
        var opened = new byte[StorageSeal.OpenedSize(client.Coffer)];
        try
        {
            if (!seal.TryOpen(client.Owner, client.Coffer, opened) || !CofferCbor.TryDecode(opened, out var coffer))
                throw new OperationException(OperationFault.Store, $"the stored coffer of {client.Name} does not open: the row is damaged or was moved", "load the definition again");
            return [.. coffer.Secrets.Select(s => new SecretRow(s.Key, s.Value.Kind.ToString(), SizeOf(s.Value)))];
        }
        finally
        {
            CryptographicOperations.ZeroMemory(opened);
        }
    }

    // Of a kind whose text would tell the value by its length, what every one of it takes.
    private static int SizeOf(SecretValue value) => value.Kind switch
    {
        SecretKind.Boolean => 1,
        SecretKind.Integer or SecretKind.Float => 8,
        _ => Encoding.UTF8.GetByteCount(value.RevealAsText()),
    };

    private async IAsyncEnumerable<HistoryRow> HistoryAsync(OperationCall call, [EnumeratorCancellation] CancellationToken cancellation)
    {
        foreach (var revision in await store.ReadHistoryAsync(cancellation).ConfigureAwait(false))
            yield return new HistoryRow(
                revision.Revision, revision.Kind.ToString().ToLowerInvariant(), revision.At, revision.Clients, revision.Added, revision.Changed, revision.Removed,
                revision.Serial, revision.Companion?.ToString(), revision.SealedAt, revision.Source, revision.Subject?.ToString());
    }

    private async Task<CatalogRow> ChangeAccessAsync(OperationCall call, string done, Func<PublicKey, string?, CatalogCommand> command, CancellationToken cancellation)
    {
        var catalog = node.Get<CatalogClient>();
        var text = call.Required(CofferPalette.Client);
        // Who was removed from the definition may still be restored, by the key alone.
        var (name, key) = PublicKey.TryRead(text, out var given, out _)
            ? ((await store.FindClientAsync(given, cancellation).ConfigureAwait(false))?.Name, given)
            : Named(await FindAsync(text, cancellation).ConfigureAwait(false));
        return Row(done, await catalog.AskAsync(command(key, name), cancellation).ConfigureAwait(false), name, key);

        static (string?, PublicKey) Named(StoredRow client) => (client.Name, client.Owner);
    }

    // The one would do nothing, and the other have every node say that it cannot serve.
    private CatalogCommands.Revoke Revocation(PublicKey key, string? name) => !server.Holds(key) && key != probe ? new(key, name) : throw new OperationException(
        OperationFault.Refused, $"{key} is {(key == probe ? "the key of the server's own health probe" : "the server's own public key")}, expected a client's", "'coffer-ctl coffer clients' lists them");

    private static CatalogRow Row(string done, LoadOutcome outcome, string? name, PublicKey key) => outcome switch
    {
        LoadOutcome.Loaded loaded => new(done, loaded.Revision, loaded.Clients, name, key.ToString()),
        LoadOutcome.Unchanged unchanged => new("unchanged", unchanged.Revision, Clients: null, name, key.ToString()),
        LoadOutcome.Refused refused => throw CatalogRefusal.ToException(refused),
        _ => throw new InvalidOperationException($"no outcome is called {outcome.GetType()}"),
    };

    private async IAsyncEnumerable<SessionRow> SessionsAsync(OperationCall call, [EnumeratorCancellation] CancellationToken cancellation)
    {
        foreach (var session in sessions.List().OrderBy(s => s.Since))
        {
            var client = await store.FindClientAsync(session.Client, cancellation).ConfigureAwait(false);
            yield return new SessionRow(session.From.ToString()!, session.IsServed ? "served" : "linked", client?.Name, session.Client.ToString(), session.Since);
        }
    }

    private async IAsyncEnumerable<JsonElement> AuditTailAsync(OperationCall call, [EnumeratorCancellation] CancellationToken cancellation)
    {
        if (!audit.IsOn) throw new OperationException(OperationFault.Refused, "this node writes no audit that could be followed", "start the server with --audit FILE");
        var last = (int)Math.Min(call.Number(CofferPalette.Last) ?? LogHandlers.DefaultLast, int.MaxValue);
        await foreach (var line in Tail.Of(token => audit.FollowAsync(last, token), call.Flag(CofferPalette.Once), cancellation).ConfigureAwait(false))
        {
            if (line.Gap is { } gap) call.Note($"{gap}; the audit itself has them all");
            yield return Entry(line.Text);
        }
    }

    // A line that a crash has cut off is none of ours any more, and is shown as the text it is.
    private static JsonElement Entry(string line)
    {
        try
        {
            using var entry = JsonDocument.Parse(line);
            return entry.RootElement.Clone();
        }
        catch (JsonException)
        {
            return JsonSerializer.SerializeToElement(line);
        }
    }

    private async Task<StoredRow> FindAsync(string nameOrKey, CancellationToken cancellation) =>
        (PublicKey.TryRead(nameOrKey, out var key, out _)
            ? await store.FindClientAsync(key, cancellation).ConfigureAwait(false)
            : await store.FindClientAsync(nameOrKey, cancellation).ConfigureAwait(false))
        ?? throw new OperationException(OperationFault.NotFound, $"no client has the name or key {nameOrKey}", "'coffer-ctl coffer clients' lists them");
}
