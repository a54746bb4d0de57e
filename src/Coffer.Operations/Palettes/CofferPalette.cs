using System.Text.Json;
using Coffer.Operations.Rows;
using Coffer.Shared;

namespace Coffer.Operations.Palettes;

/// <summary>Definitions, clients and conversations.</summary>
public static class CofferPalette
{
    /// <summary>Its name.</summary>
    public const string Name = "coffer";

    /// <summary>Of a load or a rollback: only compare.</summary>
    public static readonly OperationArgument DryRun = new("dry-run", ArgumentKind.Flag, "compare only: show what would change");

    /// <summary>Of a dry run: what it cannot load counts as a load that came to nothing.</summary>
    public static readonly OperationArgument BeforeLoad = new("before-load", ArgumentKind.Flag, "of a dry run that a load is to follow: one that finds nothing to load is counted and recorded as that load") { IsInternal = true };

    /// <summary>Of a dry run: what it cannot roll back to counts as a rollback that came to nothing.</summary>
    public static readonly OperationArgument BeforeRollback = new("before-rollback", ArgumentKind.Flag, "of a dry run that a rollback is to follow: one that finds nothing to roll back is recorded as that rollback") { IsInternal = true };

    /// <summary>Of a load: take an older definition.</summary>
    public static readonly OperationArgument AllowRollback = new("allow-rollback", ArgumentKind.Flag, "take a definition that was sealed before the newest one loaded");

    /// <summary>Of a load or a rollback: the revision that the operator has seen the difference to.</summary>
    public static readonly OperationArgument Expect = new("expect", ArgumentKind.Number, "refuse where another revision counts than this one, which a dry run compared with") { IsInternal = true, ValueName = "REVISION" };

    /// <summary>Of a load of the server's own file: the one that the operator has seen the difference of.</summary>
    public static readonly OperationArgument ExpectFile = new("expect-file", ArgumentKind.Text, "refuse where the file is another one by now than that of this digest, which a dry run compared") { IsInternal = true, ValueName = "DIGEST" };

    /// <summary>Of a load: what complaints call the file.</summary>
    public static readonly OperationArgument FileName = new("name", ArgumentKind.Text, "what complaints call the file") { IsInternal = true, ValueName = "NAME" };

    /// <summary>Of a load: the server's own file is meant. It has to be said, because over HTTP a file that is empty looks like none.</summary>
    public static readonly OperationArgument Own = new("own", ArgumentKind.Flag, "no file is sent: the server reads its own --definition again") { IsInternal = true };

    /// <summary>A part of names and keys to look for.</summary>
    public static readonly OperationArgument Search = new("search", ArgumentKind.Text, "only clients whose name or key has this in it") { ValueName = "TEXT" };

    /// <summary>Of clients: those that are cut off.</summary>
    public static readonly OperationArgument Revoked = new("revoked", ArgumentKind.Flag, "only clients that are cut off, keys that are in no definition included");

    /// <summary>A client, by name or key.</summary>
    public static readonly OperationArgument Client = new("client", ArgumentKind.Text, "the client's name in the definition, or its public key") { IsRequired = true, IsPositional = true, ValueName = "NAME|KEY" };

    /// <summary>A revision.</summary>
    public static readonly OperationArgument Revision = new("revision", ArgumentKind.Number, "the revision whose content is to count again; 'coffer-ctl coffer history' lists them") { IsRequired = true, IsPositional = true, ValueName = "N" };

    /// <summary>How many of the last lines of the audit to begin with.</summary>
    public static readonly OperationArgument Last = new("last", ArgumentKind.Number, "how many of the last lines to begin with, of the last MiB, which is held in memory while the audit's file has all; 10 unless given") { ValueName = "N" };

    /// <summary>Ends instead of following.</summary>
    public static readonly OperationArgument Once = new("once", ArgumentKind.Flag, "end with the last line there is instead of following");

    public static readonly Operation<StatusRow> Status = new(
        Name, "status", "how this node is: state, revision, clients, connections", OperationsJson.Lines.StatusRow,
        Rendering<StatusRow>.Fields(
            new("state", r => r.State),
            new("version", r => r.Version),
            new("node", r => Shown.Text(r.Node)),
            new("process", r => Shown.Number(r.Process)),
            new("startedAt", r => Shown.Time(r.StartedAt)),
            new("uptimeSeconds", r => Shown.Seconds(r.UptimeSeconds)),
            new("listen", r => Shown.Text(r.Listen)),
            new("serverKey", r => r.ServerKey),
            new("secondKey", r => Shown.Text(r.SecondKey)),
            new("leftToSeal", r => Shown.Number(r.LeftToSeal)),
            new("secondKeyFetches", r => Shown.Number(r.SecondKeyFetches)),
            new("lastSecondKeyFetch", r => Shown.Time(r.LastSecondKeyFetch)),
            new("revision", r => Shown.Number(r.Revision)),
            new("clients", r => Shown.Number(r.Clients)),
            new("connections", r => Shown.Number(r.Connections)),
            new("store", r => Shown.Text(r.Store)),
            new("definition", r => Shown.Text(r.Definition)),
            new("definitionProblem", r => Shown.Text(r.DefinitionProblem)),
            new("data", r => r.Data)));

    public static readonly Operation<LoadRow> Load = new(
        Name, "load", "load a sealed definition; without a file, the server's --definition again", OperationsJson.Lines.LoadRow, Rendering<LoadRow>.Lines(LoadLine))
    {
        Kind = OperationKind.Command,
        TakesFile = true,
        Arguments = [DryRun, BeforeLoad, AllowRollback, Own, Expect, ExpectFile, FileName],
        Examples = ["definition.coffer", "definition.coffer --dry-run", "definition.coffer --yes", ""],
    };

    public static readonly Operation<ClientRow> Clients = new(
        Name, "clients", "the clients of the revision that counts, by name", OperationsJson.Lines.ClientRow,
        Rendering<ClientRow>.Table(
            new("name", r => Shown.Text(r.Name)),
            new("key", r => r.Key),
            new("revision", r => Shown.Number(r.Revision), IsNumber: true),
            new("isRevoked", r => Shown.Decision(r.IsRevoked)),
            new("lastFetch", r => Shown.Time(r.LastFetch))))
    {
        Arguments = [Search, Revoked],
        WhenEmpty = "no such client",
        Examples = ["", "--search shop", "--revoked"],
    };

    public static readonly Operation<ClientDetailRow> ClientDetail = new(
        Name, "client", "one client and what its coffer holds: names, types and sizes, never values; its last fetch is from this node, since it was started", OperationsJson.Lines.ClientDetailRow,
        Rendering<ClientDetailRow>.Fields(
            new("name", r => r.Name),
            new("key", r => r.Key),
            new("revision", r => Shown.Number(r.Revision)),
            new("isRevoked", r => Shown.Decision(r.IsRevoked)),
            new("lastFetch", r => Shown.Time(r.LastFetch)),
            new("bytes", r => Shown.Bytes(r.Bytes)),
            new("secrets", SecretLines) { IsLines = true }))
    {
        Arguments = [Client],
        Examples = ["shop"],
    };

    public static readonly Operation<HistoryRow> History = new(
        Name, "history", "the revisions that are known, newest first", OperationsJson.Lines.HistoryRow,
        Rendering<HistoryRow>.Table(
            new("revision", r => Shown.Number(r.Revision), IsNumber: true),
            new("kind", r => r.Kind),
            new("at", r => Shown.Time(r.At)),
            new("clients", r => Shown.Number(r.Clients), IsNumber: true),
            new("added", r => Shown.Number(r.Added), IsNumber: true),
            new("changed", r => Shown.Number(r.Changed), IsNumber: true),
            new("removed", r => Shown.Number(r.Removed), IsNumber: true),
            new("serial", r => Shown.Number(r.Serial), IsNumber: true),
            new("companion", r => Shown.Key(r.Companion)),
            new("source", r => Shown.Number(r.Source), IsNumber: true),
            new("subject", r => Shown.Key(r.Subject))))
    {
        WhenEmpty = "no definition was ever loaded here",
    };

    public static readonly Operation<LoadRow> Rollback = new(
        Name, "rollback", "make the content of an earlier revision count again, as a new revision", OperationsJson.Lines.LoadRow, Rendering<LoadRow>.Lines(RollbackLine))
    {
        Kind = OperationKind.Command,
        Arguments = [Revision, DryRun, BeforeRollback, Expect],
        Examples = ["3", "3 --dry-run", "3 --yes"],
    };

    public static readonly Operation<CatalogRow> Revoke = new(
        Name, "revoke", "cut a client off at once, whatever is loaded later, until it is restored", OperationsJson.Lines.CatalogRow, Rendering<CatalogRow>.Lines(CatalogLine))
    {
        Kind = OperationKind.Command,
        Arguments = [Client],
        Examples = ["shop"],
    };

    public static readonly Operation<CatalogRow> Restore = new(
        Name, "restore", "let a revoked client in again", OperationsJson.Lines.CatalogRow, Rendering<CatalogRow>.Lines(CatalogLine))
    {
        Kind = OperationKind.Command,
        Arguments = [Client],
        Examples = ["shop"],
    };

    public static readonly Operation<SessionRow> Sessions = new(
        Name, "sessions", "the conversations that are open on this node", OperationsJson.Lines.SessionRow,
        Rendering<SessionRow>.Table(
            new("from", r => r.From),
            new("state", r => r.State),
            new("client", r => Shown.Text(r.Client)),
            new("key", r => Shown.Text(r.Key)),
            new("since", r => Shown.Time(r.Since))))
    {
        WhenEmpty = "no conversation is open",
    };

    public static readonly Operation<JsonElement> AuditTail = new(
        Name, "audit tail", "the last lines of this node's audit, and those to come, as they stand there", OperationsJson.Lines.JsonElement, Rendering<JsonElement>.Lines(r => r.GetRawText()))
    {
        Arguments = [Last, Once],
        Follows = true,
        WhenEmpty = "no line of the audit to show",
        Examples = ["", "--last 100 --once"],
    };

    private static string LoadLine(LoadRow row) => row.Step switch
    {
        LoadRow.ChangeStep => row.Change ?? "",
        LoadRow.ComparedStep => $"compared with revision {row.Revision}: {Counts(row)}",
        LoadRow.LoadedStep => $"loaded as revision {row.Revision}: {Counts(row)}",
        LoadRow.NoteStep => $"note: {row.Note}",
        LoadRow.UnchangedStep => $"nothing to do: this definition counts already, and the revision stays {row.Revision}",
        _ => row.Step,
    };

    private static string RollbackLine(LoadRow row) => row.Step switch
    {
        LoadRow.RolledBackStep => $"rolled back as revision {row.Revision}: {Counts(row)}",
        LoadRow.UnchangedStep => $"nothing to do: what that revision had counts already, and the revision stays {row.Revision}",
        _ => LoadLine(row),
    };

    private static string Counts(LoadRow row) =>
        row.Unchanged is null
            ? $"{Shown.Counted(row.Clients, "client")}, {row.Added} added, {row.Changed} changed, {row.Removed} removed"
            : $"{Shown.Counted(row.Clients, "client")}, {row.Added} added, {row.Changed} changed, {row.Removed} removed, {row.Unchanged} unchanged";

    private static string CatalogLine(CatalogRow row) => row.Done switch
    {
        "unchanged" => $"nothing to do: it is so already, in revision {row.Revision}",
        _ when row.Client is null => $"{row.Done} {row.Key} as revision {row.Revision}; the definition that counts does not have this key: is it typed as it was meant?",
        _ => $"{row.Done} {row.Client} ({row.Key}) as revision {row.Revision}",
    };

    private static string SecretLines(ClientDetailRow row)
    {
        if (row.Secrets.Count == 0) return "none";
        var secrets = row.Secrets.Select(s => (Key: OneLine.Of(s.Key), Type: OneLine.Of(s.Type), Size: Shown.Bytes(s.Bytes))).ToArray();
        var names = secrets.Max(s => s.Key.Length);
        var types = secrets.Max(s => s.Type.Length);
        return string.Join('\n', secrets.Select(s => $"{s.Key.PadRight(names)}  {s.Type.PadRight(types)}  {s.Size}"));
    }
}
