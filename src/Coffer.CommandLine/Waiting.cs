namespace Coffer.CommandLine;

/// <summary>Shows on a terminal what is waited for, and for how many seconds: from the first whole one on, and until it is disposed.</summary>
/// <remarks>Thread safe.</remarks>
public sealed class Waiting : IDisposable
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly Lock _turn = new();
    private readonly string _what;
    private readonly Action<string> _show;
    private readonly TimeProvider _clock;
    private long _begun;
    private ITimer? _timer;
    private bool _isShown;
    private bool _isOver;

    internal Waiting(string what, Action<string> show, TimeProvider clock)
    {
        _what = what;
        _show = show;
        _clock = clock;
    }

    /// <summary>On standard error; null where that is no terminal.</summary>
    /// <param name="what">What is waited for, as in "comparing definition.coffer".</param>
    public static Waiting? OnTerminal(string what) => Console.IsErrorRedirected ? null : new(what, Progress.Show, TimeProvider.System);

    /// <summary>The waiting begins, unless it is over already.</summary>
    public void Begin()
    {
        lock (_turn)
        {
            if (_isOver || _timer is not null) return;
            _begun = _clock.GetTimestamp();
            _timer = _clock.CreateTimer(_ => Tell(), null, Second, Second);
        }
    }

    /// <summary>It is over: clears the line.</summary>
    public void Dispose()
    {
        lock (_turn)
        {
            _timer?.Dispose();
            if (_isShown && !_isOver) _show("\r\e[K");
            _isOver = true;
        }
    }

    private void Tell()
    {
        lock (_turn)
        {
            if (_isOver) return;
            _isShown = true;
            _show($"\r\e[K{_what}: {(long)_clock.GetElapsedTime(_begun).TotalSeconds} s");
        }
    }
}
