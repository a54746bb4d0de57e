using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace Coffer.Server.Hosting;

/// <summary>The least level that is logged, which an operator may change while the node runs. Thread safe.</summary>
/// <remarks>Akka and the host are heard from warning up, and from the same level as Coffer where that is not the usual one, info.</remarks>
public sealed class LogLevelSwitch(LogLevel least) : IConfigureOptions<LoggerFilterOptions>, IOptionsChangeTokenSource<LoggerFilterOptions>
{
    private readonly Lock _gate = new();
    private LogLevel _least = least;
    private CancellationTokenSource _change = new();

    /// <inheritdoc/>
    public string? Name => Options.DefaultName;

    /// <summary>The level; whoever logs goes by a new one at once.</summary>
    public LogLevel Least
    {
        get
        {
            lock (_gate) return _least;
        }
        set
        {
            CancellationTokenSource changed;
            lock (_gate) (_least, changed, _change) = (value, _change, new CancellationTokenSource());
            changed.Cancel();
            changed.Dispose();
        }
    }

    /// <inheritdoc/>
    public void Configure(LoggerFilterOptions options)
    {
        var own = Least;
        var others = own == LogLevel.Information ? LogLevel.Warning : own;
        options.MinLevel = own;
        foreach (var category in new[] { "Akka", "Microsoft" }) options.Rules.Add(new LoggerFilterRule(providerName: null, category, others, filter: null));
    }

    /// <inheritdoc/>
    public IChangeToken GetChangeToken()
    {
        lock (_gate) return new CancellationChangeToken(_change.Token);
    }
}
