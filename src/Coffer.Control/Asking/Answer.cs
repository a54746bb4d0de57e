using System.Text.Json;
using Coffer.CommandLine;
using Coffer.Operations;

namespace Coffer.Control.Asking;

/// <summary>A node's answer, row by row as it comes.</summary>
/// <param name="lines">The body.</param>
/// <param name="version">The version that the server says it is.</param>
internal sealed class Answer(Stream lines, string version)
{
    private const int ReadSize = 64 * 1024;

    /// <summary>Hands each row on, without its line feed, says what notes are among them, and returns the last line.</summary>
    /// <exception cref="ControlException">It was cut off, or is not what this program knows.</exception>
    internal async Task<AnswerEnd> ReadAsync(Action<ReadOnlyMemory<byte>> onRow, Action onPause)
    {
        var buffer = new byte[ReadSize];
        var held = 0;
        while (true)
        {
            if (held == buffer.Length) Array.Resize(ref buffer, 2 * buffer.Length);
            var reading = lines.ReadAsync(buffer.AsMemory(held));
            if (!reading.IsCompleted) onPause();
            var read = await ReadAsync(reading).ConfigureAwait(false);
            if (read == 0) throw Cut();
            held += read;
            if (TakeLines(buffer.AsMemory(0, held), onRow, onPause, out var rest) is { } end) return end;
            buffer.AsSpan(held - rest, rest).CopyTo(buffer);
            held = rest;
        }
    }

    private AnswerEnd? TakeLines(ReadOnlyMemory<byte> held, Action<ReadOnlyMemory<byte>> onRow, Action onPause, out int rest)
    {
        try
        {
            int length;
            while ((length = held.Span.IndexOf((byte)'\n')) >= 0)
            {
                if (AnswerEnd.TryRead(held.Span[..length], out var end))
                {
                    rest = 0;
                    return end;
                }
                if (AnswerNote.TryRead(held.Span[..length], out var note))
                {
                    // The rows before it are on their way to another stream.
                    onPause();
                    Words.Note(note.Note);
                }
                else
                {
                    onRow(held[..length]);
                }
                held = held[(length + 1)..];
            }
        }
        catch (JsonException)
        {
            throw new ControlException(ExitCode.Cut, new("the answer is not what this coffer-ctl knows", $"the server is version {version}, this coffer-ctl {ThisProgram.Version}: use the one that came with the server, or --json"));
        }
        rest = held.Length;
        return null;
    }

    private static async Task<int> ReadAsync(ValueTask<int> reading)
    {
        try
        {
            return await reading.ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            throw Cut();
        }
    }

    private static ControlException Cut() => new(ExitCode.Cut, new("the answer was cut off before its last line", "the server has stopped or was killed: 'coffer-ctl coffer status'; what was shown may not be all"));
}
