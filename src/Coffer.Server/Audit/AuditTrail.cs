using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Akka.Actor;
using Coffer.Crypto.Keys;
using Coffer.Server.Catalog;
using Coffer.Server.Sessions;
using Microsoft.Extensions.Logging;

namespace Coffer.Server.Audit;

/// <summary>Who got what, who was refused and what operators did: one JSON line each. Source: docs/audit.md.</summary>
/// <remarks>Thread safe; no call waits. Names of clients, public keys, addresses and counts only: never a secret, nor a secret's key, value or length.</remarks>
public sealed class AuditTrail : IAsyncDisposable
{
    private readonly AuditWriter? _writer;
    private readonly TimeProvider _clock;

    private AuditTrail(AuditWriter? writer, TimeProvider clock)
    {
        _writer = writer;
        _clock = clock;
    }

    /// <summary>Opens the trail.</summary>
    /// <param name="target">Where lines go.</param>
    /// <param name="isRequired">Whether a coffer leaves only after its line was written and flushed.</param>
    /// <param name="settings">How it is kept.</param>
    /// <param name="node">This node's name, which stands in every line.</param>
    /// <param name="clock">The time of events.</param>
    /// <exception cref="IOException">The file cannot be opened, or it is no file, or another process has it.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not write it, or it is a directory.</exception>
    public static AuditTrail Open(AuditTarget target, bool isRequired, AuditSettings settings, string node, TimeProvider clock) => target switch
    {
        AuditTarget.Off => new AuditTrail(null, clock),
        AuditTarget.Stdout => Over(new AuditStdout(), isRequired, settings, node, clock),
        AuditTarget.File file => Over(new AuditFile(file.Path, settings.MaxSize, settings.Keep), isRequired, settings, node, clock),
        _ => throw new ArgumentOutOfRangeException(nameof(target), target, "no such target"),
    };

    internal static AuditTrail Over(IAuditSink sink, bool isRequired, AuditSettings settings, string node, TimeProvider clock) =>
        new(new AuditWriter(sink, settings, isRequired, node, clock), clock);

    /// <summary>Whether anything is written.</summary>
    public bool IsOn => _writer is not null;

    /// <summary>Whether a coffer leaves only after its line was written and flushed.</summary>
    public bool IsRequired => _writer is { IsRequired: true };

    /// <summary>How many lines wait to be written.</summary>
    public int Waiting => _writer?.Waiting ?? 0;

    /// <summary>How many lines could not be written since the start.</summary>
    public long Lost => _writer?.Loss.Lost ?? 0;

    /// <summary>Where it says that it cannot be written; nowhere before this was called.</summary>
    public void LogTo(ILogger log) => _writer?.Loss.LogTo(log);

    /// <summary>A session is about to hand out a coffer.</summary>
    /// <returns>True where it may do so at once; otherwise <paramref name="session"/> is told an answer of <see cref="AuditReplies"/>.</returns>
    public bool Granted(EndPoint from, PublicKey client, string name, long revision, IActorRef session) => _writer is null || _writer.Record(
        new AuditEvent(_clock.GetUtcNow(), AuditKind.Fetch) { Client = name, Key = client, Address = from, Outcome = "granted", Revision = revision }, session);

    /// <summary>A coffer that was granted did not leave: the connection went away first.</summary>
    public void Left(EndPoint from, PublicKey client) =>
        _writer?.Record(new AuditEvent(_clock.GetUtcNow(), AuditKind.Refusal) { Key = client, Address = from, Outcome = "left" });

    /// <summary>A conversation was refused.</summary>
    public void Refused(EndPoint from, PublicKey? client, Refusal refusal) => _writer?.Record(
        new AuditEvent(_clock.GetUtcNow(), refusal == Refusal.UnknownKey ? AuditKind.UnknownKey : AuditKind.Refusal)
        {
            Key = client,
            Address = from,
            Outcome = refusal == Refusal.UnknownKey ? "refused" : Word(refusal),
        });

    /// <summary>A definition was loaded, or not.</summary>
    /// <param name="file">The file's name as the operator gave it.</param>
    /// <param name="outcome">How it ended.</param>
    public void Loaded(string file, LoadOutcome outcome) => Changed(AuditKind.Load, outcome, json => json.WriteString("file", file));

    /// <summary>An earlier revision was made current again, or not.</summary>
    public void RolledBack(long source, LoadOutcome outcome) => Changed(AuditKind.Rollback, outcome, json => json.WriteNumber("source", source));

    /// <summary>A client was cut off, or not.</summary>
    public void Revoked(PublicKey client, LoadOutcome outcome) => Changed(AuditKind.Revoke, outcome, more: null, client);

    /// <summary>A client was let in again, or not.</summary>
    public void Restored(PublicKey client, LoadOutcome outcome) => Changed(AuditKind.Restore, outcome, more: null, client);

    /// <summary>An operator gave a command.</summary>
    /// <param name="operation">Palette and verb, for example <c>coffer load</c>.</param>
    /// <param name="arguments">By name; none of them may hold a secret.</param>
    /// <param name="outcome">One word: <c>done</c>, or why not.</param>
    public void Command(string operation, IReadOnlyList<KeyValuePair<string, string>> arguments, string outcome) =>
        _writer?.Record(new AuditEvent(_clock.GetUtcNow(), AuditKind.Command)
        {
            Outcome = outcome,
            Rest = json =>
            {
                json.WriteString("operation", operation);
                json.WriteStartObject("arguments");
                foreach (var (name, value) in arguments) json.WriteString(name, value);
                json.WriteEndObject();
            },
        });

    /// <summary>Opens the file again by its name, after it was renamed.</summary>
    public void Reopen() => _writer?.Reopen();

    /// <summary>The last <paramref name="last"/> lines that were written and each one from then on, until the trail ends; nothing where it is off.</summary>
    /// <remarks>At most the last MiB of lines is held, once for all: who reads slower than they come goes on with the oldest of them.</remarks>
    public IAsyncEnumerable<string> FollowAsync(int last, CancellationToken cancellation) => _writer?.Tail.FollowAsync(last, cancellation) ?? AsyncEnumerable.Empty<string>();

    /// <summary>Writes what was recorded, and closes.</summary>
    public ValueTask DisposeAsync() => _writer?.DisposeAsync() ?? ValueTask.CompletedTask;

    // Complaints of a refused load name secrets, so the cause alone is written.
    private void Changed(AuditKind kind, LoadOutcome outcome, Action<Utf8JsonWriter>? more, PublicKey? client = null) =>
        _writer?.Record(new AuditEvent(_clock.GetUtcNow(), kind)
        {
            Key = client,
            Outcome = outcome switch
            {
                LoadOutcome.Loaded => "done",
                LoadOutcome.Refused refused => Word(refused.Cause),
                _ => "unchanged",
            },
            Revision = outcome switch
            {
                LoadOutcome.Loaded loaded => loaded.Revision,
                LoadOutcome.Unchanged unchanged => unchanged.Revision,
                _ => null,
            },
            Rest = json =>
            {
                more?.Invoke(json);
                if (kind is AuditKind.Load or AuditKind.Rollback && outcome is LoadOutcome.Loaded loaded) WriteLoaded(json, loaded);
            },
        });

    private static void WriteLoaded(Utf8JsonWriter json, LoadOutcome.Loaded loaded)
    {
        json.WriteNumber("serial", loaded.Serial);
        json.WriteNumber("clients", loaded.Clients);
        json.WriteNumber("added", loaded.Counts.Added);
        json.WriteNumber("changed", loaded.Counts.Changed);
        json.WriteNumber("removed", loaded.Counts.Removed);
    }

    private static string Word<T>(T value) where T : struct, Enum => JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString());
}
