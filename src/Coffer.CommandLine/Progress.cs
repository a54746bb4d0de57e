using System.Text;

namespace Coffer.CommandLine;

/// <summary>Shows on a terminal how far long work has come: from its second second on, and until it is disposed.</summary>
public sealed class Progress : IProgress<long>, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly string _work;
    private readonly long _total;
    private readonly Action<string> _show;
    private readonly TimeProvider _clock;
    private readonly long _begun;
    private TimeSpan _next = Patience;
    private bool _isShown;

    internal Progress(string work, long total, Action<string> show, TimeProvider clock)
    {
        _work = work;
        _total = total;
        _show = show;
        _clock = clock;
        _begun = clock.GetTimestamp();
    }

    /// <summary>Progress of <paramref name="work"/> on standard error; null where that is no terminal.</summary>
    /// <param name="work">What is done, as in "reading definition.toml".</param>
    /// <param name="total">What will have been reported in the end.</param>
    public static Progress? OnTerminal(string work, long total) => Console.IsErrorRedirected ? null : new(work, total, Show, TimeProvider.System);

    /// <summary>So much of the total is done.</summary>
    public void Report(long value)
    {
        var elapsed = _clock.GetElapsedTime(_begun);
        if (elapsed < _next) return;
        _next = elapsed + Pause;
        _isShown = true;
        _show($"\r{_work}: {(_total == 0 ? 100 : value * 100 / _total)} %");
    }

    /// <summary>Clears the line.</summary>
    public void Dispose()
    {
        if (_isShown) _show("\r\e[K");
        _isShown = false;
    }

    // Where it fails, nobody looks.
    internal static void Show(string text) => Descriptor.TryWrite(Descriptor.Error, Encoding.UTF8.GetBytes(text), out _);
}
