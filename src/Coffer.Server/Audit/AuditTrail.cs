using System.Net;
using System.Text.Json;
using Akka.Actor;
using Coffer.Crypto.Keys;
using Coffer.Server.Catalog;
using Coffer.Server.Hosting;
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

    /// <summary>Why lines could not be written within the last seconds; null where they could, or none was to be.</summary>
    public string? Problem => _writer?.Loss.Problem;

    /// <summary>How many lines were lost since the start.</summary>
    public long Lost => _writer?.Loss.Lost ?? 0;

    /// <summary>Where it says that it cannot be written; nowhere before this was called.</summary>
    public void LogTo(ILogger log) => _writer?.Loss.LogTo(log);

    /// <summary>A session is about to hand out a coffer.</summary>
    /// <returns>True where it may do so at once; otherwise <paramref name="session"/> is told an answer of <see cref="AuditReplies"/>.</returns>
    public bool Granted(EndPoint from, PublicKey client, string name, long revision, IActorRef session) => _writer is null || _writer.Record(
        new AuditEvent(_clock.GetUtcNow(), AuditKind.Fetch) { Client = name, Key = client, Address = from, Outcome = "granted", Revision = revision }, session);

    /// <summary>A coffer that was granted did not leave: the connection went away first.</summary>
    public void Left(EndPoint from, PublicKey client, string name) => Refused(AuditKind.Refusal, from, client, name, "left", isWithheld: true);

    /// <summary>A conversation was refused.</summary>
    /// <param name="from">The connection's other end.</param>
    /// <param name="client">The client, once its Hello has opened.</param>
    /// <param name="name">Its name in the definition, once its coffer was found.</param>
    /// <param name="refusal">Why.</param>
    /// <param name="isWithheld">Whether its coffer was granted, and not sent.</param>
    public void Refused(EndPoint from, PublicKey? client, string? name, Refusal refusal, bool isWithheld)
    {
        if (refusal == Refusal.UnknownKey) Refused(AuditKind.UnknownKey, from, client, name, "refused", isWithheld);
        else Refused(AuditKind.Refusal, from, client, name, Word(refusal), isWithheld);
    }

    /// <summary>The load of the file called <paramref name="file"/> is over.</summary>
    public void Loaded(string file, LoadOutcome outcome) => Loaded(file, Word(outcome), outcome);

    /// <summary>The catalog was asked for a new revision.</summary>
    public void Changed(CatalogCommand command, LoadOutcome outcome) => Changed(command, Word(outcome), outcome);

    /// <summary>The catalog was asked for a new revision, and stopped before it answered.</summary>
    /// <param name="command">What it was asked.</param>
    /// <param name="stored">What the store is known to hold; null where that is not known.</param>
    public void Unanswered(CatalogCommand command, LoadOutcome? stored) => Changed(command, "unanswered", stored);

    /// <summary>An operator gave a command.</summary>
    /// <param name="operation">Palette and verb, for example <c>coffer load</c>.</param>
    /// <param name="arguments">By name; none of them may hold a secret.</param>
    /// <param name="by">Who gave it, as far as the socket tells: <c>uid 1000</c>.</param>
    /// <param name="outcome">One word: <c>done</c>, or why not.</param>
    public void Command(string operation, IEnumerable<KeyValuePair<string, string>> arguments, string by, string outcome) =>
        _writer?.Record(new AuditEvent(_clock.GetUtcNow(), AuditKind.Command)
        {
            Outcome = outcome,
            Rest = json =>
            {
                json.WriteString("operation", operation);
                json.WriteString("by", by);
                json.WriteStartObject("arguments");
                foreach (var (name, value) in arguments) json.WriteString(name, value);
                json.WriteEndObject();
            },
        });

    /// <summary>Opens the file again by its name, after it was renamed.</summary>
    public void Reopen() => _writer?.Reopen();

    /// <summary>The last <paramref name="last"/> lines that were written and each one from then on, until the trail ends; nothing where it is off.</summary>
    /// <remarks>At most the last MiB of lines is held, once for all: who asks for more, or reads slower than they come, goes on with the oldest of them, and is told.</remarks>
    public IAsyncEnumerable<FollowedLine> FollowAsync(int last, CancellationToken cancellation) => _writer?.Tail.FollowAsync(last, cancellation) ?? AsyncEnumerable.Empty<FollowedLine>();

    /// <summary>Writes what was recorded, and closes.</summary>
    public ValueTask DisposeAsync() => _writer?.DisposeAsync() ?? ValueTask.CompletedTask;

    private void Refused(AuditKind kind, EndPoint from, PublicKey? client, string? name, string outcome, bool isWithheld) => _writer?.Record(
        new AuditEvent(_clock.GetUtcNow(), kind) { Client = name, Key = client, Address = from, Outcome = outcome, Rest = isWithheld ? WriteWithheld : null });

    private void Loaded(string file, string word, LoadOutcome? outcome) => Changed(AuditKind.Load, word, outcome, name: null, client: null, json =>
    {
        json.WriteString("file", file);
        WriteCounts(json, outcome);
    });

    private void Changed(CatalogCommand command, string word, LoadOutcome? outcome)
    {
        switch (command)
        {
            case CatalogCommands.LoadDefinition load:
                Loaded(load.Name, word, outcome);
                break;
            case CatalogCommands.RollBack rollback:
                Changed(AuditKind.Rollback, word, outcome, name: null, client: null, json =>
                {
                    json.WriteNumber("source", rollback.Revision);
                    WriteCounts(json, outcome);
                });
                break;
            case CatalogCommands.Revoke revoke:
                Changed(AuditKind.Revoke, word, outcome, revoke.Name, revoke.Client, rest: null);
                break;
            case CatalogCommands.Restore restore:
                Changed(AuditKind.Restore, word, outcome, restore.Name, restore.Client, rest: null);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(command), command, "no such command");
        }
    }

    private void Changed(AuditKind kind, string word, LoadOutcome? outcome, string? name, PublicKey? client, Action<Utf8JsonWriter>? rest) =>
        _writer?.Record(new AuditEvent(_clock.GetUtcNow(), kind)
        {
            Client = name,
            Key = client,
            Outcome = word,
            Revision = outcome switch
            {
                LoadOutcome.Loaded loaded => loaded.Revision,
                LoadOutcome.Unchanged unchanged => unchanged.Revision,
                _ => null,
            },
            Rest = rest,
        });

    private static void WriteWithheld(Utf8JsonWriter json) => json.WriteBoolean("withheld", true);

    private static void WriteCounts(Utf8JsonWriter json, LoadOutcome? outcome)
    {
        if (outcome is not LoadOutcome.Loaded loaded) return;
        if (loaded.Serial is { } serial) json.WriteNumber("serial", serial);
        json.WriteNumber("clients", loaded.Clients);
        json.WriteNumber("added", loaded.Counts.Added);
        json.WriteNumber("changed", loaded.Counts.Changed);
        json.WriteNumber("removed", loaded.Counts.Removed);
    }

    // Complaints of a refused load name secrets, so the cause alone is written.
    private static string Word(LoadOutcome outcome) => outcome switch
    {
        LoadOutcome.Loaded => "done",
        LoadOutcome.Refused refused => Word(refused.Cause),
        _ => "unchanged",
    };

    private static string Word<T>(T value) where T : struct, Enum => JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString());
}
