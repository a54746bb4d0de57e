using Akka.Actor;
using Coffer.Crypto.Keys;
using Coffer.Server.Audit;
using Coffer.Server.Sessions;

namespace Coffer.Server.Tests.Audit;

/// <summary>What becomes of events: batches, a full queue, a disk that is full, rotation under load.</summary>
public sealed class AuditTrailSpecs : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("coffer-audit-").FullName;
    private readonly ActorSystem _system = ActorSystem.Create("audit-specs", "akka.loglevel = OFF, akka.stdout-loglevel = OFF");
    private readonly GatedSink _sink = new();
    private readonly KeptLog _log = new();
    private readonly PublicKey _client = Trail.NewKey();

    private string FilePath => Path.Combine(_directory, "audit.jsonl");

    public async ValueTask DisposeAsync()
    {
        await _system.Terminate();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Rotation_by_size_under_load_loses_no_line_and_duplicates_none()
    {
        await using (var trail = AuditTrail.Open(new AuditTarget.File(FilePath), isRequired: false, new AuditSettings { MaxSize = 20_000, Keep = 1000, Queue = 100, Patience = Trail.Patience }, "test", TimeProvider.System))
            await Task.WhenAll(Enumerable.Range(0, 4).Select(writer => Task.Run(() => { for (var i = 0; i < 5000; i++) trail.RecordNumber(writer * 5000 + i); })));

        var files = Directory.GetFiles(_directory);
        Assert.Equal(Enumerable.Range(0, 20_000), Trail.Numbers(files.SelectMany(File.ReadAllLines)).Order());
        // A batch is 256 KiB at most, however small the files are to be.
        Assert.True(files.Length > 10, $"{files.Length} files");
    }

    [Fact]
    public async Task Reopening_under_load_loses_no_line_and_duplicates_none()
    {
        await using (var trail = AuditTrail.Open(new AuditTarget.File(FilePath), isRequired: false, new AuditSettings { MaxSize = 0, Patience = Trail.Patience }, "test", TimeProvider.System))
        {
            var writers = Task.WhenAll(Enumerable.Range(0, 4).Select(writer => Task.Run(() => { for (var i = 0; i < 5000; i++) trail.RecordNumber(writer * 5000 + i); })));
            for (var rotated = 1; rotated <= 20; rotated++)
            {
                File.Move(FilePath, $"{FilePath}-{rotated}");
                trail.Reopen();
                await Trail.UntilAsync(() => File.Exists(FilePath));
            }
            await writers;
        }

        Assert.Equal(Enumerable.Range(0, 20_000), Trail.Numbers(Directory.GetFiles(_directory).SelectMany(File.ReadAllLines)).Order());
        Assert.Equal(21, Directory.GetFiles(_directory).Length);
    }

    [Fact]
    public async Task What_came_while_the_disk_was_busy_is_written_at_once()
    {
        await using var trail = Over();
        _sink.Hold();
        trail.RecordNumber(0);
        await _sink.EnteredAsync();
        for (var i = 1; i < 100; i++) trail.RecordNumber(i);

        _sink.Release();
        await Trail.UntilAsync(() => _sink.Lines.Length == 100);

        Assert.Equal(2, _sink.Batches);
        Assert.Equal(Enumerable.Range(0, 100), Trail.Numbers(_sink.Lines));
    }

    [Fact]
    public async Task Lines_beyond_a_full_queue_wait_for_their_turn_and_none_is_lost_even_at_the_end()
    {
        await using (var trail = Over(queue: 4))
        {
            _sink.Hold();
            for (var i = 0; i < 100; i++) trail.RecordNumber(i);
            await _sink.EnteredAsync();
            _sink.Release();
        }

        Assert.Equal(Enumerable.Range(0, 100), Trail.Numbers(_sink.Lines).Order());
    }

    [Fact]
    public async Task A_fetch_beyond_a_full_queue_goes_on_when_its_line_is_taken()
    {
        await using var trail = Over(queue: 1);
        using var session = Inbox.Create(_system);
        await FillAsync(trail);

        Assert.False(Grant(trail, session));
        _sink.Release();

        Assert.IsType<AuditReplies.Cleared>(await session.ReceiveAsync(Trail.Patience));
        await Trail.UntilAsync(() => _sink.Lines.Length == 3);
        Assert.Equal(0, trail.Lost);
    }

    [Fact]
    public async Task A_fetch_that_waited_too_long_for_a_full_queue_goes_on_and_its_line_is_lost()
    {
        await using var trail = Over(queue: 1, patience: TimeSpan.FromMilliseconds(50));
        using var session = Inbox.Create(_system);
        await FillAsync(trail);

        Assert.False(Grant(trail, session));

        Assert.IsType<AuditReplies.Cleared>(await session.ReceiveAsync(Trail.Patience));
        Assert.Equal(1, trail.Lost);
        _sink.Release();
    }

    [Fact]
    public async Task A_fetch_that_waited_too_long_for_a_full_queue_is_refused_where_lines_are_required()
    {
        await using var trail = Over(isRequired: true, queue: 1, patience: TimeSpan.FromMilliseconds(50));
        using var session = Inbox.Create(_system);
        await FillAsync(trail);

        Assert.False(Grant(trail, session));

        Assert.IsType<AuditReplies.NotCleared>(await session.ReceiveAsync(Trail.Patience));
        Assert.Equal(0, trail.Lost);
        _sink.Release();
    }

    [Fact]
    public async Task A_fetch_goes_on_at_once_where_lines_are_not_required()
    {
        await using var trail = Over();
        using var session = Inbox.Create(_system);

        Assert.True(Grant(trail, session));

        await Trail.UntilAsync(() => _sink.Lines.Length == 1);
        Assert.False(_sink.WasToDisk);
    }

    [Fact]
    public async Task A_required_line_is_on_the_disk_before_the_session_hears_of_it()
    {
        await using var trail = Over(isRequired: true);
        using var session = Inbox.Create(_system);

        Assert.False(Grant(trail, session));

        Assert.IsType<AuditReplies.Cleared>(await session.ReceiveAsync(Trail.Patience));
        Assert.Single(_sink.Lines);
        Assert.True(_sink.WasToDisk);
    }

    [Fact]
    public async Task What_cannot_be_written_is_said_once_and_again_when_it_can_in_the_log_and_in_the_trail()
    {
        await using var trail = Over();
        _sink.Failure = new IOException("No space left on device");
        for (var i = 1; i <= 5; i++)
        {
            trail.RecordNumber(i);
            await Trail.UntilAsync(() => trail.Lost == i);
        }

        _sink.Failure = null;
        trail.RecordNumber(6);
        trail.RecordNumber(7);
        await Trail.UntilAsync(() => _sink.Lines.Length == 3);

        Assert.Equal("lost", Trail.Field(_sink.Lines[0], "event"));
        Assert.Equal("5", Trail.Field(_sink.Lines[0], "lines"));
        Assert.Equal([6, 7], Trail.Numbers(_sink.Lines[1..]));
        Assert.Equal(["Error: the audit trail cannot be written: No space left on device; 1 lines lost until now", "Warning: the audit trail is written again: 5 lines lost"], _log.Lines);
    }

    [Fact]
    public async Task A_fetch_whose_required_line_cannot_be_written_is_refused_and_no_line_is_missing()
    {
        await using var trail = Over(isRequired: true);
        using var session = Inbox.Create(_system);
        _sink.Failure = new IOException("No space left on device");

        Assert.False(Grant(trail, session));

        Assert.IsType<AuditReplies.NotCleared>(await session.ReceiveAsync(Trail.Patience));
        Assert.Equal(0, trail.Lost);
        _sink.Failure = null;
        Assert.False(Grant(trail, session));
        Assert.IsType<AuditReplies.Cleared>(await session.ReceiveAsync(Trail.Patience));
        Assert.Single(_sink.Lines);
    }

    [Fact]
    public async Task A_trail_that_ends_with_lines_lost_says_so()
    {
        var trail = Over();
        _sink.Failure = new IOException("No space left on device");
        trail.RecordNumber(1);

        await trail.DisposeAsync();

        Assert.Equal("Error: the audit trail ends with 1 lines lost that it does not tell of", _log.Lines[^1]);
    }

    [Fact]
    public async Task Following_begins_with_the_lines_of_an_earlier_run_and_goes_on_over_a_rotation()
    {
        await using (var earlier = Open(maxSize: 300)) earlier.RecordNumber(1);
        await using var trail = Open(maxSize: 300);
        await using var lines = trail.FollowAsync(last: 1, TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        Assert.True(await lines.MoveNextAsync());
        Assert.Equal([1], Trail.Numbers([lines.Current.Text]));

        for (var i = 2; i < 20; i++) trail.RecordNumber(i);

        for (var i = 2; i < 20; i++)
        {
            Assert.True(await lines.MoveNextAsync());
            Assert.Equal([i], Trail.Numbers([lines.Current.Text]));
        }
        Assert.True(File.Exists(FilePath + ".1"));
    }

    [Fact]
    public async Task A_trail_that_is_off_holds_nobody_up_and_nobody_follows_it()
    {
        await using var trail = AuditTrail.Open(new AuditTarget.Off(), isRequired: false, new AuditSettings(), "test", TimeProvider.System);
        using var session = Inbox.Create(_system);

        Assert.True(Grant(trail, session));
        trail.Refused(Trail.From, _client, name: null, Refusal.Garbage, isWithheld: false);

        Assert.False(trail.IsOn);
        Assert.Empty(await trail.FollowAsync(10, TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken));
    }

    private AuditTrail Open(long maxSize) => AuditTrail.Open(new AuditTarget.File(FilePath), isRequired: false, new AuditSettings { MaxSize = maxSize }, "test", TimeProvider.System);

    private AuditTrail Over(bool isRequired = false, int queue = 1000, TimeSpan? patience = null)
    {
        var trail = AuditTrail.Over(_sink, isRequired, new AuditSettings { Queue = queue, Patience = patience ?? Trail.Patience }, "test", TimeProvider.System);
        trail.LogTo(_log);
        return trail;
    }

    // One line is being written, one waits in a queue of one.
    private async Task FillAsync(AuditTrail trail)
    {
        _sink.Hold();
        trail.RecordNumber(0);
        await _sink.EnteredAsync();
        trail.RecordNumber(1);
    }

    private bool Grant(AuditTrail trail, Inbox session) => trail.Granted(Trail.From, _client, "client", 1, session.Receiver);
}
