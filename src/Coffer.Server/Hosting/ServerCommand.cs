using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Net;
using System.Text.RegularExpressions;
using Coffer.CommandLine;
using Coffer.Crypto.Keys;
using Coffer.Operations;
using Coffer.Server.Audit;
using Coffer.Server.Storage;
using Coffer.Shared;
using Microsoft.Extensions.Logging;

namespace Coffer.Server.Hosting;

/// <summary>The command line of <c>coffer-server</c>: each option is also an environment variable, which counts where the option is absent.</summary>
public static partial class ServerCommand
{
    /// <summary>Where clients come to unless told otherwise.</summary>
    public const string DefaultListen = "127.0.0.1:9187";

    /// <summary>Where metrics and health are told unless told otherwise.</summary>
    public const string DefaultMetrics = "127.0.0.1:9188";

    private const string Prefix = "COFFER_";
    private const string HintOfCompanion = "'coffer-companion public companion.pem' prints the key of the companion that seals your definitions";

    // What the same environment may hold for coffer-client and coffer-ctl.
    private static readonly string[] OthersVariables = ["COFFER_SERVER", "COFFER_SERVER_KEY", "COFFER_KEY_FILE", "COFFER_SOCKET"];

    private static readonly Option<string?> Key = Named("--key", "FILE", "the server's secret key, made by 'coffer-companion keygen FILE'");

    private static readonly Option<string?> SecondKey = Named(
        "--second-key", "FILE", "another secret key of the server, under which clients, definitions and what is stored are taken, too, while --key is being changed: docs/operations.md");

    private static readonly Option<string[]> Companion = new("--companion")
    {
        HelpName = "KEY",
        Description = "public key of a companion whose definitions are taken, as text or as a file that holds it; may be given several times [COFFER_COMPANION, separated by commas]",
        AllowMultipleArgumentsPerToken = true,
    };

    private static readonly Option<string?> Definition = Named("--definition", "FILE", "sealed definition to load at the start; without it the server starts on what is stored");
    private static readonly Option<bool> Watch = new("--watch") { Description = "load the definition again when its file has changed; SIGHUP does so in any case [COFFER_WATCH=1]" };
    private static readonly Option<string?> Listen = Named("--listen", "IP:PORT", $"address that clients come to (default {DefaultListen})");
    private static readonly Option<string?> Metrics = Named("--metrics", "IP:PORT|off", $"address of /metrics, /health/live and /health/ready (default {DefaultMetrics})");
    private static readonly Option<string?> Data = Named("--data", "DIR", "directory of the database and the control socket (default /var/lib/coffer for root, else ~/.local/state/coffer)");
    private static readonly Option<string?> Store = Named(
        "--store", "ADDRESS", "database: sqlite:FILE or postgres://USER@HOST[:PORT]/DATABASE[?password-file=FILE] (default coffer.db in the data directory): docs/operations.md");
    private static readonly Option<string?> Cluster = Named("--cluster", "HOST:PORT", "makes this a node of a cluster: the address that the other nodes reach it by");
    private static readonly Option<string?> Seeds = Named("--seeds", "HOST:PORT,...", "nodes to ask for the cluster, the same list on every node; the first one forms it (default the node itself)");
    private static readonly Option<string?> Certificates = Named("--certificates", "DIR", "this node's certificate, made by 'coffer-companion cluster-certificates'; without it --cluster takes loopback addresses only");
    private static readonly Option<string?> Config = Named("--config", "FILE", "HOCON that overrides limits and Akka's settings: docs/operations.md");
    private static readonly Option<string?> Audit = Named("--audit", "FILE|-|off", "where the audit trail goes: a file, - for stdout, or off (default audit.jsonl in the data directory)");
    private static readonly Option<bool> AuditRequired = new("--audit-required") { Description = "no coffer leaves before its line in the audit trail is on the disk [COFFER_AUDIT_REQUIRED=1]" };
    private static readonly Option<string?> Level = Named("--log-level", "LEVEL", "least that is logged: debug, info, warning, error (default info)");
    private static readonly Option<string?> Format = Named("--log-format", "FORMAT", "text or json (default text)");
    private static readonly Option<bool> AllowOpenKey = new("--allow-open-key") { Description = "take a key file that group or others may read [COFFER_ALLOW_OPEN_KEY=1]" };

    private static readonly Option[] Options =
        [Key, SecondKey, Companion, Definition, Watch, Listen, Metrics, Data, Store, Cluster, Seeds, Certificates, Config, Audit, AuditRequired, Level, Format, AllowOpenKey];

    /// <summary>Those of <paramref name="variables"/> that are nobody's and nearly one of this program's, with what was probably meant.</summary>
    /// <remarks>Others of the prefix are left alone: Kubernetes makes some for a service that is called coffer.</remarks>
    internal static IEnumerable<(string Variable, string Meant)> Misspelt(IEnumerable<string> variables)
    {
        var known = Options.Select(option => VariableOf(option.Name)[Prefix.Length..]).ToArray();
        var nearest = new NearestName(known);
        foreach (var variable in variables.Where(variable => variable.StartsWith(Prefix, StringComparison.Ordinal) && !OthersVariables.Contains(variable)))
        {
            var name = variable[Prefix.Length..];
            if (!known.Contains(name) && nearest.Find(name) is { } meant) yield return (variable, Prefix + meant);
        }
    }

    /// <summary>Parses <paramref name="args"/> and runs the server with what they ask for.</summary>
    /// <returns>The process's exit code.</returns>
    public static async Task<int> InvokeAsync(string[] args, Func<ServerOptions, Task<ExitCode>> run)
    {
        var command = new RootCommand("Keeps every client's coffer and gives it to whoever proves to hold that client's key.");
        foreach (var option in Options) command.Options.Add(option);
        command.SetAction(async (parsed, _) => (int)await run(Read(parsed)).ConfigureAwait(false));
        VersionText.AddTo(command);
        foreach (var option in command.Options)
            if (option is HelpOption help) help.Action = new HelpWithExitCodes((HelpAction)help.Action!);

        // An argument that begins with @ is no file of further ones: what it holds, a key for one, would be complained of.
        var result = command.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (result.Errors.Count > 0)
        {
            var (lines, hint) = Misuse.Of(result);
            throw new StartupException(ExitCode.Usage, lines, hint);
        }
        using var output = new StreamWriter(new StandardOutput());
        var exitCode = await result.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null, Output = output }).ConfigureAwait(false);
        output.Flush();
        return exitCode;
    }

    private static ServerOptions Read(ParseResult parsed)
    {
        var data = Text(parsed, Data) ?? DataDirectoryPath.Default() ?? throw new StartupException(ExitCode.Usage, DataDirectoryPath.NoDefault, "for example --data /var/lib/coffer, which that user may write");
        var audit = ReadAudit(Text(parsed, Audit) ?? Path.Combine(data, "audit.jsonl"));
        var isAuditRequired = Flag(parsed, AuditRequired);
        if (isAuditRequired && audit is AuditTarget.Off)
            throw new StartupException(ExitCode.Usage, "--audit-required: the audit trail is off", "give --audit a file, or leave it out for audit.jsonl in the data directory");
        var definition = Text(parsed, Definition);
        var isWatched = Flag(parsed, Watch);
        if (isWatched && definition is null) throw new StartupException(ExitCode.Usage, "--watch: there is no file to watch: --definition FILE is missing", "give --definition the file, or leave --watch out");
        return new ServerOptions
        {
            KeyFile = Text(parsed, Key) ?? throw new StartupException(ExitCode.Usage, "no server key: --key FILE is missing", "make one with 'coffer-companion keygen server.pem'"),
            SecondKeyFile = Text(parsed, SecondKey),
            AllowOpenKey = Flag(parsed, AllowOpenKey),
            Companions = ReadCompanions(parsed),
            DefinitionFile = definition,
            Watch = isWatched,
            Listen = ReadAddress(Listen, Text(parsed, Listen) ?? DefaultListen, DefaultListen),
            Metrics = (Text(parsed, Metrics) ?? DefaultMetrics) is var metrics && metrics == "off" ? null : ReadAddress(Metrics, metrics, DefaultMetrics),
            DataDirectory = data,
            Store = Text(parsed, Store) is { } store ? ReadStore(store) : null,
            Cluster = ReadCluster(parsed),
            Audit = audit,
            IsAuditRequired = isAuditRequired,
            ConfigFile = Text(parsed, Config),
            LogLevel = ReadLevel(Text(parsed, Level) ?? "info"),
            LogFormat = ReadFormat(Text(parsed, Format) ?? "text"),
        };
    }

    private static ClusterOptions? ReadCluster(ParseResult parsed)
    {
        var (seeds, certificates) = (Text(parsed, Seeds), Text(parsed, Certificates));
        if (Text(parsed, Cluster) is not { } text)
        {
            return seeds is null && certificates is null ? null : throw new StartupException(
                ExitCode.Usage, $"{(seeds is null ? Certificates : Seeds).Name}: this node is of no cluster: --cluster HOST:PORT is missing", "give --cluster the address that the other nodes reach this one by");
        }
        var self = ReadNode(Cluster, text);
        if (certificates is null && !self.IsLoopback)
        {
            throw new StartupException(
                ExitCode.Usage, $"--cluster: {self}: without --certificates nodes talk in the clear, which is for loopback addresses only", "'coffer-companion cluster-certificates --out DIR NODE...' makes a certificate for each node");
        }
        return new ClusterOptions(self, seeds is null ? [self] : [.. seeds.Split(',', StringSplitOptions.TrimEntries).Select(seed => ReadNode(Seeds, seed))], certificates);
    }

    private static NodeAddress ReadNode(Option option, string text) => NodeAddress.TryParse(text, null, out var address)
        ? address
        : throw new StartupException(ExitCode.Usage, $"{option.Name}: '{text}' is no address of a node, expected HOST:PORT", "for example node-1.example.com:9190, 10.0.0.1:9190 or [fd00::1]:9190");

    private static StoreAddress ReadStore(string text) => StoreAddress.TryRead(text, out var address, out var problem)
        ? address
        : throw new StartupException(ExitCode.Usage, $"--store: the address {problem.Message}", problem.Hint);

    private static AuditTarget ReadAudit(string text) => text switch
    {
        "off" => new AuditTarget.Off(),
        "-" => new AuditTarget.Stdout(),
        _ => new AuditTarget.File(text),
    };

    private static List<PublicKey> ReadCompanions(ParseResult parsed)
    {
        var texts = parsed.GetValue(Companion) is { Length: > 0 } given
            ? given
            : (Environment.GetEnvironmentVariable("COFFER_COMPANION") ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (texts.Length == 0)
            throw new StartupException(ExitCode.Usage, "no companion: --companion KEY is missing", HintOfCompanion);

        var keys = new List<PublicKey>();
        foreach (var text in texts)
        {
            if (text.Length == 0) throw new StartupException(ExitCode.Usage, "--companion: is empty, expected KEY", HintOfCompanion);
            // The option takes all that follows, so a mistaken one ends up here; but so may the whole of a key file, which is not to be shown.
            if (MistakenOption().IsMatch(text)) throw new StartupException(ExitCode.Usage, $"\"{text}\" is no option of coffer-server", Misuse.HintAt(parsed.CommandResult, [text], "'coffer-server --help' shows what there is"));
            if (KeyFile.TryReadPublicTextOrFile(text, out var key, out var problem)) keys.Add(key);
            else throw new StartupException(ExitCode.Key, $"--companion: {problem!.Message}", problem.Hint);
        }
        return keys;
    }

    private static IPEndPoint ReadAddress(Option option, string text, string example)
    {
        if (IPEndPoint.TryParse(text, out var address) && HasPort(text)) return address;
        var port = example[(example.LastIndexOf(':') + 1)..];
        throw new StartupException(ExitCode.Usage, $"{option.Name}: '{text}' is no address, expected IP:PORT", $"for example {example}, 0.0.0.0:{port} or [::]:{port}");
    }

    // IPEndPoint takes a bare address for port 0.
    private static bool HasPort(string text) => text.StartsWith('[') ? text.Contains("]:", StringComparison.Ordinal) : text.Contains(':', StringComparison.Ordinal);

    private static LogLevel ReadLevel(string text) => LogLevels.TryRead(text, out var level)
        ? level
        : throw new StartupException(ExitCode.Usage, $"--log-level: '{text}' is no level", "one of debug, info, warning, error");

    private static LogFormat ReadFormat(string text) => text switch
    {
        "text" => LogFormat.Text,
        "json" => LogFormat.Json,
        _ => throw new StartupException(ExitCode.Usage, $"--log-format: '{text}' is no format", "one of text, json"),
    };

    private static Option<string?> Named(string name, string value, string description) =>
        new Option<string?>(name) { HelpName = value, Description = $"{description} [{VariableOf(name)}]" }.RefuseEmpty();

    private static string? Text(ParseResult parsed, Option<string?> option) =>
        parsed.GetValue(option) ?? (Environment.GetEnvironmentVariable(VariableOf(option.Name)) is { Length: > 0 } text ? text : null);

    private static bool Flag(ParseResult parsed, Option<bool> option) => parsed.GetValue(option) || (Environment.GetEnvironmentVariable(VariableOf(option.Name)) switch
    {
        "1" => true,
        null or "" or "0" => false,
        var text => throw new StartupException(ExitCode.Usage, $"{VariableOf(option.Name)}: '{text}' is neither 1 nor 0", $"1 is as {option.Name} on the command line, 0 as leaving it out"),
    });

    [GeneratedRegex(@"^--?[a-z][a-z-]{0,30}\z")]
    private static partial Regex MistakenOption();

    private static string VariableOf(string option) => Prefix + option.TrimStart('-').Replace('-', '_').ToUpperInvariant();

    private sealed class HelpWithExitCodes(HelpAction help) : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            var exitCode = help.Invoke(parseResult);
            parseResult.InvocationConfiguration.Output.WriteLine("""
                Exit codes:
                  0  stopped when asked to          4  data directory or database cannot be used
                  1  its own fault, or a library    5  definition refused
                     that is missing beside it
                  2  command line or configuration  6  address cannot be listened on
                  3  a key cannot be used           7  audit trail cannot be written
                  8  downed by the cluster          9  not let into the cluster in time

                Example:
                  coffer-server --key server.pem --companion "$(coffer-companion public companion.pem)" --definition definition.coffer
                """);
            return exitCode;
        }
    }
}
