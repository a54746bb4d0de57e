using System.Runtime.CompilerServices;
using Akka.Actor;
using Coffer.Operations;
using Coffer.Operations.Palettes;
using Coffer.Operations.Rows;
using Coffer.Server.Hosting;
using Microsoft.Extensions.Logging;

namespace Coffer.Server.Operations;

/// <summary>What the palette <c>log</c> does.</summary>
/// <param name="ring">The last lines.</param>
/// <param name="level">The level.</param>
/// <param name="system">This node's actors, once they have started: they have a level of their own.</param>
internal sealed class LogHandlers(LogRing ring, LogLevelSwitch level, Func<ActorSystem> system)
{
    internal const int DefaultLast = 10;

    internal void AddTo(OperationHandlers handlers)
    {
        handlers.Handle(LogPalette.Tail, TailAsync);
        handlers.Handle(LogPalette.Level, LevelAsync);
    }

    private async IAsyncEnumerable<LogRow> TailAsync(OperationCall call, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var last = (int)Math.Min(call.Number(LogPalette.Last) ?? DefaultLast, int.MaxValue);
        await foreach (var line in Tail.Of(token => ring.Follow(last, token), call.Flag(CofferPalette.Once), cancellation).ConfigureAwait(false))
        {
            if (line.Gap is { } gap) call.Note($"{gap}; the server's standard error has had them all");
            yield return new LogRow(line.Text);
        }
    }

    private Task<LevelRow> LevelAsync(OperationCall call, CancellationToken cancellation)
    {
        var before = LogLevels.WordOf(level.Least);
        if (call.Text(LogPalette.LeastLevel) is not { } word) return Task.FromResult(new LevelRow(before, null));
        LogLevels.TryRead(word, out var least);
        // It may not be there yet: then nothing is done.
        var events = system().EventStream;
        level.Least = least;
        events.SetLogLevel(LogLevels.AkkaLevel(least));
        return Task.FromResult(new LevelRow(word, before));
    }
}
