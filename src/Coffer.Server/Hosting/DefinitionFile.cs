using Coffer.CommandLine;
using Coffer.Server.Catalog;

namespace Coffer.Server.Hosting;

/// <summary>Why the definition file was not loaded when it was read last, or would not be by now.</summary>
public sealed record DefinitionFailure(DateTimeOffset At, LoadOutcome.Refused Refusal);

/// <summary>The sealed definition that <c>--definition</c> names: read at the start, and again when an operator says so.</summary>
/// <param name="path">Where it is; null where the server was started without one.</param>
/// <param name="catalog">What loads it.</param>
/// <param name="clock">The time.</param>
public sealed class DefinitionFile(string? path, CatalogClient catalog, TimeProvider clock)
{
    // A catalog that moves to another node is there again after some seconds, and takes half a minute to find that another one that wrote to the store is gone.
    private const int TriesWithoutCatalog = 5;
    private static readonly TimeSpan TryAgainAfter = TimeSpan.FromSeconds(10);

    private volatile DefinitionFailure? _failure;
    private volatile FileStamp? _read;

    /// <summary>Where it is, or null.</summary>
    public string? Path => path;

    /// <summary>Null where the last reading was loaded, or changed nothing.</summary>
    public DefinitionFailure? Failure => _failure;

    /// <summary>What the file was when it was read last to be loaded; null before that, and where there was none.</summary>
    public FileStamp? Read => _read;

    /// <summary>Why the file at <paramref name="path"/> cannot be read; null where it can.</summary>
    public static LoadOutcome.Refused? Complain(string path)
    {
        try
        {
            using var file = RegularFile.OpenRead(path);
            return null;
        }
        catch (Exception e) when (FileFault.Is(e))
        {
            return Unreadable(path, e);
        }
    }

    /// <summary>Why <paramref name="bytes"/>, called <paramref name="name"/>, are not loaded in the place of the file whose <see cref="DefinitionLoader.DigestOf"/> is <paramref name="expected"/>; null where they are that file, or nothing is expected.</summary>
    public static LoadOutcome.Refused? Compare(ReadOnlySpan<byte> bytes, string name, string? expected) => expected is null || expected == DefinitionLoader.DigestOf(bytes)
        ? null
        : new LoadOutcome.Refused(LoadRefusal.Busy, [$"{name}: is another file by now than the one that was compared"], "compare it again, then load it");

    /// <summary>The outcome of the server's own file: where that is the older one, another one was loaded past it.</summary>
    public static LoadOutcome OfOwn(LoadOutcome outcome) => outcome is LoadOutcome.Refused { Cause: LoadRefusal.Older } refused
        ? refused with { Hint = "put the definition that was loaded last in its place; --allow-rollback would make the older one count again" }
        : outcome;

    /// <summary>Reads the file and loads it. What was served before still is where that is refused.</summary>
    /// <param name="allowRollback">Whether one older than the newest loaded is taken.</param>
    /// <param name="expected">The only revision that it may follow, or null.</param>
    /// <param name="expectedFile">The <see cref="DefinitionLoader.DigestOf"/> of the only file that it may be, or null.</param>
    /// <param name="cancellation">Ends the waiting, not the load.</param>
    public Task<LoadOutcome> LoadAsync(bool allowRollback, long? expected, string? expectedFile, CancellationToken cancellation) =>
        LoadAsync(allowRollback, expected, expectedFile, isPatient: false, cancellation);

    /// <summary>Likewise, but after whatever else is under way, as nodes do that are started at the same time, and once more where the catalog moves to another node meanwhile.</summary>
    /// <param name="cancellation">Ends the waiting, not the load.</param>
    public async Task<LoadOutcome> LoadInTurnAsync(CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            var outcome = await LoadAsync(allowRollback: false, expected: null, expectedFile: null, isPatient: true, cancellation).ConfigureAwait(false);
            if (outcome is not LoadOutcome.Refused { Cause: LoadRefusal.Busy } || attempt == TriesWithoutCatalog) return outcome;
            await Task.Delay(TryAgainAfter, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Why the file would not be loaded as it is, or null, as was found out elsewhere. That it was rolled back is no failure: a start on it only keeps what counts.</summary>
    /// <returns>What it is told as from now on.</returns>
    public DefinitionFailure? Judged(LoadOutcome.Refused? refused) => _failure = refused is null or { Cause: LoadRefusal.RolledBack } ? null : new DefinitionFailure(clock.GetUtcNow(), refused);

    /// <summary>The file's bytes, or why there are none.</summary>
    public async Task<(byte[]? Bytes, LoadOutcome.Refused? Problem)> ReadAsync()
    {
        if (path is null)
            return (null, new LoadOutcome.Refused(LoadRefusal.NotFound, ["this server was started without --definition, so there is no file to read again"], "name the file: 'coffer-ctl coffer load FILE'"));
        try
        {
            return (await LongWork.RunAsync(() => Task.FromResult(RegularFile.ReadAllBytes(path))).ConfigureAwait(false), null);
        }
        catch (Exception e) when (FileFault.Is(e))
        {
            return (null, Unreadable(path, e));
        }
    }

    private async Task<LoadOutcome> LoadAsync(bool allowRollback, long? expected, string? expectedFile, bool isPatient, CancellationToken cancellation)
    {
        var outcome = await ReadAndLoadAsync(allowRollback, expected, expectedFile, isPatient, cancellation).ConfigureAwait(false);
        Judged(outcome as LoadOutcome.Refused);
        return outcome;
    }

    private async Task<LoadOutcome> ReadAndLoadAsync(bool allowRollback, long? expected, string? expectedFile, bool isPatient, CancellationToken cancellation)
    {
        // Before it is read, so that one which is changed meanwhile counts as not read.
        if (path is not null) _read = FileStamp.Of(path);
        var (bytes, problem) = await ReadAsync().ConfigureAwait(false);
        if (bytes is not null) problem = Compare(bytes, path!, expectedFile);
        if (bytes is not null && problem is null) return OfOwn(await catalog.LoadAsync(bytes, path!, allowRollback, expected, isPatient, cancellation).ConfigureAwait(false));
        if (path is not null) catalog.EndedEarly(path, problem!);
        return problem!;
    }

    private static LoadOutcome.Refused Unreadable(string path, Exception cause) =>
        new(LoadRefusal.NotFound, [$"{path}: the definition cannot be read ({FileFault.Describe(cause)})"], "name a file that 'coffer-companion seal' wrote and the server's user may read");
}
