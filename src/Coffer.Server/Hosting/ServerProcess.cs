using System.Net;
using System.Net.Sockets;
using System.Runtime;
using Akka.Actor;
using Akka.Hosting;
using Coffer.CommandLine;
using Coffer.Crypto.Keys;
using Coffer.Crypto.Sealing;
using Coffer.Server.Audit;
using Coffer.Server.Catalog;
using Coffer.Server.Coffers;
using Coffer.Server.Edge;
using Coffer.Server.Health;
using Coffer.Server.Membership;
using Coffer.Server.Metrics;
using Coffer.Server.Operations;
using Coffer.Server.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Coffer.Server.Hosting;

/// <summary>The life of a node: from options to the end of its process.</summary>
/// <remarks>
/// A busy port is found before anything is made or loaded; the address is bound, which lets clients in, when there is something to serve.
/// Metrics and health are told from before the first actor starts until the last has stopped.
/// </remarks>
public static partial class ServerProcess
{
    // A newer one was loaded with coffer-ctl, and the file was left as it was.
    private const string StartOnStored = "start without --definition to serve what is stored, or put the newest definition in this place";

    // The runtime reads it before the first asynchronous operation on a socket, and has no other way to be told.
    private const string InlineCompletions = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    private static readonly TimeSpan ReadyTimeout = TimeSpan.FromMinutes(2);

    /// <summary>Runs until asked to stop.</summary>
    /// <exception cref="StartupException">It cannot start; nothing was changed, or what was changed is whole.</exception>
    public static async Task<ExitCode> RunAsync(ServerOptions options)
    {
        // Before there are other threads.
        BatchScheduling.Begin();
        // A full collection that stops everything takes longer than a client should wait once a large definition is in memory.
        GCSettings.LatencyMode = GCLatencyMode.SustainedLowLatency;
        // What follows a completion is a message to an actor, or Kestrel's own change of thread: the thread that hears of it may as well do that itself. What follows an answer
        // of PostgreSQL may block, and all sockets with it.
        if (options.Store is not StoreAddress.Postgres) Environment.SetEnvironmentVariable(InlineCompletions, "1");
        var wanted = ServerConfig.Read(options.ConfigFile, options.Cluster);
        var config = wanted with { Edge = DescriptorLimit.Fit(wanted.Edge, DescriptorLimit.Read()) };
        // Before a data directory is made for nothing.
        if (options.DefinitionFile is { } definition && DefinitionFile.Complain(definition) is { } unreadable) throw Refused(unreadable);
        if (options.Cluster is not null && options.Store is not StoreAddress.Postgres)
            throw new StartupException(ExitCode.Usage, "--cluster: the nodes of a cluster share a database, and SQLite is for one node", "give every node the same --store postgres://USER@HOST/DATABASE");
        OperationsServer.CheckPath(options.DataDirectory);
        CheckFree("--listen", options.Listen);
        if (options.Cluster is { } node) CheckFree("--cluster", await ResolveAsync(node.Self).ConfigureAwait(false));

        using var reloads = new DefinitionReloads();
        using var key = ReadKey("--key", options.KeyFile, options.AllowOpenKey);
        using var second = options.SecondKeyFile is { } file ? ReadKey("--second-key", file, options.AllowOpenKey) : null;
        var keys = Keys(key, second);
        using (var certificate = ReadCertificate(options))
        using (var seal = new StorageSeal(keys))
        await using (var opened = await OpenStoreAsync(options, keys.Public).ConfigureAwait(false))
        await using (var audit = OpenAudit(options, config.Audit, reloads))
        using (var host = NodeHost.Build(new NodeParts(options, config, keys, seal, opened.Store, audit, opened.IsShared ? config.Leases : null) { Certificate = certificate }))
        {
            var log = host.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Coffer.Server");
            foreach (var (variable, meant) in ServerCommand.Misspelt(Environment.GetEnvironmentVariables().Keys.Cast<string>().Order(StringComparer.Ordinal))) LogMisspelt(log, variable, meant);
            if (!options.AllowOpenKey && options.Store is StoreAddress.Postgres { PasswordFile: { } password } && PostgresDialect.IsOpenToOthers(password)) LogOpenPassword(log, password);
            if (DataDirectory.IsWritableForOthers(options.DataDirectory)) LogOpenDirectory(log, options.DataDirectory);
            if (config.Edge != wanted.Edge) LogFewerConnections(log, config.Edge.Connections, wanted.Edge.Connections);
            if (opened.IsShared && options.Cluster is null) await CheckAloneAsync(opened.Store, options, config.Leases).ConfigureAwait(false);
            // Here what it refuses is said once; the host, which would make it as it starts, logs what it could not make.
            host.Services.GetRequiredService<Telemetry>();
            if (host.Services.GetService<MetricsEndpoint>() is { } metrics) await metrics.StartAsync().ConfigureAwait(false);
            host.Services.GetRequiredService<OperationsServer>().Bind();
            if (!await TryStartAsync(host).ConfigureAwait(false))
            {
                LogStopped(log);
                return ExitCode.Stopped;
            }
            var entry = host.Services.GetService<ClusterEntry>();
            try
            {
                await ServeAsync(host, options, entry, log).ConfigureAwait(false);
            }
            catch (StartupException)
            {
                await host.StopAsync().ConfigureAwait(false);
                throw;
            }

            var stopping = host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
            var reloading = reloads.RunAsync(host.Services.GetRequiredService<DefinitionFile>(), options.Watch, log, stopping);
            await host.WaitForShutdownAsync().ConfigureAwait(false);
            await reloading.ConfigureAwait(false);
            await audit.DisposeAsync().ConfigureAwait(false);
            if (opened.IsShared) await EndTermAsync(opened.Store).ConfigureAwait(false);
            var exitCode = HasFaulted(host) ? ExitCode.Internal : entry?.SayHowItEnded() ?? ExitCode.Stopped;
            LogStopped(log);
            return exitCode;
        }
    }

    // The host stops for a service of its that has failed, and has said so in the log: that is not being asked to.
    private static bool HasFaulted(IHost host) => host.Services.GetServices<IHostedService>().OfType<BackgroundService>().Any(service => service.ExecuteTask?.IsFaulted == true);

    private static KeyPair ReadKey(string option, string file, bool allowOpen) => KeyFile.TryRead(file, allowOpen, out var key, out var problem)
        ? key
        : throw new StartupException(ExitCode.Key, $"{option}: {problem.Message}", problem.Hint);

    private static ServerKeys Keys(KeyPair first, KeyPair? second) => first.PublicKey != second?.PublicKey
        ? new(first, second)
        : throw new StartupException(ExitCode.Key, "--second-key: is the same key as --key, expected another one", "leave it out, or name the key that is being replaced");

    private static NodeCertificate? ReadCertificate(ServerOptions options) =>
        options.Cluster is { Certificates: { } directory } cluster ? NodeCertificate.Read(directory, cluster.Self, options.AllowOpenKey, DateTimeOffset.UtcNow) : null;

    // A catalog that began its term beside another one would take the database, and the clients, from all nodes of that one.
    private static async Task CheckAloneAsync(ICofferStore store, ServerOptions options, LeaseSettings leases)
    {
        try
        {
            if (!await new OtherCatalog(store, leases).IsAtWorkAsync(CancellationToken.None).ConfigureAwait(false)) return;
        }
        catch (StoreException e)
        {
            throw new StartupException(ExitCode.Store, $"--store: {options.Store}: {e.Message}", HintOfDatabase(e.Fault));
        }
        throw new StartupException(
            ExitCode.Store, $"--store: {options.Store}: a server or a cluster that runs has this database", "make this server a node of it, with --cluster and --seeds; or name another database");
    }

    // The next one finds out by itself, a few seconds later.
    private static async Task EndTermAsync(ICofferStore store)
    {
        try
        {
            await store.EndTermAsync().ConfigureAwait(false);
        }
        catch (StoreException)
        {
        }
    }

    // False where it was asked to stop in the middle: that is no failure.
    private static async Task<bool> TryStartAsync(IHost host)
    {
        try
        {
            await host.StartAsync().ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException) when (host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested)
        {
            return false;
        }
        // Sharding waits 20 s for its own actors.
        catch (AskTimeoutException)
        {
            throw new StartupException(ExitCode.Internal, "the actors did not start in time", "this machine may have too little processor time for it; start the server again");
        }
    }

    // Before anything is made for nothing.
    private static void CheckFree(string option, IPEndPoint address)
    {
        try
        {
            using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(address);
            socket.Listen();
        }
        catch (SocketException e)
        {
            throw CannotListen(option, address, e);
        }
    }

    private static async Task<IPEndPoint> ResolveAsync(NodeAddress node)
    {
        try
        {
            return await node.ResolveAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (SocketException e)
        {
            throw new StartupException(ExitCode.Listen, $"--cluster: {node.Host} has no address: {e.Message}", "give a name that stands for an IPv4 address of this machine, or the address itself");
        }
    }

    private static StartupException CannotListen(string option, IPEndPoint address, Exception cause) => new(
        ExitCode.Listen, $"{option}: {address} cannot be listened on: {cause.Message}", "another program may hold the port, or the address may not be this machine's");

    private static async Task<OpenedStore> OpenStoreAsync(ServerOptions options, ServerPublicKeys server)
    {
        var (place, hint) = ($"--data: {options.DataDirectory}", (Func<StoreFault, string>)HintOfFile);
        try
        {
            var directory = DataDirectory.Open(options.DataDirectory);
            if (options.Store is { } address) place = $"--store: {address}";
            if (options.Store is StoreAddress.Postgres) hint = HintOfDatabase;
            return await OpenedStore.OpenAsync(directory, options.Store, server).ConfigureAwait(false);
        }
        catch (StoreException e)
        {
            throw new StartupException(ExitCode.Store, $"{place}: {e.Message}", hint(e.Fault));
        }
    }

    private static string HintOfFile(StoreFault fault) => fault switch
    {
        StoreFault.InUse => "stop the other server first, or name another directory",
        StoreFault.OtherKey => "start with that key, as --key or, where it is being replaced, as --second-key; or name another directory",
        StoreFault.Newer => "start the newer version",
        StoreFault.Damaged => "restore it from a backup, or name another one and load the definition again",
        StoreFault.Full => "make room on the disk",
        StoreFault.Unavailable => "look after the disk, or end the other program that has the database",
        _ => "name a directory that this user may write",
    };

    private static string HintOfDatabase(StoreFault fault) => fault switch
    {
        StoreFault.NotWritable => "name the primary",
        StoreFault.OtherKey => "start with that key, as --key or, where it is being replaced, as --second-key; or name another database",
        StoreFault.Newer => "start the newer version",
        StoreFault.Damaged => "restore the database from a backup, or name an empty one and load the definition again",
        StoreFault.Full => "make room on the database's disk",
        StoreFault.TooOld => "upgrade the database server",
        StoreFault.Missing => "make it first: CREATE DATABASE coffer OWNER coffer",
        StoreFault.Denied => "check user, password-file, sslmode and root-certificate; the user must own the database, or may create tables in its schema",
        _ => "start again once the database answers: check that it runs there and takes connections from here",
    };

    // Opened again on SIGHUP from now on: who rotates the file does not know how far a start has come.
    private static AuditTrail OpenAudit(ServerOptions options, AuditSettings settings, DefinitionReloads reloads)
    {
        try
        {
            var audit = AuditTrail.Open(options.Audit, options.IsAuditRequired, settings, options.NodeName, TimeProvider.System);
            reloads.OnHangUp(audit.Reopen);
            return audit;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            var path = ((AuditTarget.File)options.Audit).Path;
            var (what, hint) = Directory.Exists(path) ? ("is a directory, expected a file", "name a file in it")
                : !Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(path))) ? ("its directory does not exist", "make the directory first, or name a file elsewhere")
                : e is UnauthorizedAccessException ? ("is not writable for this user", "name a file that this user may write, or - for stdout")
                : e is UnfitFileException ? (e.Message, "name a new file, or a trail to go on with, or - for stdout")
                : (e.Message, "name a file that no other process has open and that this user may write, or - for stdout");
            throw new StartupException(ExitCode.Audit, $"--audit: {path}: {what}", hint);
        }
    }

    private static async Task ServeAsync(IHost host, ServerOptions options, ClusterEntry? entry, ILogger log)
    {
        var stopping = host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        var registry = host.Services.GetRequiredService<ActorRegistry>();
        var view = host.Services.GetRequiredService<NodeView>();
        var progress = host.Services.GetRequiredService<NodeProgress>();
        try
        {
            if (entry is not null) await entry.EnterAsync(stopping).ConfigureAwait(false);
            if (options.DefinitionFile is not null)
            {
                progress.Loading();
                await LoadAsync(host.Services.GetRequiredService<DefinitionFile>(), log, stopping).ConfigureAwait(false);
            }
            await view.ServingAsync().WaitAsync(ReadyTimeout, stopping).ConfigureAwait(false);

            await KeepProbesRowAsync(host.Services.GetRequiredService<Probe>()).ConfigureAwait(false);

            // No sooner: from now on clients are let in.
            var address = await BindAsync(await registry.GetAsync<EdgeListener>(stopping).ConfigureAwait(false), options.Listen, stopping).ConfigureAwait(false);
            progress.Accepting(address);
            host.Services.GetRequiredService<Readiness>().Serving(address, registry.Get<CofferRegion>());
            if (!view.HasDefinition) LogEmpty(log);
            LogServing(log, address, view.Count, view.Revision, host.Services.GetRequiredService<ServerKeys>().Public);
            host.Services.GetRequiredService<Systemd>().Ready($"serving on {address}");
        }
        // Asked to stop before the start was through: that is no failure.
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
        }
        catch (TimeoutException)
        {
            throw new StartupException(ExitCode.Store, "not able to serve within two minutes: the store could not be read, or the catalog renewed no lease", "the log lines before this one say why");
        }
    }

    private static async Task KeepProbesRowAsync(Probe probe)
    {
        try
        {
            await probe.KeepRowAsync().ConfigureAwait(false);
        }
        // Readiness tries again, and says why.
        catch (StoreException)
        {
        }
    }

    private static async Task<IPEndPoint> BindAsync(IActorRef listener, IPEndPoint address, CancellationToken stopping) =>
        await listener.Ask<object>(new EdgeListener.Bind(address), stopping).ConfigureAwait(false) switch
        {
            EdgeListener.Listening listening => (IPEndPoint)listening.Address,
            EdgeListener.CannotListen cannot => throw CannotListen("--listen", address, cannot.Cause),
            var other => throw new InvalidOperationException($"the listener answered {other.GetType()}"),
        };

    private static async Task LoadAsync(DefinitionFile definition, ILogger log, CancellationToken stopping)
    {
        if (await definition.LoadInTurnAsync(stopping).ConfigureAwait(false) is not LoadOutcome.Refused refused) return;

        // An operator rolled it back while the server ran: a restart is no reason to undo that.
        if (refused.Cause == LoadRefusal.RolledBack) LogRolledBack(log, refused.Lines[0]);
        else throw Refused(refused.Cause == LoadRefusal.Older ? refused with { Hint = StartOnStored } : refused);
    }

    private static StartupException Refused(LoadOutcome.Refused refused) =>
        // Of what passes a supervisor is to start it again.
        new(refused.Cause is LoadRefusal.Store or LoadRefusal.Busy ? ExitCode.Store : ExitCode.Definition, refused.Lines, refused.Hint);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Variable} is set in the environment, and nobody reads it: did you mean {Meant}?")]
    private static partial void LogMisspelt(ILogger log, string variable, string meant);

    [LoggerMessage(Level = LogLevel.Warning, Message = "others than its owner may read or write the password file {File}, expected mode 0600: run chmod 600 on it, or say --allow-open-key if that is meant")]
    private static partial void LogOpenPassword(ILogger log, string file);

    [LoggerMessage(Level = LogLevel.Warning, Message = "others than its owner may write the data directory {Directory}, and so put other files in the place of the database, the audit trail and the control socket: run chmod 700 on it")]
    private static partial void LogOpenDirectory(ILogger log, string directory);

    [LoggerMessage(Level = LogLevel.Warning, Message = "takes {Connections} connections instead of {Wanted}, because this process may not have more files open: raise the limit with 'ulimit -n 65536' or LimitNOFILE=")]
    private static partial void LogFewerConnections(ILogger log, int connections, int wanted);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Why}, so what counts stays")]
    private static partial void LogRolledBack(ILogger log, string why);

    [LoggerMessage(Level = LogLevel.Warning, Message = "no definition was ever loaded here: every client is told that its key is not known")]
    private static partial void LogEmpty(ILogger log);

    [LoggerMessage(Level = LogLevel.Information, Message = "serving on {Address}: {Clients} clients, revision {Revision}, server key {ServerKey}")]
    private static partial void LogServing(ILogger log, EndPoint address, int clients, long revision, ServerPublicKeys serverKey);

    [LoggerMessage(Level = LogLevel.Information, Message = "stopped")]
    private static partial void LogStopped(ILogger log);
}
