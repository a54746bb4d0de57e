using Akka.Configuration;
using Coffer.Server.Audit;
using Coffer.Server.Coffers;
using Coffer.Server.Edge;
using Coffer.Server.Sessions;

namespace Coffer.Server.Hosting;

/// <summary>The HOCON that a node runs with: the operator's file before the ones in cluster-config/, and what Coffer itself reads of it.</summary>
public sealed record ServerConfig(Config Hocon, EdgeLimits Edge, SessionLimits Sessions, CofferSettings Coffers, AuditSettings Audit, int KeepRevisions, TimeSpan Drain)
{
    /// <summary>Whether the node is one for itself, which no other one joins.</summary>
    public bool IsAlone { get; private init; }

    /// <summary>A node alone, with the operator's file if there is one.</summary>
    /// <exception cref="StartupException">The file cannot be read, is no HOCON, or has a value out of range.</exception>
    public static ServerConfig Alone(string? operatorsFile)
    {
        var hocon = ReadOperators(operatorsFile).WithFallback(Resource("node-alone.conf")).WithFallback(Resource("coffer.conf"));
        try
        {
            return Of(hocon) with { IsAlone = true };
        }
        catch (Exception e) when (e is not StartupException)
        {
            throw new StartupException(ExitCode.Usage, $"{operatorsFile}: {e.Message}", "docs/operations.md lists what the file may set");
        }
    }

    private static ServerConfig Of(Config hocon)
    {
        var limits = hocon.GetConfig("coffer.limits");
        var audit = hocon.GetConfig("coffer.audit");
        return new ServerConfig(
            hocon,
            new EdgeLimits
            {
                Connections = Positive(limits, "connections"),
                ConnectionsPerAddress = limits.GetInt("connections-per-address"),
            },
            new SessionLimits
            {
                Hello = Deadline(limits, "hello"),
                Get = Deadline(limits, "get"),
                Bye = Deadline(limits, "bye"),
                Coffer = Deadline(limits, "coffer"),
                Audit = Deadline(limits, "audit"),
                AskAgain = Deadline(limits, "ask-again"),
            },
            new CofferSettings(Positive(hocon.GetConfig("coffer.coffers"), "shards"), Deadline(hocon.GetConfig("coffer.coffers"), "passivate-after")),
            new AuditSettings
            {
                MaxSize = Size(audit, "max-size"),
                Keep = Positive(audit, "keep"),
                Patience = Deadline(limits, "audit"),
            },
            Positive(hocon.GetConfig("coffer.catalog"), "keep-revisions"),
            Deadline(limits, "drain"));
    }

    private static Config ReadOperators(string? file)
    {
        if (file is null) return Config.Empty;
        try
        {
            return ConfigurationFactory.ParseString(File.ReadAllText(file));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartupException(ExitCode.Usage, $"{file}: the configuration file cannot be read", "name a HOCON file that this user may read");
        }
        catch (Exception e)
        {
            throw new StartupException(ExitCode.Usage, $"{file}: no HOCON: {e.Message}", "docs/operations.md shows the form");
        }
    }

    private static Config Resource(string name)
    {
        using var stream = typeof(ServerConfig).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return ConfigurationFactory.ParseString(reader.ReadToEnd());
    }

    private static int Positive(Config config, string path)
    {
        var number = config.GetInt(path);
        return number > 0 ? number : throw new StartupException(ExitCode.Usage, $"configuration: {path} is {number}, expected 1 or more");
    }

    private static long Size(Config config, string path) => config.GetByteSize(path) is { } size and >= 0
        ? size
        : throw new StartupException(ExitCode.Usage, $"configuration: {path} is {config.GetString(path)}, expected a size such as 100MiB, or 0");

    private static TimeSpan Deadline(Config config, string path)
    {
        var span = config.GetTimeSpan(path);
        return span > TimeSpan.Zero ? span : throw new StartupException(ExitCode.Usage, $"configuration: {path} is {span}, expected more than nothing");
    }
}
