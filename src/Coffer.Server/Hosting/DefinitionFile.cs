using Coffer.Server.Catalog;
using Coffer.Server.Metrics;

namespace Coffer.Server.Hosting;

/// <summary>Why the definition file was not loaded when it was read last.</summary>
public sealed record DefinitionFailure(DateTimeOffset At, LoadOutcome.Refused Refusal);

/// <summary>The sealed definition that <c>--definition</c> names: read at the start, and again when an operator says so.</summary>
/// <param name="path">Where it is; null where the server was started without one.</param>
/// <param name="catalog">What loads it.</param>
/// <param name="metrics">Counts the loads that come to nothing because there is no such file.</param>
/// <param name="clock">The time.</param>
public sealed class DefinitionFile(string? path, CatalogClient catalog, CofferMetrics metrics, TimeProvider clock)
{
    private volatile DefinitionFailure? _failure;

    /// <summary>Where it is, or null.</summary>
    public string? Path => path;

    /// <summary>Null where the last reading was loaded, or changed nothing.</summary>
    public DefinitionFailure? Failure => _failure;

    /// <summary>Why the file at <paramref name="path"/> cannot be read; null where it can.</summary>
    public static LoadOutcome.Refused? Complain(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Unreadable(path);
        }
    }

    /// <summary>Reads the file and loads it. What was served before still is where that is refused.</summary>
    public async Task<LoadOutcome> LoadAsync(CancellationToken cancellation = default)
    {
        var outcome = await ReadAndLoadAsync(cancellation).ConfigureAwait(false);
        _failure = outcome is LoadOutcome.Refused refused ? new DefinitionFailure(clock.GetUtcNow(), refused) : null;
        return outcome;
    }

    private async Task<LoadOutcome> ReadAndLoadAsync(CancellationToken cancellation)
    {
        if (path is null)
            return new LoadOutcome.Refused(LoadRefusal.NotFound, ["this server was started without --definition, so there is no file to read again"], "name the file: 'coffer-ctl coffer load FILE'");
        byte[] file;
        try
        {
            file = await LongWork.RunAsync(() => Task.FromResult(File.ReadAllBytes(path))).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            var unreadable = new LoadOutcome.Refused(LoadRefusal.NotFound, [$"{path}: the definition cannot be read"], "name a file that 'coffer-companion seal' wrote and the server's user may read");
            metrics.Loaded(unreadable, TimeSpan.Zero);
            return unreadable;
        }
        return await catalog.LoadAsync(file, path, allowRollback: false, expected: null, cancellation).ConfigureAwait(false);
    }

    private static LoadOutcome.Refused Unreadable(string path) =>
        new(LoadRefusal.NotFound, [$"{path}: the definition cannot be read"], "name a file that 'coffer-companion seal' wrote and the server's user may read");
}
