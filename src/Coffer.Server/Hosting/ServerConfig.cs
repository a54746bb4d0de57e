using System.Globalization;
using Akka.Configuration;
using Akka.Configuration.Hocon;
using Coffer.CommandLine;
using Coffer.Server.Audit;
using Coffer.Server.Catalog;
using Coffer.Server.Coffers;
using Coffer.Server.Edge;
using Coffer.Server.Sessions;
using Coffer.Shared;

namespace Coffer.Server.Hosting;

/// <summary>The HOCON that a node runs with: the operator's file before the ones in cluster-config/, and what Coffer itself reads of it.</summary>
public sealed record ServerConfig(Config Hocon, EdgeLimits Edge, SessionLimits Sessions, CofferSettings Coffers, AuditSettings Audit, LeaseSettings Leases, int KeepRevisions, TimeSpan Drain, TimeSpan Join)
{
    // A phase of the stop gets this much more than what happens in it.
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    // Each is looked for and renamed at a rotation.
    private const int MaxRotated = 10_000;

    private const string SettingsPage = "docs/operations.md lists what the file may set";

    private static readonly string[] Roots = ["coffer", "akka"];

    /// <summary>The configuration of a node of <paramref name="cluster"/>, or of a node alone; with the operator's file if there is one.</summary>
    /// <exception cref="StartupException">The file cannot be read, is no HOCON, or has a value out of range.</exception>
    public static ServerConfig Read(string? operatorsFile, ClusterOptions? cluster)
    {
        var operators = ReadOperators(operatorsFile);
        var ours = (cluster is null ? Resource("node-alone.conf") : OfCluster(cluster)).WithFallback(Resource("coffer.conf"));
        try
        {
            return Of(operators.WithFallback(ours));
        }
        catch (Exception e) when (e is not StartupException)
        {
            throw new StartupException(ExitCode.Usage, $"{operatorsFile}: {e.Message}", SettingsPage);
        }
    }

    private static Config OfCluster(ClusterOptions cluster)
    {
        var node = Resource("node-of-cluster.conf");
        return ConfigurationFactory.ParseString($$"""
            akka.remote.sockets.address = "{{cluster.Self}}"
            akka.cluster.min-nr-of-members = {{cluster.Majority}}
            """).WithFallback(cluster.Certificates is null ? node : Resource("tls.conf").WithFallback(node));
    }

    private static ServerConfig Of(Config hocon)
    {
        var drain = Deadline(hocon, "coffer.limits.drain");
        return new ServerConfig(
            ConfigurationFactory.ParseString($"akka.coordinated-shutdown.phases.service-unbind.timeout = {(long)(drain + Slack).TotalMilliseconds}ms").WithFallback(hocon),
            new EdgeLimits
            {
                Connections = Number(hocon, "coffer.limits.connections", atLeast: 1, atMost: 1_000_000),
                ConnectionsPerAddress = Number(hocon, "coffer.limits.connections-per-address", atLeast: 0),
            },
            new SessionLimits
            {
                Hello = Deadline(hocon, "coffer.limits.hello"),
                Get = Deadline(hocon, "coffer.limits.get"),
                Bye = Deadline(hocon, "coffer.limits.bye"),
                Coffer = Deadline(hocon, "coffer.limits.coffer"),
                Audit = Deadline(hocon, "coffer.limits.audit"),
                AskAgain = Deadline(hocon, "coffer.limits.ask-again"),
            },
            new CofferSettings(Number(hocon, "coffer.coffers.shards", atLeast: 1, CofferSettings.MaxShards), Deadline(hocon, "coffer.coffers.passivate-after")),
            new AuditSettings
            {
                MaxSize = Size(hocon, "coffer.audit.max-size"),
                Keep = Number(hocon, "coffer.audit.keep", atLeast: 1, MaxRotated),
                Patience = Deadline(hocon, "coffer.limits.audit"),
            },
            ReadLeases(hocon),
            Number(hocon, "coffer.catalog.keep-revisions", atLeast: 1),
            drain,
            Deadline(hocon, "coffer.cluster.join"));
    }

    private static LeaseSettings ReadLeases(Config hocon)
    {
        var leases = new LeaseSettings(Deadline(hocon, "coffer.catalog.lease"), Deadline(hocon, "coffer.catalog.renew-lease-after"));
        return leases.Length >= 2 * leases.RenewAfter
            ? leases
            : throw new StartupException(ExitCode.Usage, $"configuration: coffer.catalog.lease is {hocon.GetString("coffer.catalog.lease")}, expected at least twice coffer.catalog.renew-lease-after", SettingsPage);
    }

    private static Config ReadOperators(string? file)
    {
        if (file is null) return Config.Empty;
        try
        {
            var text = RegularFile.ReadAllText(file);
            if (HoconBrackets.Complain(text) is { } unfinished) throw new FormatException(unfinished);
            var config = ConfigurationFactory.ParseString(text);
            RefuseOtherRoots(file, config);

            if (config.HasPath("coffer") && config.GetValue("coffer").IsObject()) RefuseStrangers(file, config.GetValue("coffer"));

            // The parser lets much pass that is unfinished; of this one every setting that is below it would be missing.
            var ours = Resource("coffer.conf");
            if (Roots.Where(config.HasPath).SelectMany(root => Flat(root, config.GetValue(root), ours.GetValue(root))).FirstOrDefault() is { } flat)
                throw new FormatException($"{flat} is no section, expected {flat} {{ … }}");
            return config;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartupException(ExitCode.Usage, $"{file}: the configuration file cannot be read ({FileFault.Describe(e)})", "name a HOCON file that this user may read");
        }
        catch (Exception e) when (e is not StartupException)
        {
            // Of some mistakes the parser says only how it stumbled over them.
            var what = e is ArgumentException or NullReferenceException ? "something in it is unfinished, or includes another file" : e.Message;
            throw new StartupException(ExitCode.Usage, $"{file}: no HOCON: {what}", "docs/operations.md shows the form");
        }
    }

    private static void RefuseOtherRoots(string file, Config operators)
    {
        var others = operators.Root.IsObject() ? operators.Root.GetObject().Items.Keys.Except(Roots).ToArray() : [];
        if (others.Length > 0)
            throw new StartupException(ExitCode.Usage, [.. others.Select(other => $"{file}: {other} is read by nobody, expected {string.Join(" or ", Roots)}")], SettingsPage);
    }

    // One that nobody reads is a typing error, and what was meant would stay as it is.
    private static void RefuseStrangers(string file, HoconValue operators)
    {
        var strangers = Strangers("coffer", operators, Resource("coffer.conf").GetValue("coffer")).ToArray();
        if (strangers.Length == 0) return;
        var near = strangers[0].Nearest is { } nearest ? $"did you mean {nearest}? " : "";
        throw new StartupException(ExitCode.Usage, [.. strangers.Select(stranger => $"{file}: {stranger.Path} {stranger.What}")], near + SettingsPage);
    }

    private static IEnumerable<(string Path, string What, string? Nearest)> Strangers(string path, HoconValue given, HoconValue ours)
    {
        if (!ours.IsObject() && !given.IsObject()) return given.GetString() is null ? throw new FormatException($"{path} has no value") : [];
        if (!ours.IsObject()) return [(path, "is a setting, expected a value", null)];
        if (!given.IsObject()) return [(path, "is no setting but a section, expected { … }", null)];

        var known = ours.GetObject().Items;
        return given.GetObject().Items.SelectMany(item => known.TryGetValue(item.Key, out var it)
            ? Strangers($"{path}.{item.Key}", item.Value, it)
            : [($"{path}.{item.Key}", "is no setting of coffer", new NearestName(known.Keys).Find(item.Key) is { } near ? $"{path}.{near}" : null)]);
    }

    // Akka's settings are its own, but of these sections ours are among them.
    private static IEnumerable<string> Flat(string path, HoconValue given, HoconValue ours)
    {
        if (!ours.IsObject()) return [];
        if (!given.IsObject()) return [path];
        var known = ours.GetObject().Items;
        return given.GetObject().Items.SelectMany(item => known.TryGetValue(item.Key, out var it) ? Flat($"{path}.{item.Key}", item.Value, it) : []);
    }

    private static Config Resource(string name)
    {
        using var stream = typeof(ServerConfig).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return ConfigurationFactory.ParseString(reader.ReadToEnd());
    }

    private static int Number(Config config, string path, int atLeast, int atMost = int.MaxValue)
    {
        var text = config.GetString(path);
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= atLeast && number <= atMost) return number;
        var range = atMost == int.MaxValue ? $"of {atLeast} or more" : $"from {atLeast} to {atMost}";
        throw new StartupException(ExitCode.Usage, $"configuration: {path} is {text}, expected a whole number {range}", SettingsPage);
    }

    private static long Size(Config config, string path) => config.GetByteSize(path) is { } size and >= 0
        ? size
        : throw new StartupException(ExitCode.Usage, $"configuration: {path} is {config.GetString(path)}, expected a size such as 100MiB, or 0");

    private static TimeSpan Deadline(Config config, string path)
    {
        try
        {
            var span = config.GetTimeSpan(path, allowInfinite: false);
            if (span > TimeSpan.Zero && span <= Longest) return span;
        }
        // Not the form of a time, or too many days to count.
        catch (Exception e) when (e is FormatException or OverflowException)
        {
        }
        throw new StartupException(
            ExitCode.Usage, $"configuration: {path} is {config.GetString(path)}, expected a time above zero and up to a day, such as 500ms, 5s or 2m", SettingsPage);
    }
}
