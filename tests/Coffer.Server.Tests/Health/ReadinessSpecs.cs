using System.Net;
using System.Net.Sockets;
using System.Text;
using Akka.Actor;
using Coffer.Crypto.Keys;
using Coffer.Crypto.Sealing;
using Coffer.Server.Audit;
using Coffer.Server.Catalog;
using Coffer.Server.Health;
using Coffer.Server.Hosting;
using Coffer.Server.Storage;
using Coffer.Server.Tests.Audit;
using Coffer.Server.Tests.Storage;

namespace Coffer.Server.Tests.Health;

/// <summary>A node where nothing works: what it says of it, and how often it tries.</summary>
public sealed class ReadinessSpecs : IDisposable
{
    private readonly ActorSystem _system = ActorSystem.Create("readiness");
    private readonly KeyPair _server = KeyPair.Generate();
    private readonly StorageSeal _seal;
    private readonly BrokenStore _store = new();
    private readonly Probe _probe;
    private readonly NodeProgress _progress = new();
    private readonly GatedSink _sink = new();
    private readonly AuditTrail _audit;
    private readonly HandClock _clock = new();
    private readonly Readiness _readiness;

    public ReadinessSpecs()
    {
        _seal = new StorageSeal(_server);
        _probe = new Probe(_server, _seal, _store);
        _audit = AuditTrail.Over(_sink, isRequired: true, new AuditSettings(), "test", _clock);
        _readiness = new Readiness(ViewOf(_probe), _store, _probe, _audit, _progress, _clock);
    }

    [Fact]
    public async Task Names_each_check_that_fails_with_its_reason()
    {
        _readiness.Serving(ClosedPort(), _system.DeadLetters);

        var report = await _readiness.CheckAsync();

        Assert.False(report.IsReady);
        Assert.Equal(
            $$$"""{"status":"unavailable","checks":{"serving":"ok","definition":"ok","audit":"ok","store":"{{{BrokenStore.Message}}}","region":"no answer in time","probe":"{{{BrokenStore.Message}}}"}}""",
            Encoding.UTF8.GetString(report.ToJson()));
    }

    [Fact]
    public async Task A_node_whose_address_is_deaf_is_not_ready_although_all_else_is_well()
    {
        var directory = Directory.CreateTempSubdirectory("coffer-readiness-").FullName;
        await using var opened = await OpenedStore.OpenAsync(DataDirectory.Open(directory), address: null, _server.PublicKey, TestContext.Current.CancellationToken);
        using var probe = new Probe(_server, _seal, opened.Store);
        var readiness = new Readiness(ViewOf(probe), opened.Store, probe, _audit, _progress, _clock);
        readiness.Serving(ClosedPort(), _system.DeadLetters);

        var report = await readiness.CheckAsync();

        Assert.Contains(new ReadyCheck("store", null), report.Checks);
        Assert.Contains(new ReadyCheck("probe", "the node's own address cannot be connected to"), report.Checks);
        await opened.DisposeAsync();
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task A_revision_of_a_revocation_alone_is_no_definition()
    {
        var report = await new Readiness(ViewOf(_probe, hasDefinition: false), _store, _probe, _audit, _progress, _clock).CheckAsync();

        Assert.Contains(new ReadyCheck("definition", "no definition was ever loaded"), report.Checks);
    }

    [Fact]
    public async Task Before_it_serves_and_after_it_was_asked_to_stop_it_asks_nobody()
    {
        var starting = await _readiness.CheckAsync();
        _readiness.Serving(ClosedPort(), _system.DeadLetters);
        _progress.Stop();
        var stopping = await _readiness.CheckAsync();

        Assert.Contains(new ReadyCheck("serving", "the server is starting"), starting.Checks);
        Assert.Equal([new ReadyCheck("serving", "the server is stopping")], stopping.Checks);
        Assert.Equal(0, _store.Asked);
    }

    [Fact]
    public async Task Asked_a_hundred_times_it_tries_once_and_again_a_second_later()
    {
        _readiness.Serving(ClosedPort(), _system.DeadLetters);

        await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => _readiness.CheckAsync()));
        await _readiness.CheckAsync();
        var first = _store.Asked;
        _clock.Now = TimeSpan.FromSeconds(1);
        await _readiness.CheckAsync();

        // The store is asked by its own check, and by the probe, whose row it does not have.
        Assert.Equal(2, first);
        Assert.Equal(4, _store.Asked);
    }

    [Fact]
    public async Task A_required_trail_that_cannot_be_written_makes_it_unready_for_some_seconds()
    {
        _readiness.Serving(ClosedPort(), _system.DeadLetters);
        _sink.Failure = new IOException("No space left on device");
        _audit.RecordNumber(1);
        await Trail.UntilAsync(() => _audit.Problem is not null);

        var failing = await _readiness.CheckAsync();
        _clock.Now += TimeSpan.FromSeconds(10);
        var later = await _readiness.CheckAsync();

        Assert.Contains(new ReadyCheck("audit", "No space left on device"), failing.Checks);
        Assert.Contains(new ReadyCheck("audit", null), later.Checks);
    }

    public void Dispose()
    {
        _audit.DisposeAsync().AsTask().Wait();
        _probe.Dispose();
        _seal.Dispose();
        _server.Dispose();
        _system.Dispose();
    }

    private NodeView ViewOf(Probe probe, bool hasDefinition = true)
    {
        var view = new NodeView(probe.PublicKey, new NodeLease(_clock, settings: null));
        view.Move(1, hasDefinition, KnownClients.None);
        return view;
    }

    private static IPEndPoint ClosedPort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return (IPEndPoint)socket.LocalEndPoint!;
    }
}
