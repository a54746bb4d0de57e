using System.Runtime.InteropServices;
using System.Threading.Channels;
using Coffer.Server.Catalog;
using Microsoft.Extensions.Logging;

namespace Coffer.Server.Hosting;

/// <summary>Loads the definition file again on SIGHUP, and where it is watched, when it has changed.</summary>
/// <remarks>
/// Made before anything else starts, because a SIGHUP that nobody takes ends the process. A file counts as changed when its <see cref="FileStamp"/>
/// is another than when it was read last and has stayed so from one look to the next, so that one which is being written is not read; looking works where notifications do
/// not: on network file systems, and where links are switched, as Kubernetes does. One that is gone for longer than another takes to come in its place is read once, which says that it cannot be.
/// One that was not loaded for a reason that lies elsewhere, as in the store, is tried again.
/// </remarks>
public sealed partial class DefinitionReloads : IDisposable
{
    // Some ten seconds: longer than the moment between two files that take each other's place.
    private const int LooksUntilGone = 10;

    // Half a minute, for what may have passed by then.
    private const int LooksUntilTriedAgain = 30;

    private readonly Channel<string> _causes = Channel.CreateBounded<string>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly PosixSignalRegistration _signal;
    private readonly Lock _hangUp = new();
    private Action? _onHangUp;
    private bool _hasHungUp;

    public DefinitionReloads() => _signal = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
    {
        context.Cancel = true;
        lock (_hangUp)
        {
            _hasHungUp = true;
            _onHangUp?.Invoke();
        }
        _causes.Writer.TryWrite("SIGHUP");
    });

    /// <summary>The pause between two looks at a file that is watched.</summary>
    internal TimeSpan LookEvery { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Has <paramref name="action"/> done on SIGHUP, too, on a thread of the runtime's; and at once where one has come already, which may have been meant for it.</summary>
    public void OnHangUp(Action action)
    {
        lock (_hangUp)
        {
            _onHangUp += action;
            if (_hasHungUp) action();
        }
    }

    /// <summary>Loads <paramref name="file"/> whenever there is cause to, until <paramref name="stopping"/>.</summary>
    public async Task RunAsync(DefinitionFile file, bool watch, ILogger log, CancellationToken stopping)
    {
        var watching = watch && file.Path is not null ? WatchAsync(file, stopping) : Task.CompletedTask;
        try
        {
            await foreach (var cause in _causes.Reader.ReadAllAsync(stopping).ConfigureAwait(false))
            {
                if (file.Path is null)
                {
                    LogNoFile(log, cause);
                    continue;
                }
                LogReading(log, file.Path, cause);
                await LoadAsync(file, log, stopping).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
        }
        await watching.ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose() => _signal.Dispose();

    // Whatever goes wrong with one file, the next is read: nobody would notice that none is any more.
    private static async Task LoadAsync(DefinitionFile file, ILogger log, CancellationToken stopping)
    {
        try
        {
            log.SayIfRefused(await file.LoadInTurnAsync(stopping).WaitAsync(stopping).ConfigureAwait(false));
        }
        catch (Exception e) when (!stopping.IsCancellationRequested)
        {
            LogFault(log, file.Path!, e.GetType().Name, e.Message.ReplaceLineEndings(" "));
            file.Judged(new LoadOutcome.Refused(LoadRefusal.Store, [$"{file.Path}: a fault of the server itself"], "the server's log has the cause"));
        }
    }

    private async Task WatchAsync(DefinitionFile file, CancellationToken stopping)
    {
        FileStamp? told = null;
        FileStamp? before = null;
        var missed = 0;
        var sinceTried = 0;
        try
        {
            while (true)
            {
                // From the end of a look: two at once, as a timer makes up for a standstill, would take a file that is being written for one that is not.
                await Task.Delay(LookEvery, stopping).ConfigureAwait(false);
                var now = FileStamp.Of(file.Path!);
                sinceTried++;
                if (now is not null && now == before && now != file.Read && now != told)
                {
                    told = now;
                    sinceTried = 0;
                    _causes.Writer.TryWrite("it has changed");
                }
                else if (now is not null && sinceTried >= LooksUntilTriedAgain && file.Failure is { Refusal.Cause: LoadRefusal.Store or LoadRefusal.Busy })
                {
                    sinceTried = 0;
                    _causes.Writer.TryWrite("it could not be loaded before");
                }
                before = now;
                missed = now is null ? missed + 1 : 0;
                if (missed != LooksUntilGone) continue;

                // The same file may come back, and is news then.
                told = null;
                _causes.Writer.TryWrite("it is gone");
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "reading {File} again: {Cause}")]
    private static partial void LogReading(ILogger log, string file, string cause);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Cause}: there is no --definition to read again; the file of the audit trail was opened again")]
    private static partial void LogNoFile(ILogger log, string cause);

    [LoggerMessage(Level = LogLevel.Error, Message = "not loaded, what was served stays: {File}: a fault of the server itself: {Fault}: {Message}")]
    private static partial void LogFault(ILogger log, string file, string fault, string message);
}
