using Coffer.Crypto.Keys;
using Coffer.Server.Metrics;
using Coffer.Server.Storage;
using Coffer.Server.Tests.Audit;
using Coffer.Server.Tests.Coffers;

namespace Coffer.Server.Tests.Metrics;

/// <summary>What the log says of a database that goes away, through the store that everybody asks.</summary>
public sealed class StoreAvailabilitySpecs : IDisposable
{
    private const string Away = "Warning: away; clients whose coffers are in memory go on, others get Error unavailable until it answers";
    private const string Back = "Information: the database answers again";

    private static readonly PublicKey Owner = new([.. Enumerable.Repeat((byte)7, PublicKey.Size)]);

    private readonly ScriptedStore _scripted = new();
    private readonly CofferMetrics _metrics = new();
    private readonly HandClock _clock = new();
    private readonly KeptLog _log = new();
    private readonly MeasuredStore _store;

    public StoreAvailabilitySpecs() => _store = new MeasuredStore(_scripted, _metrics, _clock, _log);

    public void Dispose() => _metrics.Dispose();

    [Fact]
    public async Task Says_once_that_it_is_away_and_once_that_it_answers_again()
    {
        await AnswersAsync();
        await FailsAsync(StoreFault.Unavailable);
        await FailsAsync(StoreFault.Unavailable);
        await AnswersAsync();
        await AnswersAsync();

        Assert.Equal([Away, Back], _log.Lines);
    }

    [Fact]
    public async Task Says_so_once_a_minute_where_it_comes_and_goes()
    {
        for (var i = 0; i < 3; i++)
        {
            await FailsAsync(StoreFault.Unavailable);
            await AnswersAsync();
        }
        Assert.Equal([Away, Back], _log.Lines);

        _clock.Now = TimeSpan.FromMinutes(1);
        await FailsAsync(StoreFault.Unavailable);

        Assert.Equal([Away, Back, Away], _log.Lines);
    }

    [Fact]
    public async Task Takes_no_other_fault_for_it()
    {
        await FailsAsync(StoreFault.Full);
        await AnswersAsync();

        Assert.Empty(_log.Lines);
    }

    private async Task AnswersAsync()
    {
        _scripted.Answer(null);
        Assert.Null(await _store.FindAsync(Owner, TestContext.Current.CancellationToken));
    }

    private async Task FailsAsync(StoreFault fault)
    {
        _scripted.Fail(new StoreException(fault, "away"));
        await Assert.ThrowsAsync<StoreException>(() => _store.FindAsync(Owner, TestContext.Current.CancellationToken));
    }
}
