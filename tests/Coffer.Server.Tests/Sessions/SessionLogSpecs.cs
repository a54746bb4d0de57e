using System.Net;
using Coffer.Server.Sessions;
using Microsoft.Extensions.Logging;

namespace Coffer.Server.Tests.Sessions;

/// <summary>Refusals are limited in rate, and what is left out is counted.</summary>
public sealed class SessionLogSpecs
{
    private static readonly IPEndPoint From = new(IPAddress.Loopback, 1);
    private readonly StubClock _clock = new();
    private readonly StubLogger _logger = new();
    private readonly SessionLog _log;

    public SessionLogSpecs() => _log = new SessionLog(_logger, _clock);

    [Fact]
    public void Writes_twenty_refusals_a_second_and_counts_the_others()
    {
        for (var i = 0; i < 50; i++) _log.Refused(From, client: null, Refusal.Garbage);
        Assert.Equal(20, _logger.Lines.Count);
        Assert.All(_logger.Lines, line => Assert.Equal("refused: Garbage, - from 127.0.0.1:1", line));

        _clock.Seconds++;
        _log.Refused(From, client: null, Refusal.Garbage);
        _log.Refused(From, client: null, Refusal.TooSlow);

        Assert.Equal(["refused: 30 more conversations, not written here", "refused: Garbage, - from 127.0.0.1:1", "refused: TooSlow, - from 127.0.0.1:1"], _logger.Lines.Skip(20));
    }

    [Fact]
    public void Writes_who_was_turned_away_within_the_same_limit()
    {
        _log.Busy(From, open: 10_000, fromThere: 3);
        for (var i = 0; i < 10; i++) _log.Refused(From, client: null, Refusal.Garbage);
        for (var i = 0; i < 39; i++) _log.Busy(From, open: 10_001, fromThere: 4);

        Assert.Equal(20, _logger.Lines.Count);
        Assert.Equal("refused: Busy, - from 127.0.0.1:1 with 10000 connections open, 3 of them from there", _logger.Lines[0]);
        Assert.Equal(30, _log.WithheldInAll);
        _clock.Seconds++;
        _log.Busy(From, open: 1, fromThere: 0);
        Assert.Equal(["refused: 30 more conversations, not written here", "refused: Busy, - from 127.0.0.1:1 with 1 connections open, 0 of them from there"], _logger.Lines.Skip(20));
    }

    [Fact]
    public void Loses_no_refusal_of_many_at_once()
    {
        Parallel.For(0, 1000, _ => _log.Refused(From, client: null, Refusal.Garbage));
        _clock.Seconds++;
        _log.Refused(From, client: null, Refusal.Garbage);

        Assert.Equal(22, _logger.Lines.Count);
        Assert.Contains("refused: 980 more conversations, not written here", _logger.Lines);
    }

    private sealed class StubClock : TimeProvider
    {
        public long Seconds { get; set; } = 100;

        public override long TimestampFrequency => 1000;

        public override long GetTimestamp() => Seconds * TimestampFrequency;
    }

    private sealed class StubLogger : ILogger
    {
        private readonly Lock _gate = new();

        public List<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (_gate) Lines.Add(formatter(state, exception));
        }
    }
}
