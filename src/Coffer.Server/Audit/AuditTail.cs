using System.Runtime.CompilerServices;
using System.Text;
using Coffer.Server.Hosting;

namespace Coffer.Server.Audit;

/// <summary>The last lines of the trail in memory, for those who follow it. Thread safe.</summary>
/// <remarks>One ring of bytes, however many follow: who reads slower than lines come goes on with the oldest line that is still held, and is told how many it has missed.</remarks>
internal sealed class AuditTail(int capacity)
{
    private readonly Lock _gate = new();
    private readonly byte[] _ring = new byte[capacity];

    // How many bytes were ever appended; the ring holds the last of them.
    private long _end;

    // How many lines.
    private long _lines;

    private bool _isEnded;
    private TaskCompletionSource? _moved;

    /// <summary>Appends whole lines; the first of more than is held may be cut.</summary>
    internal void Append(ReadOnlySpan<byte> lines)
    {
        TaskCompletionSource? moved;
        lock (_gate)
        {
            _lines += lines.Count((byte)'\n');
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
    internal async IAsyncEnumerable<FollowedLine> FollowAsync(int last, [EnumeratorCancellation] CancellationToken cancellation)
    {
        long at;
        long next;
        string? gap;
        lock (_gate)
        {
            at = StartOf(last, out var held);
            next = _lines - held;
            gap = held < last && Oldest > 0 ? FollowedLine.FewerThanAsked(held) : null;
        }
        while (true)
        {
            string lines;
            Task? moved;
            lock (_gate)
            {
                lines = ReadFrom(ref at, ref next, out var skipped);
                if (skipped > 0) gap = FollowedLine.Skipped(skipped);
                moved = _isEnded ? null : (_moved ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }
            foreach (var line in lines.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                cancellation.ThrowIfCancellationRequested();
                yield return new FollowedLine(line, gap);
                gap = null;
            }
            if (lines.Length > 0) continue;
            if (moved is null) yield break;
            await moved.WaitAsync(cancellation).ConfigureAwait(false);
        }
    }

    private long Oldest => Math.Max(0, _end - capacity);

    private string ReadFrom(ref long at, ref long next, out long skipped)
    {
        if (at < Oldest) at = AfterLineEnd(Oldest);
        var bytes = new byte[_end - at];
        var start = (int)(at % capacity);
        var first = Math.Min(bytes.Length, capacity - start);
        _ring.AsSpan(start, first).CopyTo(bytes);
        _ring.AsSpan(0, bytes.Length - first).CopyTo(bytes.AsSpan(first));
        skipped = _lines - bytes.AsSpan().Count((byte)'\n') - next;
        (at, next) = (_end, _lines);
        return Encoding.UTF8.GetString(bytes);
    }

    private long StartOf(int last, out long held)
    {
        held = 0;
        for (var at = _end; at > Oldest; at--)
        {
            if (At(at - 1) != '\n') continue;
            if (held == last) return at;
            held++;
        }
        if (Oldest == 0) return 0;
        // The first line is likely cut.
        held = Math.Max(0, held - 1);
        return AfterLineEnd(Oldest);
    }

    private long AfterLineEnd(long at)
    {
        while (at < _end && At(at) != '\n') at++;
        return Math.Min(at + 1, _end);
    }

    private byte At(long at) => _ring[at % capacity];
}
