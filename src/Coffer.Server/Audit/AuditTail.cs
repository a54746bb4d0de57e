using System.Runtime.CompilerServices;
using System.Text;

namespace Coffer.Server.Audit;

/// <summary>The last lines of the trail in memory, for those who follow it. Thread safe.</summary>
/// <remarks>One ring of bytes, however many follow: who reads slower than lines come goes on with the oldest line that is still held.</remarks>
internal sealed class AuditTail(int capacity)
{
    private readonly Lock _gate = new();
    private readonly byte[] _ring = new byte[capacity];

    // How many bytes were ever appended; the ring holds the last of them.
    private long _end;
    private bool _isEnded;
    private TaskCompletionSource? _moved;

    /// <summary>Appends whole lines.</summary>
    internal void Append(ReadOnlySpan<byte> lines)
    {
        TaskCompletionSource? moved;
        lock (_gate)
        {
            if (lines.Length > capacity)
            {
                _end += lines.Length - capacity;
                lines = lines[^capacity..];
            }
            var at = (int)(_end % capacity);
            var first = Math.Min(lines.Length, capacity - at);
            lines[..first].CopyTo(_ring.AsSpan(at));
            lines[first..].CopyTo(_ring);
            _end += lines.Length;
            (moved, _moved) = (_moved, null);
        }
        moved?.SetResult();
    }

    /// <summary>Nothing comes any more: who follows gets to the end.</summary>
    internal void End()
    {
        lock (_gate) _isEnded = true;
        Append([]);
    }

    /// <summary>The last <paramref name="last"/> lines, or as many as are held, and each one that is written from then on, without its end.</summary>
    internal async IAsyncEnumerable<string> FollowAsync(int last, [EnumeratorCancellation] CancellationToken cancellation)
    {
        long at;
        lock (_gate) at = StartOf(last);
        while (true)
        {
            string lines;
            Task? moved;
            lock (_gate)
            {
                lines = ReadFrom(ref at);
                moved = _isEnded ? null : (_moved ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }
            foreach (var line in lines.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                cancellation.ThrowIfCancellationRequested();
                yield return line;
            }
            if (lines.Length > 0) continue;
            if (moved is null) yield break;
            await moved.WaitAsync(cancellation).ConfigureAwait(false);
        }
    }

    private long Oldest => Math.Max(0, _end - capacity);

    private string ReadFrom(ref long at)
    {
        if (at < Oldest) at = AfterLineEnd(Oldest);
        var bytes = new byte[_end - at];
        var start = (int)(at % capacity);
        var first = Math.Min(bytes.Length, capacity - start);
        _ring.AsSpan(start, first).CopyTo(bytes);
        _ring.AsSpan(0, bytes.Length - first).CopyTo(bytes.AsSpan(first));
        at = _end;
        return Encoding.UTF8.GetString(bytes);
    }

    private long StartOf(int last)
    {
        var at = _end;
        for (var lines = 0; at > Oldest; at--)
            if (At(at - 1) == '\n' && lines++ == last) return at;
        return Oldest > 0 ? AfterLineEnd(Oldest) : 0;
    }

    private long AfterLineEnd(long at)
    {
        while (at < _end && At(at) != '\n') at++;
        return Math.Min(at + 1, _end);
    }

    private byte At(long at) => _ring[at % capacity];
}
