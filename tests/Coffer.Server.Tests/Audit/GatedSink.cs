using System.Text;
using Coffer.Server.Audit;

namespace Coffer.Server.Tests.Audit;

/// <summary>A sink that can be held up, or made to fail.</summary>
internal sealed class GatedSink : IAuditSink
{
    private readonly ManualResetEventSlim _gate = new(initialState: true);
    private readonly SemaphoreSlim _entered = new(0);
    private readonly List<string> _lines = [];

    /// <summary>What an append throws from now on, if anything.</summary>
    internal volatile Exception? Failure;

    /// <summary>Whether the next append fails, and no other.</summary>
    internal volatile bool FailsOnce;

    internal int Batches { get; private set; }

    internal bool WasToDisk { get; private set; }

    internal string[] Lines
    {
        get
        {
            lock (_lines) return [.. _lines];
        }
    }

    /// <summary>Holds the next append up; nothing may be under way.</summary>
    internal void Hold()
    {
        _gate.Reset();
        while (_entered.Wait(0))
        {
        }
    }

    internal void Release() => _gate.Set();

    /// <summary>Waits until an append has begun since <see cref="Hold"/>.</summary>
    internal async Task EnteredAsync() => Assert.True(await _entered.WaitAsync(Trail.Patience), "nothing was appended");

    public void Append(ReadOnlySpan<byte> lines, bool toDisk)
    {
        _entered.Release();
        Assert.True(_gate.Wait(Trail.Patience), "the sink was not released");
        if (Failure is { } failure) throw failure;
        if (FailsOnce)
        {
            FailsOnce = false;
            throw new IOException("No space left on device");
        }
        Batches++;
        WasToDisk = toDisk;
        lock (_lines) _lines.AddRange(Encoding.UTF8.GetString(lines).Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    public void Reopen()
    {
    }

    public byte[] ReadLast(int bytes) => [];

    public void Dispose()
    {
        _gate.Dispose();
        _entered.Dispose();
    }
}
